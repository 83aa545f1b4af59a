import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseStoreUrl } from './store-url.ts'

describe('the address of hosted data', () => {
  test('of a bucket at Amazon needs key, secret, bucket and region', () => {
    assert.deepEqual(parseStoreUrl('s3://AKIA:secret@my-bucket?region=eu-west-1'), {
      kind: 's3',
      bucket: 'my-bucket',
      prefix: '',
      region: 'eu-west-1',
      endpoint: undefined,
      forcePathStyle: false,
      credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    })
  })

  test('of a bucket elsewhere has an endpoint, and the bucket in the path unless told otherwise', () => {
    const elsewhere = 's3://k:s@bucket/algorist/data/?endpoint=http://10.0.0.5:9000'
    const store = parseStoreUrl(elsewhere)
    assert.equal(store?.endpoint, 'http://10.0.0.5:9000')
    assert.equal(store?.prefix, 'algorist/data')
    assert.equal(store?.region, 'us-east-1')
    assert.equal(store?.forcePathStyle, true)
    assert.equal(parseStoreUrl(`${elsewhere}&path-style=false`)?.forcePathStyle, false)
  })

  test('has percent-encoding in all its parts', () => {
    const store = parseStoreUrl('s3://k%2B:a%2Fb%3A%40c+d@bucket/a%20b?region=eu-west-1&session-token=t%2Bt%3D')
    assert.deepEqual(store?.credentials, { accessKeyId: 'k+', secretAccessKey: 'a/b:@c+d', sessionToken: 't+t=' })
    assert.equal(store?.prefix, 'a b')
  })

  for (const wrong of [
    's3://bucket',
    's3://key@bucket?region=eu-west-1',
    's3://key:sec/ret@bucket?region=eu-west-1',
    's3://key:secret@bucket',
    's3://key:secret@Bucket?region=eu-west-1',
    's3://key:secret@bucket?region=eu-west-1&regoin=x',
    's3://key:secret@bucket?region=eu-west-1&region=us-east-1',
    's3://key:secret@bucket?region=a.b',
    's3://key:secret@bucket?endpoint=ftp://host',
    's3://key:secret@bucket?endpoint=https://host/path',
    's3://key:secret@bucket?endpoint=https://host&path-style=yes',
    's3://key:%zz@bucket?region=eu-west-1',
    'gs://key:secret@bucket?region=eu-west-1',
  ]) {
    test(`is not ${wrong}`, () => assert.equal(parseStoreUrl(wrong), undefined))
  }
})
