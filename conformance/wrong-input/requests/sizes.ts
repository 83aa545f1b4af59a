/** Too much, and too slowly (rest-api.md 1.5, 4.3). */
import { request } from '../lib/ground.ts'
import type { Row } from '../lib/rows.ts'
import { exchangeOne, type Script, writeAndAbort } from '../lib/wire.ts'
import { callRequest, callWith, ground, LIMIT_BYTES, path, TOO_LARGE, wire } from './scene.ts'

const sizes: Row[] = [
  {
    name: 'a body over the limit, declared and sent',
    sent: '10 MiB and one byte',
    inputs: [Buffer.alloc(LIMIT_BYTES + 1, 0x20)],
    expected: { status: 413, message: TOO_LARGE },
    send: callWith('application/octet-stream'),
  },
  wire({
    name: 'a body over the limit, declared only',
    sent: 'Content-Length: 10485761 and no byte of it',
    expected: { status: 413, message: TOO_LARGE },
    script: () => [callRequest([`Content-Length: ${LIMIT_BYTES + 1}`])],
  }),
  {
    name: 'an absurd length',
    inputs: ['9007199254740993', '99999999999999999', '18446744073709551615'],
    expected: {
      status: [400, 413],
      message: /^(?:The request is not valid HTTP\/1\.1|The request body is larger than .*)$/,
    },
    send: (length) => exchangeOne(ground.target.url, [callRequest([`Content-Length: ${length}`])]),
  },
  wire({
    name: 'a chunked body over the limit',
    sent: '11 chunks of 1 MiB, no end',
    expected: { status: 413, message: TOO_LARGE },
    withinMs: 2000,
    script: () => {
      const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1 << 20, 0x20), Buffer.from('\r\n')])
      return [callRequest(['Transfer-Encoding: chunked']), ...Array.from({ length: 11 }, () => chunk)]
    },
  }),
  {
    name: 'headers over 64 KiB',
    sent: 'one long value, one long name, 5000 short ones, a long target',
    inputs: [
      `POST / HTTP/1.1\r\nHost: x\r\nX-Long: ${'y'.repeat(70_000)}\r\n\r\n`,
      `POST / HTTP/1.1\r\nHost: x\r\n${'y'.repeat(70_000)}: z\r\n\r\n`,
      `POST / HTTP/1.1\r\nHost: x\r\n${'X-Many: yes and more\r\n'.repeat(5000)}\r\n`,
      `POST /${'y'.repeat(70_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      `POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Simple ${'y'.repeat(200_000)}\r\n\r\n`,
    ],
    expected: { status: 431, code: 2015, message: 'The request headers are larger than 64 KiB' },
    send: (bytes) => exchangeOne(ground.target.url, [bytes]),
  },
  {
    name: 'a key as long as the headers may be',
    sent: 'Authorization: Simple and 60,000 characters',
    expected: { status: 401, message: 'authorization required' },
    send: () => request('POST', ground.probe.shop.callUrl, { key: 'x'.repeat(60_000), body: 'x' }),
  },
]

const slow: Row[] = [
  wire({
    name: 'a body that stops coming, with timeout=1',
    sent: 'Content-Length: 100 and 10 bytes',
    expected: { status: 408, message: 'The request body did not arrive within the time limit of the call' },
    withinMs: 1600,
    script: () => [callRequest(['Content-Length: 100'], '{"a":"bcde', `POST ${path()}?timeout=1 HTTP/1.1`)],
  }),
  wire({
    name: 'a body that comes byte by byte, with timeout=1',
    sent: 'one byte each 100 ms',
    expected: { status: 408, message: 'The request body did not arrive within the time limit of the call' },
    withinMs: 1600,
    script: () => [
      callRequest(['Content-Length: 1000'], '[', `POST ${path()}?timeout=1 HTTP/1.1`),
      ...Array.from({ length: 30 }, () => [100, '1'] as const).flat(),
    ],
  }),
  wire({
    name: 'a chunked body that stops coming, with timeout=0.5',
    sent: 'half a chunk',
    expected: { status: 408, message: 'The request body did not arrive within the time limit of the call' },
    withinMs: 1100,
    script: () => [callRequest(['Transfer-Encoding: chunked'], '5\r\n[1', `POST ${path()}?timeout=0.5 HTTP/1.1`)],
  }),
  {
    name: 'fifty headers that never end',
    sent: '50 connections, one header byte each 20 ms; then they leave',
    expected: { status: 200, message: 'still here' },
    withinMs: 2500,
    send: async () => {
      const slowHead: Script = ['POST / HTTP/1.1\r\n', ...Array.from({ length: 40 }, () => ['X', 20] as const).flat()]
      const crowd = Array.from({ length: 50 }, () => writeAndAbort(ground.target.url, slowHead))
      const answer = await callWith('text/plain')('still here')
      await Promise.all(crowd)
      return { status: answer.status, text: JSON.parse(answer.text).result }
    },
  },
]

export const sizeRows: readonly Row[] = [...sizes, ...slow]
