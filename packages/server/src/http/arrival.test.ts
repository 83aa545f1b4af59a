import assert from 'node:assert/strict'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { isLoopback, isOfThisMachine, isReadableOnTheWay } from './arrival.ts'

interface Arrival {
  readonly from: string | undefined
  readonly encrypted?: boolean
  readonly headers?: IncomingHttpHeaders
}

function arrived({ from, encrypted = false, headers = {} }: Arrival): IncomingMessage {
  return { socket: { remoteAddress: from, encrypted }, headers } as unknown as IncomingMessage
}

test('loopback addresses', () => {
  const loopback = ['127.0.0.1', '127.255.0.3', '::1', '::ffff:127.0.0.1']
  const others = [
    '10.0.0.1',
    '::ffff:10.0.0.1',
    '::',
    '0.0.0.0',
    '::2',
    '1127.0.0.1',
    '127.0.0.1.evil.example',
    '',
    undefined,
  ]
  assert.deepEqual(loopback.filter(isLoopback), loopback)
  assert.deepEqual(others.filter(isLoopback), [])
})

const plain = 'http://algorist.example'
const secure = 'https://algorist.example'
const readable: readonly [Arrival, url: string, expected: boolean][] = [
  [{ from: '127.0.0.1' }, plain, false],
  [{ from: '::ffff:127.0.0.1' }, plain, false],
  [{ from: '10.0.0.1' }, plain, true],
  [{ from: '::ffff:10.0.0.1' }, secure, true],
  [{ from: undefined }, plain, true],
  [{ from: '10.0.0.1', encrypted: true }, plain, false],
  [{ from: '10.0.0.1', headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' } }, secure, true],
  [{ from: '10.0.0.1', headers: { forwarded: 'for=127.0.0.1;proto=https', host: 'localhost' } }, secure, true],
  [{ from: '127.0.0.1', headers: { 'x-forwarded-for': '10.0.0.1' } }, plain, true],
  [{ from: '127.0.0.1', headers: { 'x-forwarded-for': '10.0.0.1' } }, secure, false],
  [{ from: '127.0.0.1', headers: { 'x-forwarded-proto': 'http' } }, secure, true],
  [{ from: '127.0.0.1', headers: { 'x-forwarded-proto': 'https, http' } }, secure, true],
  [{ from: '127.0.0.1', headers: { 'x-forwarded-proto': 'https' } }, plain, false],
  [{ from: '127.0.0.1', headers: { forwarded: 'for=10.0.0.1;proto=http' } }, secure, true],
  [{ from: '127.0.0.1', headers: { forwarded: 'for=10.0.0.1;Proto="https"' } }, plain, false],
  [{ from: '127.0.0.1', headers: { 'x-forwarded-proto': 'https', forwarded: 'proto=http' } }, secure, true],
  [{ from: '127.0.0.1', headers: { via: '1.1 proxy' } }, plain, true],
]
for (const [arrival, url, expected] of readable) {
  test(`${JSON.stringify(arrival)} at ${url} is ${expected ? '' : 'not '}readable on the way`, () => {
    assert.equal(isReadableOnTheWay(arrived(arrival), url), expected)
  })
}

const local: readonly [Arrival, expected: boolean][] = [
  [{ from: '127.0.0.1' }, true],
  [{ from: '127.0.0.1', headers: { host: 'localhost:8080' } }, true],
  [{ from: '127.0.0.1', headers: { host: '127.0.0.1' } }, true],
  [{ from: '::1', headers: { host: '[::1]:8080' } }, true],
  [{ from: '127.0.0.1', headers: { host: 'rebound.evil.example:8080' } }, false],
  [{ from: '127.0.0.1', headers: { host: 'localhost.evil.example' } }, false],
  [{ from: '127.0.0.1', headers: { host: '127.0.0.1.evil.example' } }, false],
  [{ from: '127.0.0.1', headers: { host: 'localhost@evil.example' } }, false],
  [{ from: '127.0.0.1', headers: { host: '' } }, false],
  [{ from: '127.0.0.1', headers: { 'x-forwarded-for': '127.0.0.1' } }, false],
  [{ from: '10.0.0.1', headers: { host: 'localhost', 'x-forwarded-for': '127.0.0.1' } }, false],
]
for (const [arrival, expected] of local) {
  test(`${JSON.stringify(arrival)} is ${expected ? '' : 'not '}of this machine`, () => {
    assert.equal(isOfThisMachine(arrived(arrival)), expected)
  })
}
