/** What is read and written through connectors (rest-api.md 5.3; platform.md 3.2), with a real S3 server behind them. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Account, createAccount, createKey, FULL_RIGHTS } from '../lib/accounts.ts'
import { CONNECTS_TO_LOOPBACK, openS3Server } from '../lib/s3-server.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError } from '../lib/shape.ts'
import { type Ask, assertEmpty, jsonOf, send } from '../lib/wire.ts'

let s3: Awaited<ReturnType<typeof openS3Server>>
before(async () => {
  s3 = await openS3Server()
})
after(() => s3?.stop())

const askAs =
  (target: Target, key: string): Ask =>
  (line, options = {}) =>
    send(target.url, line, { key, ...options })

/** The id of a new connector of the account. */
async function connect(target: Target, { username, key }: Account, more: object = {}): Promise<string> {
  const { accessKeyId, secretAccessKey } = s3.credentials
  const json = {
    ...{ protocol: 's3', cred_type: 'iam', label: 'lab', path: '*', writeable: true },
    cred_data: { access_key_id: accessKeyId, secret_access_key: secretAccessKey, endpoint: s3.endpoint },
    ...more,
  }
  return jsonOf(await send(target.url, `POST /v1/users/${username}/connectors`, { key, json })).connector_id
}

describe('data behind a connector', { timeout: 120_000 }, () => {
  let target: Target
  let owner: Account
  let ask: Ask
  before(async () => {
    target = await startTarget(CONNECTS_TO_LOOPBACK)
    owner = await createAccount(target, 'user')
    ask = askAs(target, owner.key)
    await connect(target, owner)
  })
  after(() => target?.close())

  test('a file is written, read, listed and deleted by both forms of its address', async () => {
    const { bucket } = s3
    const put = await ask(`PUT /v1/connector/s3+lab/${bucket}/dir/a.txt`, { body: 'hello' })
    assert.deepEqual(jsonOf(put), { result: `s3+lab://${bucket}/dir/a.txt` })
    const got = await ask(`GET /v1/data/s3+lab://${bucket}/dir/a.txt`)
    assert.deepEqual([got.status, got.text, got.header('X-Data-Type')], [200, 'hello', 'file'])
    assert.equal((await ask(`HEAD /v1/data/S3+LAB://${bucket}/dir/a.txt`)).header('Content-Length'), '5')
    const encoded = `/v1/data/s3%2Blab%3A%2F%2F${bucket}%2Fdir`
    for (const path of [`/v1/connector/s3/${bucket}/dir`, `/v1/data/s3://${bucket}/dir`, encoded]) {
      const { folders, files } = jsonOf(await ask(`GET ${path}`))
      assert.deepEqual([folders, files.map((file: { filename: string }) => file.filename)], [[], ['a.txt']])
    }
    const deleted = await ask(`DELETE /v1/data/s3+lab://${bucket}/dir/a.txt`)
    assert.deepEqual(jsonOf(deleted), { result: { deleted: 1 } })
    assertError(await ask(`GET /v1/connector/s3+lab/${bucket}/dir/a.txt`), { status: 404 })
  })

  test('one that may not write refuses every change, and reads', async () => {
    const id = await connect(target, owner, { label: 'reader', writeable: false })
    const path = `/v1/connector/s3+reader/${s3.bucket}/kept.txt`
    jsonOf(await ask(`PUT /v1/connector/s3+lab/${s3.bucket}/kept.txt`, { body: 'kept' }))
    assert.equal((await ask(`GET ${path}`)).text, 'kept')
    for (const method of ['PUT', 'DELETE']) {
      assertError(await ask(`${method} ${path}`, { body: 'x' }), {
        status: 403,
        code: 2001,
        message: /s3\+reader only reads/,
      })
    }
    const newFolder = { json: { name: 'folder' } }
    assertError(await ask(`POST /v1/connector/s3+reader/${s3.bucket}`, newFolder), { status: 403, code: 2001 })
    jsonOf(await ask(`PATCH /v1/users/${owner.username}/connectors/${id}`, { json: { writeable: true } }))
    jsonOf(await ask(`DELETE ${path}`))
  })

  test('one with a path is for nothing beside it', async () => {
    const { bucket } = s3
    await connect(target, owner, { label: 'part', path: `${bucket}/in/*` })
    for (const path of ['in/a.txt', 'out/a.txt', 'in2.txt']) {
      jsonOf(await ask(`PUT /v1/connector/s3+lab/${bucket}/${path}`, { body: path }))
    }
    const through = `/v1/connector/s3+part/${bucket}`
    assert.equal((await ask(`GET ${through}/in/a.txt`)).text, 'in/a.txt')
    assert.equal(jsonOf(await ask(`GET ${through}/in`)).files.length, 1)
    for (const path of ['', '/out', '/out/a.txt', '/in2.txt', '/in2']) {
      assertError(await ask(`GET ${through}${path}`), { status: 403, code: 2001 })
    }
    assertError(await ask(`PUT ${through}/in2.txt`, { body: 'x' }), { status: 403, code: 2001 })
    assertError(await ask(`DELETE ${through}/out?force=true`), { status: 403, code: 2001 })
    assert.equal((await ask(`GET /v1/connector/s3+lab/${bucket}/in2.txt`)).text, 'in2.txt')
  })

  test('a key does no more than it may, and nobody reaches connectors of others', async () => {
    const path = `/v1/connector/s3+lab/${s3.bucket}/rights.txt`
    jsonOf(await ask(`PUT ${path}`, { body: 'mine' }))
    const reader = askAs(target, await createKey(target, owner.username, { ...FULL_RIGHTS, allow_data_write: false }))
    assert.equal((await reader(`GET ${path}`)).text, 'mine')
    assertError(await reader(`PUT ${path}`, { body: 'x' }), { status: 403, code: 2001 })
    const nothing = { ...FULL_RIGHTS, allow_data: false, allow_data_write: false }
    const caller = askAs(target, await createKey(target, owner.username, nothing))
    assertError(await caller(`GET ${path}`), { status: 403, code: 2001 })
    assertError(await send(target.url, `GET ${path}`), { status: 401 })
    const stranger = await createAccount(target, 'user')
    assertError(await askAs(target, stranger.key)(`GET ${path}`), { status: 404 })
    assertError(await send(target.url, `GET ${path}`, { key: target.adminKey }), { status: 403 })
  })

  test('after it was deleted, or has other credentials, the old ones are of no use', async () => {
    const other = await createAccount(target, 'user')
    const asOther = askAs(target, other.key)
    const id = await connect(target, other)
    const path = `/v1/connector/s3/${s3.bucket}`
    jsonOf(await asOther(`GET ${path}`))
    const own = `/v1/users/${other.username}/connectors/${id}`
    const cred_data = { access_key_id: 'WRONG', secret_access_key: 'WRONG', endpoint: s3.endpoint }
    jsonOf(await asOther(`PATCH ${own}`, { json: { cred_data } }))
    const refused = await asOther(`GET ${path}`)
    assertError(refused, { status: 403 })
    assert.ok(!refused.text.includes('WRONG'), refused.text)
    assertEmpty(await asOther(`DELETE ${own}`), 204)
    assertError(await asOther(`GET ${path}`), { status: 404 })
  })
})

test('a storage on the own machine is refused until the operator allows its address', {
  timeout: 60_000,
}, async (t) => {
  const target = await startTarget()
  t.after(() => target.close())
  const owner = await createAccount(target, 'user')
  await connect(target, owner)
  const reply = await send(target.url, `GET /v1/connector/s3+lab/${s3.bucket}/a.txt`, { key: owner.key })
  assertError(reply, { status: 502, message: /127\.0\.0\.1: its address is not a public one.* ALGORIST_EGRESS_ALLOW/ })
})
