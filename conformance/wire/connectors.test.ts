/** Looking after connectors (rest-api.md 3.4, row 118; 5.3). What is read and written through one is in connector-data.test.ts. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createAccount, createKey, FULL_RIGHTS, uniqueName } from '../lib/accounts.ts'
import { covers } from '../lib/covers.ts'
import { createPerson } from '../lib/person.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError } from '../lib/shape.ts'
import { type Ask, assertEmpty, jsonOf, send, sendAsAdministrator } from '../lib/wire.ts'

covers('createConnector', 'listConnectors', 'getConnector', 'updateConnector')
covers('deleteConnector', 'setDefaultConnector')

let target: Target
before(async () => {
  target = await startTarget()
})
after(() => target?.close())

const asAdmin = sendAsAdministrator(() => target)

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCY'
const s3 = (more: object = {}) => ({
  ...{ protocol: 's3', cred_type: 'iam', cred_data: { access_key_id: 'AKIA', secret_access_key: SECRET } },
  ...more,
})
const dropbox = (more: object = {}) => ({
  ...{ protocol: 'dropbox', cred_type: 'oauth', cred_data: { access_token: SECRET } },
  ...more,
})

interface Owner {
  readonly username: string
  readonly path: string
  readonly ask: Ask
}

async function owner(): Promise<Owner> {
  const { username, key } = await createAccount(target, 'user')
  const ask: Ask = (line, options = {}) => send(target.url, line, { key, ...options })
  return { username, ask, path: `/v1/users/${username}/connectors` }
}

describe('connectors of a user', () => {
  test('createConnector answers with the members of the original API, and no secret', async () => {
    const { username, ask, path } = await owner()
    const json = s3({ username, label: 'lab', is_default: false, path: 'bucket/*', writeable: true })
    const reply = await ask(`POST ${path}`, { json })
    const { connector_id, ...rest } = jsonOf(reply)
    assert.match(connector_id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    assert.deepEqual(rest, {
      username,
      label: 'lab',
      protocol: 's3',
      is_default: false,
      permissions: ['read', 'write'],
    })
    const shown = await ask(`GET ${path}/${connector_id}`)
    assert.deepEqual(jsonOf(shown).cred_data, { access_key_id: 'AKIA' })
    for (const { text } of [reply, shown, await ask(`GET ${path}`)]) assert.ok(!text.includes(SECRET), text)
  })

  test('credentials may come as JSON text, and the label may be left to the server', async () => {
    const { ask, path } = await owner()
    const json = s3({ cred_data: JSON.stringify(s3().cred_data) })
    const [first, second] = [jsonOf(await ask(`POST ${path}`, { json })), jsonOf(await ask(`POST ${path}`, { json }))]
    assert.deepEqual([first.label, first.is_default, second.label, second.is_default], ['s3', true, 's3_2', false])
    assert.deepEqual(first.permissions, ['read'])
  })

  test('one is the default of its protocol until another is made it', async () => {
    const { ask, path } = await owner()
    const [a, b, c] = [
      jsonOf(await ask(`POST ${path}`, { json: s3() })),
      jsonOf(await ask(`POST ${path}`, { json: s3() })),
      jsonOf(await ask(`POST ${path}`, { json: dropbox() })),
    ]
    const defaults = async () =>
      jsonOf(await ask(`GET ${path}`)).flatMap((each: { is_default: boolean; connector_id: string }) =>
        each.is_default ? [each.connector_id] : [],
      )
    assert.deepEqual(await defaults(), [a.connector_id, c.connector_id])
    assertEmpty(await ask(`POST ${path}/${b.connector_id}/default`), 204)
    assert.deepEqual(await defaults(), [b.connector_id, c.connector_id])
  })

  test('updateConnector changes what is given, deleteConnector ends it', async () => {
    const { ask, path } = await owner()
    const { connector_id } = jsonOf(await ask(`POST ${path}`, { json: s3() }))
    const own = `${path}/${connector_id}`
    const json = {
      label: 'Other_1',
      path: 'b/f',
      writeable: true,
      cred_data: { ...s3().cred_data, region: 'eu-west-1' },
    }
    const { label, path: glob, writeable, cred_data, is_default } = jsonOf(await ask(`PATCH ${own}`, { json }))
    assert.deepEqual([label, glob, writeable, is_default], ['Other_1', 'b/f', true, true])
    assert.deepEqual(cred_data, { access_key_id: 'AKIA', region: 'eu-west-1' })
    assertEmpty(await ask(`DELETE ${own}`), 204)
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      assertError(await ask(`${method} ${own}`), { status: 404 })
    }
    assertError(await ask(`POST ${own}/default`), { status: 404 })
  })

  test('what is wrong is told, and no secret repeated', async () => {
    const { ask, path } = await owner()
    jsonOf(await ask(`POST ${path}`, { json: s3({ label: 'Lab' }) }))
    assertError(await ask(`POST ${path}`, { json: s3({ label: 'lab' }) }), { status: 409, code: 6001 })
    const wrong: readonly (readonly [object, number, RegExp])[] = [
      [s3({ cred_type: 'oauth' }), 6001, /cred_type: expected 'iam'/],
      [s3({ cred_type: 'password' }), 6001, /'cred_type' to be one of 'iam', 'oauth', 'sas', 'serviceaccount'/],
      [s3({ protocol: 'ftp' }), 6001, /'protocol' to be one of/],
      [s3({ label: 'a-b' }), 6001, /'label'/],
      [s3({ path: '*/x' }), 6001, /path: expected/],
      [s3({ cred_data: { access_key_id: 'AKIA' } }), 6001, /cred_data.secret_access_key/],
      [s3({ cred_data: { access_key_id: 1, secret_access_key: [SECRET] } }), 6001, /cred_data.access_key_id/],
      [s3({ cred_data: { access_key_id: 'A', secret_access_key: [SECRET] } }), 6001, /cred_data.secret_access_key/],
      [s3({ cred_data: `{"access_key_id":"A","secret_access_key":"${SECRET}` }), 6001, /cred_data: expected an object/],
      [s3({ username: 'somebody_else' }), 3007, /username: expected/],
    ]
    for (const [json, code, message] of wrong) {
      const reply = await ask(`POST ${path}`, { json })
      assertError(reply, { status: 400, code })
      assert.match(reply.json().error.message, message)
      assert.ok(!reply.text.includes(SECRET), reply.text)
    }
  })

  test('are seen and changed by nobody else; a key needs the right to data', async () => {
    const { username, ask, path } = await owner()
    const { connector_id } = jsonOf(await ask(`POST ${path}`, { json: s3() }))
    const stranger = await owner()
    const lines = [`GET ${path}`, `POST ${path}`, `GET ${path}/${connector_id}`, `PATCH ${path}/${connector_id}`]
    lines.push(`DELETE ${path}/${connector_id}`, `POST ${path}/${connector_id}/default`)
    for (const line of lines) {
      assertError(await stranger.ask(line, { json: s3() }), { status: 403, code: 2001 })
      assertError(await send(target.url, line, { json: s3() }), { status: 401, code: 2002 })
    }
    assertError(await stranger.ask(`GET ${stranger.path}/${connector_id}`), { status: 404 })
    const reader = await createKey(target, username, { ...FULL_RIGHTS, allow_data_write: false })
    assert.equal(jsonOf(await send(target.url, `GET ${path}`, { key: reader })).length, 1)
    const refused = await send(target.url, `POST ${path}`, { key: reader, json: s3() })
    assertError(refused, { status: 403, code: 2001 })
    assert.match(refused.text, /allow_data_write/)
    assert.equal(jsonOf(await asAdmin(`GET ${path}`)).length, 1)
    assertEmpty(await asAdmin(`DELETE ${path}/${connector_id}`), 204)
  })

  test('leave a trace in the audit log, and no secret in it', async () => {
    const { ask, path } = await owner()
    const { connector_id } = jsonOf(await ask(`POST ${path}`, { json: s3() }))
    assertEmpty(await ask(`DELETE ${path}/${connector_id}`), 204)
    const log = await asAdmin('GET /v1/admin/audit-log?limit=20')
    const targets = jsonOf(log).results.map((each: { action: string; target: string }) => [each.action, each.target])
    assert.ok(JSON.stringify(targets).includes(JSON.stringify(['deleteConnector', `${path}/${connector_id}`])))
    assert.ok(JSON.stringify(targets).includes(JSON.stringify(['createConnector', path])))
    assert.ok(!log.text.includes(SECRET))
  })
})

test('connectors of an organization are managed by its owners, under both paths, and by its own keys', async () => {
  const org_name = uniqueName('org')
  const org = { org_name, org_label: 'l', org_contact_name: 'c', org_email: 'o@example.com' }
  jsonOf(await asAdmin('POST /v1/organizations', { json: org }))
  const [ada, bob] = [await createPerson(target), await createPerson(target)]
  for (const { username } of [ada, bob]) await asAdmin(`PUT /v1/organizations/${org_name}/members/${username}`)
  await asAdmin(`PUT /v1/organizations/${org_name}/members/${ada.username}/role`, { json: { role: 'owner' } })
  const paths = [`/v1/organizations/${org_name}/connectors`, `/v1/users/${org_name}/connectors`]
  const keyOf = { json: { key_label: 'k', permissions: FULL_RIGHTS } }
  const { api_key: key } = jsonOf(await ada.send(`POST /v1/organizations/${org_name}/keys`, keyOf))
  for (const path of paths) {
    assert.equal(jsonOf(await ada.send(`POST ${path}`, { json: s3() })).username, org_name)
    assert.equal(jsonOf(await send(target.url, `POST ${path}`, { key, json: s3() })).username, org_name)
    assertError(await bob.send(`POST ${path}`, { json: s3() }), { status: 403, code: 2001 })
    assertError(await bob.send(`GET ${path}`), { status: 403, code: 2001 })
  }
  assert.equal(jsonOf(await ada.send(`GET ${paths[0]}`)).length, 4)
  assertError(await ada.send('GET /v1/organizations/none/connectors'), { status: 404, code: 3100 })
})

test('an address of a connector that is not there says how to make one', async () => {
  const { username, ask } = await owner()
  for (const line of ['GET /v1/connector/s3/bucket/key', 'GET /v1/data/s3+lab://bucket/key']) {
    const reply = await ask(line)
    assertError(reply, { status: 404 })
    assert.match(reply.text, new RegExp(`create one with POST /v1/users/${username}/connectors`))
  }
})
