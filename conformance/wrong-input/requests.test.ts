/** Requests that are wrong before anything is run: bodies, types, sizes, timing, HTTP itself (rest-api.md 1.2, 1.5, 4.4, 4.7). */
import assert from 'node:assert/strict'
import { type Ground, request, startGround } from './lib/ground.ts'
import { managementRows } from './lib/member-rows.ts'
import { pathRows } from './lib/path-rows.ts'
import { type Answer, type Input, type Row, testTheme } from './lib/rows.ts'
import { exchangeBytes, exchangeOne, rawRequest, type Script, type WireOptions, writeAndAbort } from './lib/wire.ts'

const LIMIT_BYTES = 10 * 1024 * 1024
const TOO_LARGE = `The request body is larger than ${LIMIT_BYTES} bytes; put larger inputs into a data:// file`
const NOT_HTTP = 'The request is not valid HTTP/1.1'

let ground: Ground

const path = () => `/v1/algo/${ground.probe.owner.username}/Probe`
const managed = () => ground.probe.shop.url

const callWith = (contentType: string | undefined) => (body: Input) =>
  request('POST', ground.probe.shop.callUrl, { key: ground.probe.owner.key, contentType, body })
const json = callWith('application/json')
const text = callWith('text/plain')
const change = (body: Input) => request('PUT', managed(), { key: ground.probe.owner.key, body })

/** Headers of a call of the probe, without those that say how long its body is. */
function callHeaders(type = 'application/json'): string[] {
  return ['Host: localhost', `Authorization: Simple ${ground.probe.owner.key}`, `Content-Type: ${type}`]
}

function callRequest(more: readonly string[], body = '', line = `POST ${path()} HTTP/1.1`): string {
  return rawRequest(line, [...callHeaders(), ...more], body)
}

/** A row of the wire: `script` is made when the server is known. */
function wire(row: Omit<Row, 'send' | 'inputs'> & { script: () => Script; options?: WireOptions }): Row {
  return { ...row, send: () => exchangeOne(ground.target.url, row.script(), row.options) }
}

const malformedJson: Row[] = [
  {
    name: 'JSON that ends too early',
    inputs: [
      '{',
      '[',
      '[1',
      '[1,',
      '{"a"',
      '{"a":',
      '{"a":1',
      '{"a":1,',
      '"abc',
      '"\\',
      '"\\u12',
      '-',
      '1.',
      '1e',
      '1e+',
      'tru',
      'n',
      ' ',
    ],
    expected: { status: 400, message: /^Invalid JSON: .*(end|early|got)/ },
    send: json,
  },
  {
    name: 'JSON with wrong punctuation',
    inputs: [
      '}',
      ']',
      ',',
      ':',
      '[1,]',
      '[,1]',
      '[1 2]',
      '[1}',
      '{]',
      '{"a":1,}',
      '{,}',
      '{"a" 1}',
      '{"a":1 "b":2}',
      '{"a"}',
      '{1:2}',
      '{"a":1]',
    ],
    expected: { status: 400, message: /^Invalid JSON: expected .*, got .* at byte \d+$/ },
    send: json,
  },
  {
    name: 'words and quotes of other languages',
    inputs: [
      '{a:1}',
      "{'a':1}",
      "'a'",
      'True',
      'None',
      'nil',
      'NULL',
      'undefined',
      'NaN',
      'Infinity',
      '-Infinity',
      '[NaN]',
      '// c\n1',
      '/* c */1',
      '1 // c',
      '#1',
      '`a`',
      'b"a"',
    ],
    expected: { status: 400, message: /^Invalid JSON: expected .*, got .* at byte \d+$/ },
    send: json,
  },
  {
    name: 'numbers that JSON does not have',
    inputs: [
      '01',
      '-01',
      '00',
      '.5',
      '+1',
      '--1',
      '0x10',
      '1_000',
      '1,5',
      '1.e5',
      '1e5.5',
      '1E',
      '- 1',
      '0b1',
      '1n',
      '٣',
    ],
    expected: { status: 400, message: /^Invalid JSON: / },
    send: json,
  },
  {
    name: 'strings with what must be escaped',
    inputs: [
      '"a\nb"',
      '"a\tb"',
      '"\u0000"',
      '"\u001f"',
      '"\\x41"',
      '"\\u00g0"',
      '"\\U0041"',
      '"\\\n"',
      '"\\\'"',
      '"\\0"',
    ],
    expected: { status: 400, message: /^Invalid JSON: expected .*, got .* at byte \d+$/ },
    send: json,
  },
  {
    name: 'more than one value',
    inputs: ['1 2', '{}{}', '[] []', 'null,', '{"a":1};', '1\u0000', '""""', '{}\n{}\n'],
    expected: { status: 400, message: /^Invalid JSON: expected the end .*, got .* at byte \d+$/ },
    send: json,
  },
  {
    name: 'a byte order mark',
    inputs: [Buffer.from('\ufeff{"a":1}'), Buffer.from('\ufeff{"a":1}', 'utf16le'), Buffer.from([0, 0x7b, 0, 0x7d])],
    expected: { status: 400, message: /UTF-8|Invalid JSON/ },
    send: json,
  },
  {
    name: 'JSON nested 100,000 deep',
    sent: 'arrays, objects, both; open and closed',
    inputs: [
      '['.repeat(1e5),
      '['.repeat(1e5) + ']'.repeat(1e5),
      '{"a":'.repeat(1e5),
      '[{"a":'.repeat(5e4),
      `${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}`,
    ],
    expected: { status: 400, message: 'Invalid JSON: nested deeper than 10000 levels' },
    send: json,
  },
  {
    name: 'a body that is not UTF-8',
    sent: 'cut, stray, overlong and surrogate sequences, Latin-1, as text and in JSON',
    inputs: [
      [0xc3],
      [0x80],
      [0xc3, 0x28],
      [0xc0, 0xaf],
      [0xe0, 0x80, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x28, 0x8c, 0xbc],
      [0xf4, 0x90, 0x80, 0x80],
      [0xfe],
      [0xff],
      [0x4d, 0xfc, 0x6e],
    ].map((bytes) => Buffer.from(bytes)),
    expected: { status: 400, message: /UTF-8/ },
    send: async (body) => {
      await sameRefusal(await json(Buffer.concat([Buffer.from('"'), Buffer.from(body), Buffer.from('"')])))
      return text(body)
    },
  },
]

async function sameRefusal({ status, text }: Answer): Promise<void> {
  assert.equal(status, 400, text)
  assert.match(text, /UTF-8/)
}

const management: Row[] = [
  {
    name: 'management body that is not JSON',
    inputs: [
      '{',
      '}',
      '{a:1}',
      "{'a':1}",
      '{"a":1,}',
      'details=label&settings=x',
      'NaN',
      '1 2',
      '"a\nb"',
      '['.repeat(1e5),
      '<xml/>',
      '\u0000',
      '--x\r\n',
    ],
    expected: { status: 400, code: 2013, message: /^The request body is not valid JSON: / },
    send: change,
  },
  {
    name: 'management body that is not UTF-8',
    inputs: [Buffer.from([0x22, 0xff, 0x22]), Buffer.from([0xff, 0xfe, 0x7b, 0x7d])],
    expected: { status: 400, code: 2013, message: 'The request body is not valid UTF-8' },
    send: change,
  },
  {
    name: 'management body that is no object',
    inputs: ['1', '"a"', 'true', '[1]', '[{}]', '[[]]'],
    expected: {
      status: 400,
      code: 2013,
      message: /^Expected the body to be of type object, got an? (?:number|string|boolean|array)$/,
    },
    send: change,
  },
  {
    name: 'management body over 10 MiB',
    sent: `{"details":{"summary":"${'x'}…"}}`,
    inputs: [`{"details":{"summary":"${'x'.repeat(LIMIT_BYTES)}"}}`],
    expected: { status: 413, message: `The request body is larger than ${LIMIT_BYTES} bytes` },
    send: change,
  },
]

const types: Row[] = [
  {
    name: 'a content type that calls do not have',
    inputs: [
      'multipart/form-data; boundary=x',
      'multipart/mixed',
      'application/xml',
      'application/javascript',
      'application/x-unknown',
      'application',
      '/',
      'a/b/c',
      'application/jsonp',
      '*/*',
      'json',
      'model/obj',
      `x/${'y'.repeat(8000)}`,
      'application/x-www-form-urlencoded2',
    ],
    expected: {
      status: 415,
      message: /^Content type ".*" is not supported; use application\/json, text\/plain or application\/octet-stream$/,
    },
    send: (type) => callWith(String(type))('x'),
  },
  {
    name: 'a content encoding that was not asked for',
    sent: 'gzip bytes as application/json with Content-Encoding: gzip',
    expected: { status: [400, 415], message: /JSON|UTF-8|encoding/i },
    send: () =>
      request('POST', ground.probe.shop.callUrl, {
        key: ground.probe.owner.key,
        contentType: 'application/json',
        headers: { 'Content-Encoding': 'gzip' },
        body: Buffer.from('1f8b0800000000000003ab5632520200', 'hex'),
      }),
  },
]

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

const smuggling: Row[] = [
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

testTheme({
  name: 'requests',
  rows: [
    ...malformedJson,
    ...management,
    ...types,
    ...methods,
    ...sizes,
    ...slow,
    ...smuggling,
    ...protocols,
    ...connections,
    ...pathRows(() => ground),
    ...managementRows(() => ground),
  ],
  open: async () => {
    ground = await startGround()
    return ground
  },
})
