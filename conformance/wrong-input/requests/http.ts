/** Methods, paths, protocols and connections that a server of HTTP/1.1 may meet (rest-api.md 1.2, 4.1). */

import type { Row } from '../lib/rows.ts'
import { exchangeBytes, exchangeOne, writeAndAbort } from '../lib/wire.ts'
import { callRequest, ground, NOT_HTTP, path, wire } from './scene.ts'

const methods: Row[] = [
  {
    name: 'a method that calls do not have',
    inputs: ['GET', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'TRACE', 'QUERY'],
    expected: { status: 405, message: 'Algorithms are called with POST' },
    send: (method) =>
      exchangeOne(ground.target.url, [callRequest(['Connection: close'], '', `${method} ${path()} HTTP/1.1`)]),
  },
  {
    name: 'a method that is none',
    inputs: ['post', 'FOO', 'GE T', '', 'G\u0000T', 'POST\t', 'ALGORITHM'],
    expected: { status: 400, message: NOT_HTTP },
    send: (method) => exchangeOne(ground.target.url, [`${method} ${path()} HTTP/1.1\r\nHost: x\r\n\r\n`]),
  },
  {
    name: 'CONNECT, as to a proxy',
    inputs: ['CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'],
    expected: { status: 0, message: '' },
    send: (bytes) => exchangeOne(ground.target.url, [bytes]),
  },
  {
    name: 'an upgrade that nobody offers',
    sent: 'Upgrade: websocket, Upgrade: h2c on a call',
    inputs: ['websocket', 'h2c'],
    expected: { status: 200, message: /^\{"result":/ },
    send: (protocol) =>
      exchangeOne(ground.target.url, [
        callRequest([`Upgrade: ${protocol}`, 'Connection: Upgrade', 'Content-Length: 2'], '{}'),
      ]),
  },
  {
    name: 'a path that nothing serves',
    inputs: [
      '/',
      '/v1',
      '/v1/',
      '/v2/algo/a/b',
      '/v1/nothing/here',
      '/admin',
      '/.env',
      '/v1/algorithms',
      '//',
      '/v1//algo/a/b',
      '/git',
      '/index.php',
      '*',
      'http://localhost/v1/nothing',
      '/v1/algo',
      '/healthz',
    ],
    expected: { status: 404, message: /./ },
    send: (target) =>
      exchangeOne(ground.target.url, [callRequest(['Connection: close'], '', `GET ${target} HTTP/1.1`)]),
  },
]

const protocols: Row[] = [
  wire({
    name: 'HTTP/1.0 is answered and the connection closed',
    sent: 'GET /health HTTP/1.0',
    expected: { status: 200, message: /"status":"ok"/ },
    script: () => ['GET /health HTTP/1.0\r\n\r\n'],
    options: { untilClosed: true },
  }),
  wire({
    name: 'HTTP/1.1 without Host',
    sent: 'GET /health HTTP/1.1',
    expected: { status: 400, message: /Host/ },
    script: () => ['GET /health HTTP/1.1\r\n\r\n'],
  }),
  wire({
    name: 'the HTTP/2 preface on the plain port',
    sent: 'PRI * HTTP/2.0',
    expected: { status: 400, code: 2015, message: NOT_HTTP },
    script: () => ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', Buffer.from('000000040000000000', 'hex')],
    options: { untilClosed: true },
  }),
  wire({
    name: 'a TLS hello on the plain port',
    sent: '16 03 01 …',
    expected: { status: 400, code: 2015, message: NOT_HTTP },
    script: () => [Buffer.from('16030100a5010000a1030358585858', 'hex'), Buffer.alloc(160, 7)],
    options: { untilClosed: true },
  }),
  wire({
    name: 'an SSH greeting',
    sent: 'SSH-2.0-OpenSSH_9.2',
    expected: { status: 400, code: 2015, message: NOT_HTTP },
    script: () => ['SSH-2.0-OpenSSH_9.2\r\n'],
    options: { untilClosed: true },
  }),
]

const connections: Row[] = [
  wire({
    name: 'a caller that half-closes after its request is answered',
    sent: 'a call and FIN',
    expected: { status: 200, message: /^\{"result":1,/ },
    script: () => [callRequest(['Content-Length: 1'], '1')],
    options: { halfClose: true },
  }),
  wire({
    name: 'a caller that half-closes in the middle of its body',
    sent: 'Content-Length: 100, 6 bytes and FIN',
    expected: { status: 400, code: 2015, message: NOT_HTTP },
    script: () => [callRequest(['Content-Length: 100'], '{"a":1')],
    options: { halfClose: true, untilClosed: true },
  }),
  {
    name: 'callers that reset the connection',
    sent: 'in the headers, in the body, after the request, in a chunk; 20 each',
    expected: { status: 200, message: 'still here' },
    withinMs: 3000,
    send: async () => {
      const scripts = [
        ['POST /v1/al'],
        [callRequest(['Content-Length: 100'], '{"a":')],
        [callRequest(['Content-Length: 2'], '{}')],
        [callRequest(['Transfer-Encoding: chunked'], 'ff\r\n[1')],
      ]
      const all = scripts.flatMap((script) => Array.from({ length: 20 }, () => script))
      await Promise.all(all.map((script) => writeAndAbort(ground.target.url, script)))
      await ground.normalCall()
      return { status: 200, text: 'still here' }
    },
  },
  {
    name: 'pipelined requests with a wrong one among them',
    sent: 'call, unknown algorithm, malformed JSON, call, on one connection',
    expected: { status: 200, message: '200 404 400 200' },
    send: async () => {
      const good = callRequest(['Content-Length: 1'], '1')
      const missing = callRequest(['Content-Length: 1'], '1', `POST ${path()}Missing HTTP/1.1`)
      const malformed = callRequest(['Content-Length: 1'], '{')
      const replies = await exchangeBytes(ground.target.url, [good + missing + malformed + good], { replies: 4 })
      return { status: 200, text: replies.map(({ status }) => status).join(' ') }
    },
  },
  {
    name: 'pipelined requests with bytes that are none behind them',
    sent: 'call, garbage',
    expected: { status: 200, message: /^(?:200 400|400)$/ },
    send: async () => {
      const good = callRequest(['Content-Length: 1'], '1')
      const replies = await exchangeBytes(ground.target.url, [`${good}garbage\r\n\r\n`], { untilClosed: true })
      return { status: 200, text: replies.map(({ status }) => status).join(' ') }
    },
  },
  {
    name: 'a hundred connections that say nothing',
    sent: 'nothing',
    expected: { status: 200, message: 'still here' },
    withinMs: 2000,
    send: async () => {
      const silent = Array.from({ length: 100 }, () => writeAndAbort(ground.target.url, [500]))
      await ground.normalCall()
      await Promise.all(silent)
      return { status: 200, text: 'still here' }
    },
  },
]

export const httpRows: readonly Row[] = [...methods, ...protocols, ...connections]
