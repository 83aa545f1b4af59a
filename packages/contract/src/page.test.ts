import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from './errors.ts'
import { decodeMarker, encodeMarker, parsePage } from './page.ts'

const fails = (name: string) => (error: unknown) => error instanceof ApiError && error.error === name

test('a marker comes back as it was and needs no URL encoding', () => {
  const marker = { name: 'ä?>~', position: 12, next: null }
  assert.match(encodeMarker(marker), /^[A-Za-z0-9_-]+$/)
  assert.deepEqual(decodeMarker(encodeMarker(marker)), marker)
  assert.deepEqual(decodeMarker('eyJvcmdOYW1lIjoiQnVnQmFzaE9yZzEifQ'), { orgName: 'BugBashOrg1' })
})

test('a marker that was never given out is refused', () => {
  for (const text of [
    '',
    'true',
    '!',
    'e30=',
    'bnVsbA',
    'W10',
    'InRleHQi',
    Buffer.from('{"a":{}}').toString('base64url'),
  ]) {
    assert.throws(() => decodeMarker(text), fails('InvalidMarker'), text)
  }
})

test('a page has 50 items unless the caller wants from 1 to 1000', () => {
  assert.deepEqual(parsePage({}), { limit: 50, marker: undefined })
  assert.deepEqual(parsePage({ limit: '', marker: '' }), { limit: 50, marker: undefined })
  assert.deepEqual(parsePage({ limit: '1', marker: 'e30' }), { limit: 1, marker: {} })
  assert.equal(parsePage({ limit: '1000' }).limit, 1000)
  for (const limit of ['0', '1001', '-1', '1.5', 'ten', '1e2', ' 5']) {
    assert.throws(() => parsePage({ limit }), fails('InvalidLimit'), limit)
  }
})
