import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDataUri, parseDataTarget } from './data-uri.ts'
import { ApiError } from './errors.ts'

const understood: [string, string][] = [
  ['/v1/data', 'data://'],
  ['/v1/data/', 'data://'],
  ['/v1/connector/data', 'data://'],
  ['/v1/data/.my', 'data://.my'],
  ['/v1/data/user/', 'data://user'],
  ['/v1/data/.my/foo/a%20b.txt', 'data://.my/foo/a b.txt'],
  ['/v1/data/.my/foo/a+b.txt?acl=true', 'data://.my/foo/a+b.txt'],
  ['/v1/data/.my/foo/a%2Bb.txt', 'data://.my/foo/a+b.txt'],
  ['/v1/data/.my%2Ffoo%2Fa+b.txt', 'data://.my/foo/a b.txt'],
  ['/v1/data/.my%2ffoo%2fa%2Bb.txt', 'data://.my/foo/a+b.txt'],
  ['/v1/data/.my//foo///a', 'data://.my/foo/a'],
  ['/v1/data/data://.my/foo', 'data://.my/foo'],
  ['/v1/data/.my/foo/a:b', 'data://.my/foo/a:b'],
  ['/v1/data/s3+lab://bucket/k', 's3+lab://bucket/k'],
  ['/v1/data/s3+lab:/bucket/k', 's3+lab://bucket/k'],
  ['/v1/data/s3%2Blab%3A%2F%2Fbucket%2Fk', 's3+lab://bucket/k'],
  ['/v1/data/S3+My_Lab://bucket//k/', 's3+My_Lab://bucket//k'],
  ['/v1/data/dropbox://', 'dropbox://'],
  ['/v1/connector/data/.my/foo/a%20b.txt', 'data://.my/foo/a b.txt'],
  ['/v1/connector/s3+lab/bucket/k', 's3+lab://bucket/k'],
  ['/v1/connector/s3%2Blab/bucket/k', 's3+lab://bucket/k'],
  ['/v1/connector/s3%2Blab%2Fbucket%2Fk', 's3+lab://bucket/k'],
  ['/v1/connector/s3+lab%2Fbucket%2Fk', 's3+lab://bucket/k'],
  ['/v1/connector/azureblob/x', 'azureblob://x'],
  ['/v1/connector/data/v1/connector/data/.my/foo', 'data://.my/foo'],
  ['/v1/connector/data/v1/connector/data/v1/connector/s3/b/k', 's3://b/k'],
  ['/v1/data/v1/connector/data/.my', 'data://.my'],
  ['/v1/data/v1/connector/file', 'data://v1/connector/file'],
  ['/v1/data/.my/foo/%E2%82%AC', 'data://.my/foo/€'],
]

for (const [target, uri] of understood) {
  test(`${target} points to ${uri}`, () => assert.equal(formatDataUri(parseDataTarget(target)), uri))
}

const refused: [string, number][] = [
  ['/v1/data/.my/../x', 400],
  ['/v1/data/.my/%2e%2e/x', 400],
  ['/v1/data/.my%2F..%2Fx', 400],
  ['/v1/data/.my/./x', 400],
  ['/v1/data/.my/foo/%00', 400],
  ['/v1/data/.my/foo/%zz', 400],
  ['/v1/data/.my/foo/%FF', 400],
  ['/v1/data/.my/foo/a%2Fb', 400],
  ['/v1/connector/data/v1/connector/data/../x', 400],
  ['/v1/connector/s3/a/../b', 400],
  ['/v1/data/ftp://host/x', 404],
  ['/v1/connector/ftp/x', 404],
  ['/v1/connector', 404],
  ['/v1/connector/s3-lab/x', 404],
  ['/v1/database/x', 400],
]

for (const [target, status] of refused) {
  test(`${target} is refused with ${status}`, () => {
    assert.throws(
      () => parseDataTarget(target),
      (error) => error instanceof ApiError && error.status === status,
    )
  })
}
