/** Every form in which clients write the address of a file, and every name that a file may have (rest-api.md 5.1, 1.2). */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Account, createAccount } from '../lib/accounts.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError } from '../lib/shape.ts'
import { jsonOf, send, type WireOptions } from '../lib/wire.ts'

covers('getData', 'headData', 'putFile', 'createDirectory', 'deleteData')

let target: Target
let owner: Account

before(async () => {
  target = await startTarget()
  owner = await createAccount(target, 'Names')
  assert.equal((await ask('POST', '/v1/data/.my', { json: { name: 'foo' } })).status, 200)
})
after(() => target.close())

const ask = (method: string, path: string, options: WireOptions = {}) =>
  send(target.url, `${method} ${path}`, { key: owner.key, ...options })

test('one file has all these addresses', async () => {
  const name = owner.username
  const addresses = [
    '/v1/data/.my/foo/a%20b+c.txt',
    '/api/v1/data/.my/foo/a%20b+c.txt',
    '/v1/data/.my%2Ffoo%2Fa+b%2Bc.txt',
    '/v1/data/.my%2ffoo%2fa%20b%2Bc.txt',
    '/v1/data/data://.my/foo/a%20b+c.txt',
    '/v1/data/data:/.my/foo/a%20b+c.txt',
    '/v1/data/DATA://.my/foo/a%20b+c.txt',
    '/v1/data/data%3A%2F%2F.my%2Ffoo%2Fa+b%2Bc.txt',
    '/v1/connector/data/.my/foo/a%20b+c.txt',
    '/v1/connector/DATA/.my/foo/a%20b%2Bc.txt',
    '/v1/connector/data/v1/connector/data/.my/foo/a%20b+c.txt',
    '/v1/data//.my//foo//a%20b+c.txt',
    '/v1/data/.my/foo/a%20b+c.txt/',
    '/v1/data/%2Emy/%66oo/a%20b%2Bc.txt?acl=false',
    `/v1/data/${name}/foo/a%20b+c.txt`,
    `/v1/data/${name.toLowerCase()}/FOO/a%20b+c.txt`,
  ]
  for (const address of addresses) {
    assert.equal((await ask('PUT', address, { body: address })).status, 200, address)
    assert.equal((await ask('GET', '/v1/data/.my/foo/a%20b+c.txt')).text, address)
    assert.equal((await ask('GET', address)).text, address)
    assert.equal((await ask('HEAD', address)).header('X-Data-Type'), 'file', address)
  }
  const { files } = jsonOf(await ask('GET', '/v1/data/.my/foo'))
  assert.deepEqual(
    files.map((file: Json) => file.filename),
    ['a b+c.txt'],
  )
  assert.equal((await ask('PUT', addresses[2] ?? '', { body: '' })).text, '{"result":"data://.my/foo/a b+c.txt"}')
})

test('a file may have any name of up to 255 bytes', async () => {
  assert.equal((await ask('POST', '/v1/data/.my', { json: { name: 'any' } })).status, 200)
  const names = [
    ...[
      ' ',
      'a b',
      ' leading',
      'trailing ',
      '%',
      '100%',
      '%2F',
      '%41',
      '+',
      'a+b',
      '#',
      'a#b',
      '?',
      'a?b',
      '&=;',
      "'",
      '"',
    ],
    ...[
      '\\',
      'a\\b',
      '..a',
      'a..',
      '...',
      '.hidden',
      '~',
      '*',
      '<b>',
      '|',
      ':',
      'con',
      'é',
      'e\u0301',
      '文件.txt',
      '😀',
      '\u202e',
    ],
    ...[
      'tab\there',
      'new\nline',
      'x'.repeat(255),
      'é'.repeat(127),
      '😀'.repeat(63),
      '.my',
      'data',
      '__proto__',
      'null',
      '-',
      'A',
      'a',
    ],
  ]
  await Promise.all(
    names.map(async (name) => {
      const address = `/v1/data/.my/any/${encodeURIComponent(name)}`
      assert.equal(
        (await ask('PUT', address, { body: name })).text,
        JSON.stringify({ result: `data://.my/any/${name}` }),
      )
      assert.equal((await ask('GET', address)).text, name)
    }),
  )
  const { files } = jsonOf(await ask('GET', '/v1/data/.my/any'))
  const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
  assert.deepEqual(
    files.map((file: Json) => file.filename),
    names.toSorted(bytewise),
  )
  for (const name of names)
    assert.equal((await ask('DELETE', `/v1/data/.my/any/${encodeURIComponent(name)}`)).status, 200)
})

test('names that are too long, or no text, are refused', async () => {
  for (const name of [
    'x'.repeat(256),
    encodeURIComponent('é'.repeat(128)),
    'x'.repeat(20_000),
    '%FF',
    '%',
    '%zz',
    'a%00b',
    '%2e%2e',
    '%2E',
  ]) {
    const reply = await ask('PUT', `/v1/data/.my/foo/${name}`, { body: 'x' })
    assertError(reply, { status: 400 })
    assert.ok(reply.header('X-Error-Message'))
  }
})

test('no address leaves its collection', async () => {
  await ask('POST', '/v1/data/.my', { json: { name: 'other' } })
  await ask('PUT', '/v1/data/.my/other/secret', { body: 'secret' })
  for (const path of [
    '.my/foo/../other/secret',
    '.my/foo/%2e%2e/other/secret',
    '.my/foo/..%2Fother%2Fsecret',
    '.my/foo/%2e%2e%2fother%2fsecret',
    '.my%2Ffoo%2F..%2Fother%2Fsecret',
    './.my/other/secret',
    '../data/.my/other/secret',
    '.my/foo/..%5Cother%5Csecret',
    '.my/foo/%c0%ae%c0%ae/other/secret',
    'data://../other/secret',
    'file:///etc/passwd',
    '/etc/passwd',
    '.my/foo/%2Fetc%2Fpasswd',
  ]) {
    const reply = await ask('GET', `/v1/data/${path}`)
    assert.ok([400, 404].includes(reply.status), `${path}: ${reply.status} ${reply.text}`)
    assert.ok(!reply.text.includes('secret":') && !reply.text.includes('root:'), reply.text)
  }
})

test('connectors that are not there are not found', async () => {
  for (const path of [
    '/v1/connector/s3/b/k',
    '/v1/data/s3://b/k',
    '/v1/data/s3+lab://b/k',
    '/v1/data/s3%2Blab%3A%2F%2Fb%2Fk',
  ]) {
    assertError(await ask('GET', path), { status: 404 })
  }
  for (const path of ['/v1/connector/ftp/x', '/v1/connector', '/v1/connector/data+lab/x', '/v1/data/ftp://x']) {
    assertError(await ask('GET', path), { status: 404 })
  }
})

test('no path of the API redirects, and an unknown one is not found', async () => {
  for (const path of ['/v1/dat', '/v1/datas', '/v1/x', '/v1/data.my'])
    assert.equal((await ask('GET', path)).status, 404, path)
})
