/** Files of hosted data: written, read, told of, deleted (rest-api.md 1.2, 5.6 to 5.8, 5.11). */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Account, createAccount, createKey, FULL_RIGHTS } from '../lib/accounts.ts'
import { covers } from '../lib/covers.ts'
import { exchange } from '../lib/raw-socket.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError } from '../lib/shape.ts'
import { send, type WireOptions, type WireReply } from '../lib/wire.ts'

covers('getData', 'headData', 'putFile', 'deleteData')

let target: Target
let owner: Account

before(async () => {
  target = await startTarget()
  owner = await createAccount(target, 'Files')
  await ask('POST', '.my', { json: { name: 'box' } })
})
after(() => target.close())

const ask = (method: string, path: string, options: WireOptions = {}): Promise<WireReply> =>
  send(target.url, `${method} /v1/data/${path}`, { key: owner.key, ...options })

async function put(name: string, body: string | Buffer = 'content', headers: Record<string, string> = {}) {
  const reply = await ask('PUT', `.my/box/${name}`, { body, headers })
  assert.equal(reply.status, 200, reply.text)
  return reply
}

/** A request as text, for what `send` would tidy up. */
const putRequest = (path: string, lines: readonly string[]): string =>
  [
    `PUT /v1/data/${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    `Authorization: ${owner.key}`,
    ...lines,
  ].join('\r\n')

/** Names in the spelling that clients look them up by (rule H2), without those of every reply. */
function headersOf(reply: WireReply): Record<string, string> {
  const ofEveryReply = ['Date', 'Connection', 'Keep-Alive']
  return Object.fromEntries(reply.headers.filter(([name]) => !ofEveryReply.includes(name)))
}

test('a file is written, and answered with its address as it was given', async () => {
  const reply = await put('a.txt')
  assert.equal(reply.statusLine, 'HTTP/1.1 200 OK')
  assert.equal(reply.text, '{"result":"data://.my/box/a.txt"}')
  const named = await ask('PUT', `${owner.username.toUpperCase()}/box/a.txt`, { body: 'x' })
  assert.equal(named.text, `{"result":"data://${owner.username.toUpperCase()}/box/a.txt"}`)
})

test('a file comes back byte for byte, with headers in canonical capitals', async () => {
  const content = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256))
  await put('bytes.png', content)
  const reply = await ask('GET', '.my/box/bytes.png')
  assert.equal(reply.statusLine, 'HTTP/1.1 200 OK')
  assert.ok(reply.body.equals(content))
  const { ETag = '', 'Last-Modified': modified = '', ...rest } = headersOf(reply)
  assert.match(ETag, /^"[\w-]+"$/)
  assert.ok(Math.abs(Date.parse(modified) - Date.now()) < 60_000, modified)
  assert.deepEqual(rest, {
    'Content-Type': 'image/png',
    'Content-Security-Policy': 'sandbox',
    'Content-Disposition': 'attachment',
    'Content-Length': '70000',
    'X-Data-Type': 'file',
    'Accept-Ranges': 'bytes',
    'X-Content-Type-Options': 'nosniff',
  })
})

test('HEAD says what GET says, without the body', async () => {
  await put('head.json', '{}')
  const [head, get] = [await ask('HEAD', '.my/box/head.json'), await ask('GET', '.my/box/head.json')]
  assert.equal(head.text, '')
  assert.deepEqual([head.statusLine, headersOf(head)], [get.statusLine, headersOf(get)])
  assert.equal(head.header('Content-Length'), '2')
})

test('the content type is that of the name, whatever the upload said', async () => {
  const types: Record<string, string> = {
    'x.png': 'image/png',
    'x.JPG': 'image/jpeg',
    'x.mp3': 'audio/mpeg',
    'x.mp4': 'video/mp4',
    'x.pdf': 'application/pdf',
    'x.zip': 'application/zip',
    'x.json': 'application/json',
    'x.svg': 'image/svg+xml',
    ...Object.fromEntries(
      ['txt', 'csv', 'md', 'log', 'xml', 'html', 'yaml'].map((end) => [`x.${end}`, 'text/plain; charset=utf-8']),
    ),
    'x.bin': 'application/octet-stream',
    x: 'application/octet-stream',
  }
  await Promise.all(
    Object.entries(types).map(async ([name, type]) => {
      await put(name, 'x', { 'Content-Type': 'application/x-made-up' })
      const reply = await ask('GET', `.my/box/${name}`)
      assert.equal(reply.header('Content-Type'), type, name)
      assert.equal(reply.header('Content-Disposition'), /json|text/.test(type) ? undefined : 'attachment', name)
    }),
  )
})

test('any body is stored as it is: empty, typed as what it is not, chunked', async () => {
  for (const [body, headers] of [
    ['', {}],
    ['', { 'Content-Type': 'application/json' }],
    ['{"broken', { 'Content-Type': 'application/json' }],
    ['a=b', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['x', { 'Content-Type': 'no type at all' }],
    ['x', { 'Content-Encoding': 'gzip' }],
  ] as const) {
    await put('any', body, headers)
    assert.equal((await ask('GET', '.my/box/any')).text, body)
  }
  const chunked = ['Transfer-Encoding: chunked', '', '3', 'abc', '4', 'defg', '0', '', '']
  const reply = await exchange(target.url, putRequest('.my/box/any', chunked))
  assert.equal(reply.status, 200)
  assert.equal((await ask('GET', '.my/box/any')).text, 'abcdefg')
  const without = await send(target.url, 'PUT /v1/data/.my/box/any', { key: owner.key })
  assert.equal(without.status, 200)
  assert.equal((await ask('GET', '.my/box/any')).header('Content-Length'), '0')
})

test('a second file of the name replaces the first, and its tag', async () => {
  await put('twice', 'one')
  const first = await ask('HEAD', '.my/box/twice')
  await put('twice', 'two')
  const second = await ask('GET', '.my/box/twice')
  assert.equal(second.text, 'two')
  assert.notEqual(first.header('ETag'), second.header('ETag'))
})

test('a part of a file is sent when one is asked for', async () => {
  await put('part', '0123456789')
  const range = (value: string, headers: Record<string, string> = {}) =>
    ask('GET', '.my/box/part', { headers: { Range: value, ...headers } })
  for (const [value, text, said] of [
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
  ] as const) {
    const reply = await range(value)
    assert.deepEqual([reply.statusLine, reply.text], ['HTTP/1.1 206 Partial Content', text])
    assert.deepEqual([reply.header('Content-Range'), reply.header('Content-Length')], [said, String(text.length)])
  }
  for (const value of ['bytes=0-1,4-5', 'bytes=5-2', 'lines=1-2']) {
    const reply = await range(value)
    assert.deepEqual([reply.status, reply.text], [200, '0123456789'], value)
  }
  const none = await range('bytes=10-')
  assertError(none, { status: 416 })
  assert.equal(none.header('Content-Range'), 'bytes */10')
  const etag = (await ask('HEAD', '.my/box/part')).header('ETag') ?? ''
  assert.equal((await range('bytes=0-0', { 'If-Range': etag })).status, 206)
  assert.equal((await range('bytes=0-0', { 'If-Range': '"other"' })).status, 200)
  assert.equal((await ask('HEAD', '.my/box/part', { headers: { Range: 'bytes=0-0' } })).status, 200)
})

test('who has a file already is told so, without the body', async () => {
  await put('known')
  const { ETag = '', 'Last-Modified': modified = '' } = headersOf(await ask('HEAD', '.my/box/known'))
  const conditions: Record<string, string>[] = [
    { 'If-None-Match': ETag },
    { 'If-None-Match': '*' },
    { 'If-Modified-Since': modified },
  ]
  for (const headers of conditions) {
    for (const method of ['GET', 'HEAD']) {
      const reply = await ask(method, '.my/box/known', { headers })
      assert.deepEqual([reply.statusLine, reply.text], ['HTTP/1.1 304 Not Modified', ''])
      assert.equal(reply.header('ETag'), ETag)
    }
  }
  assert.equal((await ask('GET', '.my/box/known', { headers: { 'If-None-Match': '"other"' } })).status, 200)
  assertError(await ask('GET', '.my/box/known', { headers: { 'If-Match': '"other"' } }), { status: 412 })
})

test('writers may demand what must be there', async () => {
  const create = { 'If-None-Match': '*' }
  await put('demand', 'one', create)
  assertError(await ask('PUT', '.my/box/demand', { body: 'two', headers: create }), { status: 412 })
  const stale = { 'If-Match': '"other"' }
  assertError(await ask('PUT', '.my/box/demand', { body: 'two', headers: stale }), { status: 412 })
  assertError(await ask('DELETE', '.my/box/demand', { headers: stale }), { status: 412 })
  const read = await ask('GET', '.my/box/demand')
  assert.equal(read.text, 'one')
  assert.equal(
    (await ask('DELETE', '.my/box/demand', { headers: { 'If-Match': read.header('ETag') ?? '' } })).status,
    200,
  )
})

test('32 writers who demand that nothing is there: one of them has it', async () => {
  const headers = { 'If-None-Match': '*' }
  const replies = await Promise.all(
    Array.from({ length: 32 }, (_, index) => ask('PUT', '.my/box/race', { body: String(index), headers })),
  )
  const won = replies.findIndex(({ status }) => status === 200)
  assert.deepEqual(replies.map(({ status }) => status).sort(), [200, ...Array.from({ length: 31 }, () => 412)])
  assert.equal((await ask('GET', '.my/box/race')).text, String(won))
})

test('a file is deleted once', async () => {
  await put('gone')
  const reply = await ask('DELETE', '.my/box/gone')
  assert.deepEqual([reply.statusLine, reply.text], ['HTTP/1.1 200 OK', '{"result":{"deleted":1}}'])
  assertError(await ask('DELETE', '.my/box/gone'), { status: 404, message: 'path not found' })
  assertError(await ask('GET', '.my/box/gone'), { status: 404, message: 'path not found' })
  assert.equal((await ask('DELETE', '.my/box/gone?force=true')).status, 404)
})

test('every error has its message in a header as well, and HEAD has it there alone', async () => {
  for (const [method, path, status] of [
    ['GET', '.my/box/missing', 404],
    ['HEAD', '.my/box/missing', 404],
    ['PUT', '.my/missing/a', 404],
    ['PUT', '.my/a', 400],
    ['PUT', '.my/box/a/b', 400],
    ['DELETE', '.my/box/missing', 404],
    ['PATCH', '.my/box', 400],
    ['POST', '.my', 400],
  ] as const) {
    const reply = await ask(method, path)
    assert.equal(reply.status, status, `${method} ${path}: ${reply.text}`)
    const said = reply.header('X-Error-Message') ?? ''
    assert.match(said, /^[ -~]+$/)
    if (method === 'HEAD') assert.equal(reply.text, '')
    else assert.equal(assertError(reply, { status }).message, said)
  }
})

test('a file is put into a collection that is there, whole', async () => {
  assertError(await ask('PUT', '.my/nowhere/a', { body: 'x' }), { status: 404, message: 'path not found' })
  const part = await ask('PUT', '.my/box/a', { body: 'x', headers: { 'Content-Range': 'bytes 0-0/2' } })
  assertError(part, { status: 400 })
})

test('rights: a key for each way, and nobody without one', async () => {
  await put('mine')
  const [reads, writes] = await Promise.all([
    createKey(target, owner.username, { ...FULL_RIGHTS, allow_data_write: false }),
    createKey(target, owner.username, { ...FULL_RIGHTS, allow_data: false }),
  ])
  const stranger = await createAccount(target, 'Stranger')
  const path = `${owner.username}/box/mine`
  for (const [key, method, status] of [
    [reads, 'GET', 200],
    [reads, 'PUT', 403],
    [reads, 'DELETE', 403],
    [writes, 'PUT', 200],
    [writes, 'GET', 403],
    [writes, 'HEAD', 403],
    [stranger.key, 'GET', 403],
    [stranger.key, 'PUT', 403],
    [stranger.key, 'DELETE', 403],
    [target.adminKey, 'GET', 403],
    [target.adminKey, 'PUT', 403],
    ['', 'GET', 401],
    ['', 'PUT', 401],
    ['', 'DELETE', 401],
    ['simNobodyHasThisKey000000000', 'GET', 401],
  ] as const) {
    const reply = await send(target.url, `${method} /v1/data/${path}`, key === '' ? {} : { key })
    assert.equal(reply.status, status, `${method} ${reply.text}`)
    assert.equal(reply.header('X-Error-Message') !== undefined, status !== 200)
  }
})

test('a refusal comes before the body that the client offers', async () => {
  const offered = ['Expect: 100-continue', 'Content-Length: 4', '', 'body']
  const offer = (path: string) => exchange(target.url, putRequest(path, offered))
  assert.equal((await offer('.my/nowhere/a')).status, 404)
  const taken = await offer('.my/box/offered')
  assert.equal(taken.statusLine, 'HTTP/1.1 100 Continue')
  assert.match(taken.body.toString(), /^HTTP\/1\.1 200 OK\r\n/)
  assert.equal((await ask('GET', '.my/box/offered')).text, 'body')
})

test('other methods are refused, and there is no CORS', async () => {
  for (const method of ['OPTIONS', 'TRACE', 'LOCK']) {
    const reply = await ask(method, '.my/box/a', { headers: { Origin: 'https://example.com' } })
    assertError(reply, { status: 405 })
    assert.equal(reply.header('Allow'), 'GET, HEAD, PUT, POST, PATCH, DELETE')
    assert.equal(reply.header('Access-Control-Allow-Origin'), undefined)
  }
})

test('stale headers of other calls do not matter to GET and DELETE', async () => {
  await put('stale.txt')
  const headers = { 'Content-Type': 'application/json', Accept: 'application/octet-stream' }
  assert.equal((await ask('GET', '.my/box/stale.txt?stdout=false&output=raw&true=true', { headers })).text, 'content')
  assert.equal((await ask('DELETE', '.my/box/stale.txt?timeout=10', { headers })).status, 200)
})
