/** Requests whose end or headers two servers could read differently. */
import assert from 'node:assert/strict'
import type { Answer, Input, Row } from '../lib/rows.ts'
import { exchangeBytes, exchangeOne, rawRequest } from '../lib/wire.ts'
import { callHeaders, callRequest, ground, NOT_HTTP, path } from './scene.ts'

export const smugglingRows: readonly Row[] = [
  {
    name: 'two ways to tell where the body ends',
    sent: 'Content-Length and Transfer-Encoding, Content-Length twice, chunked twice, unknown codings',
    inputs: [
      'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n',
      'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n',
      'Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ',
      'Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}',
      'Content-Length: 2, 3\r\n\r\n{} ',
      'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
      'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
      'Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n',
      'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
      'Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}',
    ],
    expected: { status: 400, code: 2015, message: NOT_HTTP },
    send: refusedOnWire,
  },
  {
    name: 'lengths that are no numbers',
    inputs: ['-1', '+2', '0x2', '2.0', '2 2', 'two', '٢', '1e1', ''].map(
      (length) => `Content-Length: ${length}\r\n\r\n{}`,
    ),
    expected: { status: 400, code: 2015, message: NOT_HTTP },
    send: refusedOnWire,
  },
  {
    name: 'wrong chunks',
    sent: 'sizes that are no numbers, negative, too large, chunks without end',
    inputs: [
      'x\r\n{}\r\n0\r\n\r\n',
      '-2\r\n{}\r\n',
      '2\r\n{}0\r\n\r\n',
      '2\n{}\r\n0\r\n\r\n',
      'ffffffffffffffffff\r\n{}',
      '+2\r\n{}\r\n0\r\n\r\n',
      '0x2\r\n{}\r\n0\r\n\r\n',
      ' 2\r\n{}\r\n0\r\n\r\n',
      '1\r\n{}\r\n0\r\n\r\n',
      '\r\n',
    ].map((chunks) => `Transfer-Encoding: chunked\r\n\r\n${chunks}`),
    expected: { status: 400, message: /HTTP|body|connection/i },
    send: refusedOnWire,
  },
  {
    name: 'line breaks and control characters in headers',
    inputs: [
      'X-A: b\rX-C: d\r\n\r\n',
      'X-A: b\n\rX-C: d\r\n\r\n',
      'X-A\r\n: b\r\n\r\n',
      'X-A: \u0000\r\n\r\n',
      'X A: b\r\n\r\n',
      ': b\r\n\r\n',
      'X-A: b\r\n folded\r\n\r\n',
      'X-A\u0000: b\r\n\r\n',
      'X(A): b\r\n\r\n',
      '\u00e9: b\r\n\r\n',
      'no colon\r\n\r\n',
      'X-A: \u007f\r\n\r\n',
    ],
    expected: { status: 400, code: 2015, message: NOT_HTTP },
    send: refusedOnWire,
  },
  {
    name: 'a first line that is none',
    inputs: [
      'GET\r\n\r\n',
      'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
      'GET / HTTP/1.1 x\r\nHost: x\r\n\r\n',
      '\u0000\u0001\u0002\r\n\r\n',
      'HTTP/1.1 200 OK\r\n\r\n',
      '{"a":1}\r\n\r\n',
      'GET / FTP/1.1\r\n\r\n',
      'GET /\u00e9 HTTP/1.1x\r\n\r\n',
    ],
    expected: { status: 400, code: 2015, message: NOT_HTTP },
    send: (bytes) => exchangeOne(ground.target.url, [bytes]),
  },
  {
    name: 'a request inside the body of a request',
    sent: 'a second call as the body of a refused one',
    expected: { status: 404, message: /^algorithm algo:\/\/.* not found$/ },
    send: async () => {
      const inner = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n'
      const outer = callRequest([`Content-Length: ${inner.length}`], inner, `POST ${path()}Missing HTTP/1.1`)
      const replies = await exchangeBytes(ground.target.url, [outer, 300], { replies: 2, halfClose: true })
      assert.equal(replies.length, 1, 'the body was not taken for a request')
      return replies[0] ?? { status: 0, text: '' }
    },
  },
]

/** The bytes come after the usual headers of a call; nothing behind the refusal may be answered. */
async function refusedOnWire(bytes: Input): Promise<Answer> {
  const head = rawRequest(`POST ${path()} HTTP/1.1`, callHeaders()).slice(0, -2)
  const replies = await exchangeBytes(ground.target.url, [head, bytes], { untilClosed: true, halfClose: true })
  assert.ok(replies.length <= 1, `one reply, got ${JSON.stringify(replies)}`)
  return replies[0] ?? { status: 0, text: '' }
}
