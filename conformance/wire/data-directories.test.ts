/** Directories of hosted data: created, listed, opened to others, deleted (rest-api.md 5.2, 5.4, 5.5, 5.9 to 5.11). */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Account, createAccount, uniqueName } from '../lib/accounts.ts'
import { fillCollection } from '../lib/collections.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError, assertMembers } from '../lib/shape.ts'
import { jsonOf, send, type WireOptions, type WireReply } from '../lib/wire.ts'

covers('getData', 'headData', 'createDirectory', 'setDirectoryAcl', 'deleteData')

let target: Target
let owner: Account

before(async () => {
  target = await startTarget()
  owner = await createAccount(target, 'Folders')
})
after(() => target.close())

const ask = (method: string, path: string, options: WireOptions = {}): Promise<WireReply> =>
  send(target.url, `${method} /v1/data${path}`, { key: owner.key, ...options })

async function create(body: Json = {}): Promise<string> {
  const name = uniqueName('c')
  const reply = await ask('POST', '/.my', { json: { name, ...body } })
  assert.deepEqual([reply.statusLine, reply.text], ['HTTP/1.1 200 OK', `{"result":"data://.my/${name}"}`])
  return name
}

const readers = async (name: string): Promise<Json> => jsonOf(await ask('GET', `/.my/${name}?acl=true`)).acl

test('the root begins with the name of the caller, in every form of its address', async () => {
  for (const path of ['/v1/data', '/v1/data/', '/v1/connector/data', '/v1/connector/data/', '/v1/data/?acl=false']) {
    const reply = await send(target.url, `GET ${path}`, { key: owner.key })
    assert.equal(reply.text, `{"folders":[{"name":"${owner.username}"}],"files":[]}`, path)
    assert.equal(reply.header('X-Data-Type'), 'directory')
    assert.equal(reply.header('Content-Type'), 'application/json')
  }
})

test("an owner's collections are folders; without any there are two empty lists", async () => {
  const newcomer = await createAccount(target, 'Empty')
  for (const name of ['.my', newcomer.username, newcomer.username.toUpperCase(), '.my/']) {
    const reply = await ask('GET', `/${name}`, { key: newcomer.key })
    assert.equal(reply.text, '{"folders":[],"files":[]}')
  }
  const name = await create()
  assert.ok(jsonOf(await ask('GET', '/.my')).folders.some((folder: Json) => folder.name === name))
  assertError(await ask('GET', '/nobody_here'), { status: 404, message: 'path not found' })
})

test('every form of the body that clients send creates a collection', async () => {
  const acl = { read: ['algo://.my/*'] }
  for (const body of [{}, { acl: null }, { acl }, { acl: { ...acl, _dummy: null } }, { acl, unknown: [1] }]) {
    assert.deepEqual(await readers(await create(body)), acl)
  }
  for (const [type, text] of [
    ['text/plain', (name: string) => name],
    ['application/json', (name: string) => JSON.stringify(name)],
    ['text/plain; charset=utf-8', (name: string) => JSON.stringify(name)],
    ['application/x-www-form-urlencoded', (name: string) => JSON.stringify({ name })],
    ['text/plain', (name: string) => JSON.stringify({ name })],
  ] as const) {
    const name = uniqueName('c')
    const reply = await ask('POST', `/${owner.username}/`, { body: text(name), headers: { 'Content-Type': type } })
    assert.equal(reply.text, `{"result":"data://${owner.username}/${name}"}`, type)
    assert.equal((await ask('HEAD', `/.my/${name}`)).status, 200)
  }
  const name = uniqueName('c')
  assert.equal((await ask('POST', '/.my', { body: JSON.stringify({ name }) })).status, 200, 'no type at all')
})

test('a collection is created once, with a name that it may have, below its owner', async () => {
  const name = await create()
  const post = (path: string, json: Json) => ask('POST', path, { json })
  assertError(await post('/.my', { name }), { status: 400 })
  assertError(await post('/.my', { name: name.toUpperCase() }), { status: 400 })
  for (const wrong of ['', '1a', 'a b', 'a/b', '..', 'x'.repeat(65), 'é', null, 7, ['a']]) {
    assertError(await post('/.my', { name: wrong }), { status: 400 })
  }
  assert.equal((await post('/.my', { name: uniqueName('x'.repeat(56)) })).status, 200, '64 characters')
  for (const path of [`/.my/${name}`, '', `/.my/${name}/a`])
    assertError(await post(path, { name: 'x' }), { status: 400 })
  assertError(await post('/nobody_here', { name: 'x' }), { status: 404 })
  const stranger = await createAccount(target, 'Stranger')
  assertError(await ask('POST', `/${owner.username}`, { json: { name: 'x' }, key: stranger.key }), { status: 403 })
})

test('files are listed by name, with size and time; nothing else is a member', async () => {
  const name = await create()
  for (const [file, body] of [
    ['b.txt', 'three'],
    ['a', ''],
    ['B', 'x'],
  ] as const) {
    await ask('PUT', `/.my/${name}/${file}`, { body })
  }
  const reply = await ask('GET', `/.my/${name}`)
  const { folders, files, ...rest } = jsonOf(reply)
  assert.deepEqual([folders, rest], [[], {}])
  assert.deepEqual(
    files.map((file: Json) => [file.filename, file.size]),
    [
      ['B', 1],
      ['a', 0],
      ['b.txt', 5],
    ],
  )
  for (const file of files) {
    assertMembers(file, 'filename last_modified size')
    assert.match(file.last_modified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/)
  }
  assert.equal(reply.header('X-Data-Type'), 'directory')
})

test('HEAD of a directory says what GET says, without the body', async () => {
  const name = await create()
  for (const path of ['', '/', '/.my', `/${owner.username}/`, `/.my/${name}`, `/.my/${name}/`]) {
    const [head, get] = [await ask('HEAD', path), await ask('GET', path)]
    assert.deepEqual([head.status, head.text, head.header('X-Data-Type')], [200, '', 'directory'])
    const lasting = ({ headers }: WireReply) => headers.filter(([name]) => name !== 'Date')
    assert.deepEqual(lasting(head), lasting(get))
  }
})

test('who may read is shown when asked for, in whatever way clients say yes', async () => {
  const states = [[], ['algo://.my/*'], ['user://*']]
  for (const read of states) {
    const name = await create({ acl: { read } })
    for (const yes of ['true', 'True', 'TRUE', '1', 'yes']) {
      const reply = await ask('GET', `/.my/${name}?acl=${yes}`)
      assert.equal(reply.text, JSON.stringify({ folders: [], files: [], acl: { read } }))
    }
    for (const no of ['false', 'False', '0', 'no', '', 'maybe']) {
      assert.equal((await ask('GET', `/.my/${name}?acl=${no}`)).text, '{"folders":[],"files":[]}')
    }
  }
  for (const path of ['', '/.my']) assert.equal('acl' in jsonOf(await ask('GET', `${path}?acl=true`)), false)
})

test('who may read is changed, and answered with nothing', async () => {
  const name = await create()
  for (const read of [['user://*'], [], ['algo://.my/*']]) {
    const reply = await ask('PATCH', `/.my/${name}`, { json: { acl: { read, _dummy: null } } })
    assert.deepEqual([reply.statusLine, reply.text, reply.header('Content-Length')], ['HTTP/1.1 200 OK', '', '0'])
    assert.deepEqual(await readers(name), { read })
  }
  for (const json of [{}, null, { acl: null }, { acl: {} }, { acl: { read: 'user://*' } }, { acl: { read: ['x'] } }]) {
    assertError(await ask('PATCH', `/.my/${name}`, { json }), { status: 400 })
  }
  assertError(await ask('PATCH', `/.my/${name}`, { json: { acl: { read: ['user://*', 'algo://.my/*'] } } }), {
    status: 400,
  })
  const json = { acl: { read: [] } }
  assertError(await ask('PATCH', '/.my/nowhere', { json }), { status: 404, message: 'path not found' })
  assertError(await ask('PATCH', '/.my', { json }), { status: 400 })
  assert.deepEqual(await readers(name), { read: ['algo://.my/*'] })
})

test('what is public is read by everybody, and by nobody changed', async () => {
  const name = await create({ acl: { read: ['user://*'] } })
  await ask('PUT', `/.my/${name}/a.txt`, { body: 'open' })
  const stranger = await createAccount(target, 'Reader')
  for (const options of [{ key: stranger.key }, {}]) {
    const open = (method: string, path = '') =>
      send(target.url, `${method} /v1/data/${owner.username}/${name}${path}`, options)
    assert.equal((await open('GET', '/a.txt')).text, 'open')
    assert.equal(jsonOf(await open('GET')).files.length, 1)
    const refused = 'key' in options ? 403 : 401
    for (const method of ['PUT', 'DELETE']) assertError(await open(method, '/a.txt'), { status: refused })
    assertError(await open('DELETE'), { status: refused })
  }
})

test('what deleting a directory answers, word for word', async () => {
  const empty = await create()
  assert.equal((await ask('DELETE', `/.my/${empty}`)).text, '{"result":{"deleted":0}}')
  assert.equal((await ask('DELETE', `/.my/${await create()}?force=false`)).text, '{"result":{"deleted":0}}')
  assert.equal((await ask('DELETE', `/.my/${await create()}?force=true`)).text, '{"result":{"deleted":1}}')
  const full = await create()
  for (const file of ['a', 'b', 'c']) await ask('PUT', `/.my/${full}/${file}`, { body: file })
  for (const query of ['', '?force=false', '?force=']) {
    const refused = await ask('DELETE', `/.my/${full}${query}`)
    assert.equal(refused.status, 400)
    const { error } = refused.json()
    assertMembers(error, 'id message deleted')
    assert.match(error.message, /^directory not empty/)
    assert.equal(error.deleted, 0)
    assert.equal(refused.header('X-Error-Message'), error.message)
  }
  assert.equal(jsonOf(await ask('GET', `/.my/${full}`)).files.length, 3)
  assert.equal((await ask('DELETE', `/.my/${full}?force=True`)).text, '{"result":{"deleted":3}}')
  assertError(await ask('DELETE', `/.my/${full}?force=true`), { status: 404, message: 'path not found' })
  assertError(await ask('GET', `/.my/${full}`), { status: 404, message: 'path not found' })
  for (const path of ['', '/.my']) assertError(await ask('DELETE', `${path}?force=true`), { status: 400 })
})

test('pages have 1,000 files, the last one what is left, and none is empty', async () => {
  const name = uniqueName('pages')
  await fillCollection(target, owner, { name, size: 2001 })
  assert.deepEqual(await pagesOf(name), [1000, 1000, 1])
  assert.equal((await ask('DELETE', `/.my/${name}/02000.txt`)).status, 200)
  assert.deepEqual(await pagesOf(name), [1000, 1000])
  assert.equal((await ask('DELETE', `/.my/${name}?force=true`)).text, '{"result":{"deleted":2000}}')
})

/** How many files each page has. @throws AssertionError unless they are all there once, in order */
async function pagesOf(collection: string): Promise<number[]> {
  const pages: string[][] = []
  let marker: string | undefined
  do {
    const page = jsonOf(await ask('GET', `/.my/${collection}${marker === undefined ? '' : `?marker=${marker}`}`))
    assertMembers(page, 'folders files marker?')
    pages.push(page.files.map((file: Json) => file.filename))
    marker = page.marker
    if (marker !== undefined) assert.match(marker, /^[\w.~-]+$/)
  } while (marker !== undefined)
  const names = pages.flat()
  assert.deepEqual(
    names,
    names.map((_, index) => `${String(index).padStart(5, '0')}.txt`),
  )
  return pages.map(({ length }) => length)
}

test('a marker that no page gave is refused', async () => {
  const name = await create()
  for (const marker of ['true', 'x', '%00', 'eyJ9', 'x'.repeat(2000)]) {
    assertError(await ask('GET', `/.my/${name}?marker=${marker}`), { status: 400, code: 5002 })
  }
  assert.equal((await ask('GET', `/.my/${name}?marker=`)).status, 200, 'an empty one is none')
})
