/** Data requests that are wrong: addresses, bodies, acls, markers, lengths, pace (rest-api.md 1.2, 5). */
import assert from 'node:assert/strict'
import { type Ground, request, startGround } from './lib/ground.ts'
import { type Input, type Row, testTheme } from './lib/rows.ts'
import { exchangeOne, rawRequest, type Script, type WireOptions, writeAndAbort } from './lib/wire.ts'

let ground: Ground

async function openScene(): Promise<Ground> {
  ground = await startGround()
  await ask('POST', '', '{"name":"box"}')
  await ask('POST', '', '{"name":"full"}')
  await ask('PUT', '/full/a', 'x')
  return ground
}

const ask = (method: string, path: string, body?: Input, contentType?: string) =>
  request(method, `${ground.target.url}/v1/data/.my${path}`, { key: ground.probe.owner.key, body, contentType })

/** As it is, with the key, on a socket. */
const put = (path: string, more: readonly string[], body = ''): string =>
  rawRequest(
    `PUT /v1/data/.my${path} HTTP/1.1`,
    ['Host: localhost', `Authorization: Simple ${ground.probe.owner.key}`, ...more],
    body,
  )

const wire = (row: Omit<Row, 'send' | 'inputs'> & { script: () => Script; options?: WireOptions }): Row => ({
  ...row,
  send: () => exchangeOne(ground.target.url, row.script(), row.options),
})

const ACL_FORM = `The member 'acl' must be {"read":[]}, {"read":["algo://.my/*"]} or {"read":["user://*"]}`

const bodies: Row[] = [
  {
    name: 'a new directory in JSON that is none',
    inputs: ['{', '{"name":', '["a"', '"a', '{"name":"a"}}', Buffer.from([0x7b, 0xff, 0x7d])],
    expected: { status: 400, code: 2013, message: /^(?:The request body is not valid JSON|The body is not UTF-8)$/ },
    send: (body) => ask('POST', '', body, 'application/json'),
  },
  {
    name: 'a new directory without a name',
    inputs: ['', 'null', '{}', '[]', '{"name":null}', '{"name":7}', '{"name":["a"]}', '{"name":""}', '{"NAME":"a"}'],
    expected: {
      status: 400,
      code: 6001,
      message: "The body must have the member 'name' with the name of the directory",
    },
    send: (body) => ask('POST', '', body, 'application/json'),
  },
  {
    name: 'a body that is neither object nor name',
    inputs: ['7', 'true'],
    expected: { status: 400, code: 6001, message: 'The body must be a JSON object' },
    send: (body) => ask('POST', '', body, 'application/json'),
  },
  {
    name: 'a name that no directory may have',
    inputs: ['a/b', '..', '.', '../a', 'a b', '1a', 'é', 'a\u0000', 'x'.repeat(65), 'x'.repeat(30_000), '__proto__'],
    expected: { status: 400, message: /name|collection|letter/i },
    send: (name) => ask('POST', '', JSON.stringify({ name: String(name) }), 'application/json'),
    afterwards: async () => assert.doesNotMatch((await ask('GET', '')).text, /__proto__|xxx/),
  },
  {
    name: 'an acl that is none',
    inputs: [
      '{}',
      '[]',
      '"user://*"',
      '7',
      '{"read":null}',
      '{"read":"user://*"}',
      '{"read":[7]}',
      '{"read":[["user://*"]]}',
    ],
    expected: { status: 400, code: 6001, message: ACL_FORM },
    send: (acl) => ask('PATCH', '/box', `{"acl":${acl}}`),
  },
  {
    name: 'an acl with other readers',
    inputs: ['["user://jane"]', '["algo://*"]', '["user://*","algo://.my/*"]', '[""]', '["USER://*"]'],
    expected: { status: 400, message: /./ },
    send: (read) => ask('PATCH', '/box', `{"acl":{"read":${read}}}`),
  },
  {
    name: 'a small body that is large',
    sent: '64 KiB and one byte, 20 MiB',
    inputs: [Buffer.alloc(65_537, 0x20), Buffer.alloc(20 * 1024 * 1024, 0x20)],
    expected: { status: 413, message: 'The body is larger than 65536 bytes' },
    send: (body) => ask('POST', '', body),
  },
  {
    name: 'JSON that is nested deeply',
    sent: '30,000 brackets',
    inputs: ['['.repeat(30_000), '{"a":'.repeat(10_000)],
    expected: { status: 400, message: /./ },
    send: (body) => ask('PATCH', '/box', body),
  },
]

const addresses: Row[] = [
  {
    name: 'a path that can name nothing',
    inputs: [
      '/box/a%00',
      '/box/%FF',
      '/box/%',
      '/box/%zz',
      '/box/a/b',
      '/box/..%2fb',
      `/box/${'x'.repeat(256)}`,
      `/box/${'x'.repeat(40_000)}`,
    ],
    expected: { status: 400, message: /./ },
    send: (path) => ask('PUT', String(path), 'x'),
  },
  {
    name: 'a marker that no page gave',
    inputs: ['true', 'x', '%00', '%FF%FE', 'eyJhIjoxfQ', 'x'.repeat(30_000), '../..', "'--"],
    expected: { status: [200, 400], message: /The marker is not one that this server gave out|"files":\[\]/ },
    send: (marker) => ask('GET', `/box?marker=${marker}`),
  },
  {
    name: 'a directory where a file is put, and a file where a directory is deleted',
    inputs: ['', '/box', '/full/a/b'],
    expected: { status: 400, message: /./ },
    send: (path) => ask('PUT', String(path), 'x'),
  },
  {
    name: 'a directory that is not empty',
    inputs: ['', '?force=', '?force=false', '?force=maybe', '?forced=true'],
    expected: { status: 400, message: /^directory not empty/ },
    send: (query) => ask('DELETE', `/full${query}`),
  },
  {
    name: 'a part that the file does not have',
    inputs: ['bytes=1-', 'bytes=5-9', 'bytes=-0', 'bytes=99999999999999999999-'],
    expected: { status: 416, message: 'The file has 1 bytes' },
    send: (range) =>
      request('GET', `${ground.target.url}/v1/data/.my/full/a`, {
        key: ground.probe.owner.key,
        headers: { Range: String(range) },
      }),
  },
]

const transfers: Row[] = [
  {
    name: 'an absurd length',
    inputs: ['9007199254740993', '99999999999999999', '18446744073709551615', '-1', '1e3', '0x10', '1, 2'],
    expected: { status: [400, 413, 507], message: /./ },
    send: (length) => exchangeOne(ground.target.url, [put('/box/a', [`Content-Length: ${length}`])]),
  },
  {
    name: 'a chunked body that is none',
    inputs: ['zz\r\n', '-1\r\n', 'ffffffffffffffff1\r\n', '3\r\nabcdef\r\n0\r\n\r\n'],
    expected: { status: 400, message: /./ },
    send: (body) => exchangeOne(ground.target.url, [put('/box/chunked', ['Transfer-Encoding: chunked'], String(body))]),
    afterwards: async () => assert.equal((await ask('GET', '/box/chunked')).status, 404),
  },
  wire({
    name: 'a body that ends before its length',
    sent: 'Content-Length: 100 and 10 bytes, then the end',
    expected: {
      status: [0, 400],
      message: /^(?:|The connection closed before the whole body came|The request is not valid HTTP\/1\.1)$/,
    },
    script: () => [put('/box/half', ['Content-Length: 100'], '0123456789')],
    options: { halfClose: true },
    afterwards: async () => assert.equal((await ask('GET', '/box/half')).status, 404),
  }),
  {
    name: 'senders who leave in the middle',
    sent: '20 times 1 MiB of 1 GiB',
    expected: { status: 404, message: 'path not found' },
    withinMs: 5000,
    async send() {
      const chunk = Buffer.alloc(1 << 20)
      const script = [put('/box/left', ['Content-Length: 1073741824']), chunk]
      await Promise.all(Array.from({ length: 20 }, () => writeAndAbort(ground.target.url, script)))
      return ask('GET', '/box/left')
    },
  },
  wire({
    name: 'a method that data does not have',
    sent: 'OPTIONS',
    expected: { status: 405, message: 'This path does not take this method' },
    script: () => [rawRequest('OPTIONS /v1/data/.my/box HTTP/1.1', ['Host: localhost'])],
  }),
  {
    name: 'a part of a file that is written',
    expected: { status: 400, code: 2015, message: 'A part of a file cannot be written; send the whole file' },
    send: () =>
      exchangeOne(ground.target.url, [put('/box/a', ['Content-Range: bytes 0-0/2', 'Content-Length: 1'], 'x')]),
  },
]

testTheme({ name: 'data', rows: [...bodies, ...addresses, ...transfers], open: openScene })
