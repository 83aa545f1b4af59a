/** Collections beside the data routes: the list of one's own, the default of an algorithm (rest-api.md 3.2 X6, 3.3 X9). */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { type Account, createAccount, createKey, FULL_RIGHTS } from '../lib/accounts.ts'
import { createAlgorithm } from '../lib/algorithms.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError, UUID } from '../lib/shape.ts'
import { jsonOf, send, type WireOptions, type WireReply } from '../lib/wire.ts'

covers('listCollections', 'setDefaultCollection')

let target: Target
let owner: Account
before(async () => {
  target = await startTarget()
  owner = await createAccount(target, 'Keeper')
  for (const [name, read] of [
    ['Secret', []],
    ['shared', ['algo://.my/*']],
    ['world', ['user://*']],
  ] as const) {
    await ask('POST /v1/data/.my', { json: { name, acl: { read } } })
  }
})
after(() => target?.close())

const ask = (line: string, options: WireOptions = {}): Promise<WireReply> =>
  send(target.url, line, { key: owner.key, ...options })

async function listed(): Promise<Json[]> {
  return jsonOf(await ask('GET /v1/hostedData')).result
}

test('the list says of each collection who may read it', async () => {
  const flags = (read_w: boolean, read_a: boolean) => ({ read_w, read_g: read_w, read_u: true, read_a })
  const collection = (name: string, acl: Json) => ({
    collection_name: name,
    username: owner.username,
    acl,
    location: `data://${owner.username}/${name}`,
  })
  const found = await listed()
  assert.deepEqual(
    found.map(({ id, object_id, ...shown }) => shown),
    [
      collection('Secret', flags(false, false)),
      collection('shared', flags(false, true)),
      collection('world', flags(true, true)),
    ],
  )
  for (const { id, object_id } of found) {
    assert.match(id, UUID)
    assert.equal(object_id, `collec-${id}`)
  }
})

test('a newcomer has none, and a key needs the right to read data', async () => {
  const newcomer = await createAccount(target, 'None')
  assert.deepEqual(jsonOf(await ask('GET /v1/hostedData', { key: newcomer.key })), { result: [] })
  const blind = await createKey(target, owner.username, { ...FULL_RIGHTS, allow_data: false })
  assertError(await ask('GET /v1/hostedData', { key: blind }), { status: 403 })
})

test("an algorithm's default is one of its owner's collections", async () => {
  const { created } = await createAlgorithm(target, owner, { name: 'Reader', language: 'python3' })
  const [collection] = await listed()
  const path = `/v1/algorithms/${created.id}/collections`
  for (const id of [collection.id, collection.object_id]) {
    const reply = await ask(`POST ${path}/${id}`)
    assert.deepEqual([reply.status, reply.text], [200, ''])
  }
  const stranger = await createAccount(target, 'Stranger')
  assertError(await ask(`POST ${path}/${collection.id}`, { key: stranger.key }), { status: 403 })
  for (const id of [randomUUID(), 'cats']) assertError(await ask(`POST ${path}/${id}`), { status: 404 })
  assertError(await ask(`POST /v1/algorithms/${randomUUID()}/collections/${collection.id}`), { status: 404 })
})
