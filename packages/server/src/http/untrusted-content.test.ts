import assert from 'node:assert/strict'
import { test } from 'node:test'
import { untrustedContentHeaders } from './untrusted-content.ts'

for (const type of ['text/plain; charset=utf-8', 'application/json', 'Text/Plain']) {
  test(`${type} is shown in a sandbox`, () => {
    assert.deepEqual(untrustedContentHeaders(type), { 'Content-Type': type, 'Content-Security-Policy': 'sandbox' })
  })
}

const downloads = [
  ...['image/svg+xml', 'text/html', 'TEXT/HTML; charset=utf-8', 'application/xhtml+xml', 'text/xml', 'application/pdf'],
  ...['application/octet-stream', 'multipart/x-mixed-replace', 'text/javascript', 'text/plain, text/html', '', '*/*'],
]
for (const type of downloads) {
  test(`'${type}' is downloaded`, () => {
    const headers = untrustedContentHeaders(type)
    assert.equal(headers['Content-Disposition'], 'attachment')
    assert.equal(headers['Content-Security-Policy'], 'sandbox')
  })
}
