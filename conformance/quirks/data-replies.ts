/** What each library needs to find in the answers of hosted data (rest-api.md 5.5 to 5.12, 6.2). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uniqueName } from '../lib/accounts.ts'
import { fillCollection } from '../lib/collections.ts'
import type { Json } from '../lib/curl.ts'
import { assertError } from '../lib/shape.ts'
import { assertEmpty, jsonOf, send } from '../lib/wire.ts'
import type { AskWorld } from './world.ts'

const PAGE = 1000

export function dataReplyQuirks(world: AskWorld): void {
  test('php: names of headers are looked up by exact case, a file has its type and length', async () => {
    const { simple, shelf } = world()
    const path = `/v1/connector/data/.my/${await shelf()}`
    const headers = { 'Content-Type': 'application/octet-stream' }
    jsonOf(await simple(`PUT ${path}/a.png`, { headers, body: 'no picture' }))
    const reply = await simple(`GET ${path}/a.png`, { headers })
    assert.equal(reply.statusLine, 'HTTP/1.1 200 OK')
    assert.deepEqual(
      ['Content-Type', 'Content-Length', 'X-Data-Type', 'Transfer-Encoding'].map((name) => reply.header(name)),
      ['image/png', '10', 'file', undefined],
    )
    assert.equal((await simple(`GET ${path}?acl=false`)).header('X-Data-Type'), 'directory')
  })

  test('node 0.3.10, R, ruby: types follow names: JSON alone is JSON, text-like files are plain text', async () => {
    const { simple, shelf } = world()
    const folder = `/v1/data/.my/${await shelf()}`
    for (const [name, type] of [
      ['a.json', /^application\/json/],
      ...['a.txt', 'a.csv', 'a.md', 'a.xml', 'a.html', 'a.yaml', 'a.log'].map(
        (each) => [each, /^text\/plain/] as const,
      ),
      ['a.unknown', /^application\/octet-stream/],
    ] as const) {
      jsonOf(
        await simple(`PUT ${folder}/${name}`, { headers: { 'Content-Type': 'application/json' }, body: '{"a": 1}' }),
      )
      const reply = await simple(`GET ${folder}/${name}`)
      assert.match(reply.header('Content-Type') ?? '', type, name)
      assert.equal(reply.text, '{"a": 1}')
    }
  })

  test('cs, go: a listing has both arrays and never a marker or an acl that nobody asked for', async () => {
    const { bare, shelf, owner } = world()
    for (const path of [`.my/${await shelf()}`, '.my', owner.username, '']) {
      assert.deepEqual(Object.keys(jsonOf(await bare(`GET /v1/data/${path}`))), ['folders', 'files'], path)
    }
  })

  test('rust: folders have a name alone; R, cs: times end with .000Z', async () => {
    const { bare, shelf } = world()
    const name = await shelf()
    for (const folder of jsonOf(await bare('GET /v1/connector/data/.my?acl=true')).folders) {
      assert.deepEqual(Object.keys(folder), ['name'])
    }
    const [file] = jsonOf(await bare(`GET /v1/data/.my/${name}`)).files
    assert.deepEqual(Object.keys(file), ['filename', 'last_modified', 'size'])
    assert.match(file.last_modified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/)
  })

  test('node, scala, cs, rust: HEAD of a directory is 200, with and without a slash at the end', async () => {
    const { simple, owner, shelf } = world()
    for (const path of ['', '.my', `${owner.username}/`, `.my/${await shelf()}`]) {
      const reply = await simple(`HEAD /v1/data/${path}`)
      assert.deepEqual([reply.status, reply.header('X-Data-Type'), reply.text], [200, 'directory', ''], path)
    }
  })

  test('py, java, rust: the reason of a refused HEAD is in X-Error-Message, and its body is empty', async () => {
    const { bare, shelf, stranger, owner } = world()
    const name = await shelf([])
    const missing = await bare(`HEAD /v1/data/.my/${name}/missing`)
    assert.deepEqual([missing.status, missing.header('X-Error-Message'), missing.text], [404, 'path not found', ''])
    const headers = { Authorization: stranger.key }
    const denied = await bare(`HEAD /v1/data/${owner.username}/${name}/a.txt`, { headers })
    assert.equal(denied.status, 403)
    assert.ok(denied.header('X-Error-Message'))
  })

  test('node: deletions answer exactly {"result":{"deleted":1}}, also of an empty directory by force', async () => {
    const { simple, shelf } = world()
    const path = `/v1/data/.my/${await shelf()}`
    for (const each of [`${path}/a.txt`, `${path}?force=true`]) {
      assert.equal((await simple(`DELETE ${each}`)).text, '{"result":{"deleted":1}}')
    }
  })

  test('ruby, swift: a directory with files is refused by status 400, with the message and a count', async () => {
    const { bare, shelf } = world()
    const reply = await bare(`DELETE /v1/data/.my/${await shelf()}`)
    assert.equal(reply.status, 400)
    const { error } = reply.json()
    assert.match(error.message, /^directory not empty/)
    assert.equal(error.deleted, 0)
    assert.equal(reply.header('X-Error-Message'), error.message)
  })

  test('cs: the members of an error are scalars, a missing file is told by the exact text', async () => {
    const { bare, shelf } = world()
    const { error } = (await bare(`DELETE /v1/data/.my/${await shelf()}/missing`)).json()
    assert.equal(error.message, 'path not found')
    for (const value of Object.values(error)) assert.ok(['string', 'number'].includes(typeof value))
  })

  test('scala, go, cs, R: changed permissions are status 200; what has none or two is refused', async () => {
    const { bare, shelf } = world()
    const path = `/v1/data/.my/${await shelf()}`
    for (const read of [['user://*'], []]) {
      assertEmpty(await bare(`PATCH ${path}`, { json: { acl: { read } } }), 200)
      assert.deepEqual(jsonOf(await bare(`GET ${path}?acl=true`)).acl, { read })
    }
    for (const json of [{}, { acl: null }, { acl: { read: ['user://*', 'algo://.my/*'] } }, { acl: { read: ['x'] } }]) {
      assertError(await bare(`PATCH ${path}`, { json }), { status: 400 })
    }
  })

  test('cs: without a key public data is read and nothing else', async () => {
    const { url, owner, shelf } = world()
    const path = async (acl: readonly string[]) => `/v1/data/${owner.username}/${await shelf(acl)}/a.txt`
    assert.equal((await send(url, `GET ${await path(['user://*'])}`)).text, 'x')
    assert.equal((await send(url, `GET ${await path([])}`)).status, 401)
    assert.equal((await send(url, `PUT ${await path(['user://*'])}`, { body: 'y' })).status, 401)
  })

  test('php, swift, java: a marker can stand in a query as it is, and the page after it is never empty', async () => {
    const { url, simple, owner } = world()
    const name = uniqueName('Crowd')
    await fillCollection({ url }, owner, { name, size: PAGE + 1 })
    const path = `/v1/connector/data/.my/${name}?acl=false`
    const first = jsonOf(await simple(`GET ${path}`))
    assert.equal(first.files.length, PAGE)
    assert.match(first.marker, /^[A-Za-z0-9_-]+$/)
    const second = jsonOf(await simple(`GET ${path}&marker=${first.marker}`))
    assert.deepEqual(Object.keys(second), ['folders', 'files'])
    assert.deepEqual(
      second.files.map(({ filename }: Json) => filename),
      [`0${PAGE}.txt`],
    )
    assert.deepEqual(jsonOf(await simple(`DELETE /v1/connector/data/.my/${name}?force=true`)), {
      result: { deleted: PAGE + 1 },
    })
  })
}
