/** Looking after keys: what this server adds to the original API, and keys of organizations (rest-api.md 3.5; platform.md 1.4). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createAccount, createKey, FULL_RIGHTS, uniqueName } from '../lib/accounts.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { createPerson, type Person } from '../lib/person.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError } from '../lib/shape.ts'
import { jsonOf, send, sendAsAdministrator } from '../lib/wire.ts'

covers('getKey', 'updateKey', 'deleteKey', 'rotateKey')
covers('listOrganizationKeys', 'createOrganizationKey', 'createMemberKey')

let target: Target
before(async () => {
  target = await startTarget()
})
after(() => target?.close())

const asAdmin = sendAsAdministrator(() => target)

const person = (): Promise<Person> => createPerson(target)

/** 200 while a key is accepted, 401 when it is not. */
const statusWith = async (key: string): Promise<number> => (await send(target.url, 'GET /v1/scms', { key })).status

const noRights = { ...FULL_RIGHTS, allow_data: false, allow_data_write: false, allow_algo: false, algo_acl: [] }

describe('keys of a person', () => {
  test('are shown whole to who is signed in, and as masks to an administrator', async () => {
    const ada = await person()
    const made = jsonOf(await ada.send(`POST /v1/users/${ada.username}/keys`, { json: { key_type: 'ManagementKey' } }))
    const [whole] = jsonOf(await ada.send(`GET /v1/users/${ada.username}/keys`))
    assert.equal(whole.api_key, made.api_key)
    const path = `/v1/users/${ada.username}/keys/${made.id}`
    assert.equal(jsonOf(await ada.send(`GET ${path}`)).api_key, made.api_key)
    const [masked] = jsonOf(await asAdmin(`GET /v1/users/${ada.username}/keys`))
    assert.equal(masked.api_key, masked.api_key_mask)
    const eve = await person()
    assertError(await eve.send(`GET ${path}`), { status: 403, code: 2001 })
    assertError(await eve.send(`GET /v1/users/${eve.username}/keys/${made.id}`), { status: 404 })
    assertError(await send(target.url, `GET ${path}`, { key: made.api_key }), { status: 403, code: 2001 })
  })

  test('change label, rights and expiry from the next request on', async () => {
    const ada = await person()
    const { api_key, id } = jsonOf(
      await ada.send(`POST /v1/users/${ada.username}/keys`, { json: { key_type: 'ManagementKey' } }),
    )
    const path = `/v1/users/${ada.username}/keys/${id}`
    const changed = jsonOf(await ada.send(`PATCH ${path}`, { json: { key_label: 'new', permissions: noRights } }))
    assert.deepEqual(
      [changed.key_label, changed.permissions.allow_algo, changed.api_key],
      ['new', false, changed.api_key_mask],
    )
    const call = await send(target.url, 'POST /v1/algo/demo/Hello', { key: api_key, body: '""' })
    assertError(call, { status: 403, code: 2001 })
    assertError(await ada.send(`PATCH ${path}`, { json: { expires_at: '2001-01-01T00:00:00Z' } }), { status: 400 })
    const soon = new Date(Date.now() + 3000).toISOString()
    assert.equal(jsonOf(await ada.send(`PATCH ${path}`, { json: { expires_at: soon } })).expires_at, soon)
    assert.equal(await statusWith(api_key), 200)
    await delay(3100)
    assert.equal(await statusWith(api_key), 401)
  })

  test('are deleted before the answer', async () => {
    const ada = await person()
    const path = `/v1/users/${ada.username}/keys`
    const { api_key, id } = jsonOf(await ada.send(`POST ${path}`, { json: { key_type: 'AlgorithmKey' } }))
    assert.equal(await statusWith(api_key), 200)
    assert.equal((await ada.send(`DELETE ${path}/${id}`)).status, 204)
    assert.equal(await statusWith(api_key), 401)
    assertError(await ada.send(`DELETE ${path}/${id}`), { status: 404 })
  })

  test('are replaced without a gap', async () => {
    const ada = await person()
    const path = `/v1/users/${ada.username}/keys`
    const old = jsonOf(await ada.send(`POST ${path}`, { json: { key_type: 'AlgorithmKey', key_label: 'ci' } }))
    const next = jsonOf(await ada.send(`POST ${path}/${old.id}/rotation`, { json: { overlap_seconds: 2 } }))
    assert.deepEqual([next.key_label, next.permissions], [old.key_label, old.permissions])
    assert.deepEqual([await statusWith(old.api_key), await statusWith(next.api_key)], [200, 200])
    await delay(2100)
    assert.deepEqual([await statusWith(old.api_key), await statusWith(next.api_key)], [401, 200])
    for (const overlap_seconds of [-1, 1e9, 'soon']) {
      assertError(await ada.send(`POST ${path}/${next.id}/rotation`, { json: { overlap_seconds } }), { status: 400 })
    }
  })

  test('can be made to expire from the start', async () => {
    const ada = await person()
    const expires_at = new Date(Date.now() + 3600_000).toISOString()
    const json = { key_type: 'AlgorithmKey', expires_at }
    assert.equal(jsonOf(await ada.send(`POST /v1/users/${ada.username}/keys`, { json })).expires_at, expires_at)
  })

  test('say which of their patterns have no effect', async () => {
    const ada = await person()
    const algo_acl = ['algo://demo/*', 'algo://demo/Hello/*', 'algo://other/*']
    const json = { key_type: 'AlgorithmKey', permissions: { ...FULL_RIGHTS, algo_acl } }
    const { warnings } = jsonOf(await ada.send(`POST /v1/users/${ada.username}/keys`, { json }))
    assert.equal(warnings.length, 1)
    assert.match(warnings[0], /algo:\/\/demo\/Hello\/\* has no effect/)
  })
})

test('a key has no say over keys with more rights than it has', async () => {
  const { username, key: strong } = await createAccount(target, 'user')
  const weak = await createKey(target, username, { ...noRights, allow_algo_management: true })
  const keys: Json[] = jsonOf(await asAdmin(`GET /v1/users/${username}/keys`))
  const strongId = keys[0]?.id
  for (const line of [
    `PATCH /v1/users/${username}/keys/${strongId}`,
    `DELETE /v1/users/${username}/keys/${strongId}`,
    `POST /v1/users/${username}/keys/${strongId}/rotation`,
  ]) {
    assertError(await send(target.url, line, { key: weak, json: {} }), { status: 403, code: 2001 })
  }
  assertError(
    await send(target.url, `PATCH /v1/users/${username}/keys/${keys[1]?.id}`, {
      key: weak,
      json: { permissions: FULL_RIGHTS },
    }),
    { status: 403, code: 2001 },
  )
  assert.deepEqual([await statusWith(strong), await statusWith(weak)], [200, 200])
})

describe('keys of an organization', () => {
  async function organizationOf(...members: Person[]): Promise<string> {
    const org_name = uniqueName('org')
    const org = { org_name, org_label: 'l', org_contact_name: 'c', org_email: 'o@example.com' }
    jsonOf(await asAdmin('POST /v1/organizations', { json: org }))
    for (const { username } of members) await asAdmin(`PUT /v1/organizations/${org_name}/members/${username}`)
    return org_name
  }

  test('are made by its owners, act as the organization, and are listed as masks', async () => {
    const [ada, bob] = [await person(), await person()]
    const org = await organizationOf(ada, bob)
    await asAdmin(`PUT /v1/organizations/${org}/members/${ada.username}/role`, { json: { role: 'owner' } })
    const path = `/v1/organizations/${org}/keys`
    const key = jsonOf(await ada.send(`POST ${path}`, { json: { key_label: 'ci', permissions: FULL_RIGHTS } }))
    assert.deepEqual([key.username, key.owner_name, key.key_label], [org, org, 'ci'])
    assert.equal((await send(target.url, `GET /v1/organizations/${org}`, { key: key.api_key })).status, 200)
    const [listed] = jsonOf(await asAdmin(`GET ${path}`))
    assert.equal(listed.api_key, listed.api_key_mask)
    assert.equal(jsonOf(await ada.send(`GET ${path}/${key.id}`)).api_key, key.api_key)
    for (const line of [`GET ${path}`, `POST ${path}`, `GET ${path}/${key.id}`, `DELETE ${path}/${key.id}`]) {
      const json = { key_label: 'x', permissions: FULL_RIGHTS }
      assertError(await bob.send(line, { json }), { status: 403, code: 2001 })
    }
    assert.equal((await ada.send(`DELETE ${path}/${key.id}`)).status, 204)
    assert.equal(await statusWith(key.api_key), 401)
    assertError(await asAdmin('GET /v1/organizations/none/keys'), { status: 404, code: 3100 })
  })

  test('that a member was given end when the member leaves', async () => {
    const ada = await person()
    const org = await organizationOf(ada)
    const path = `/v1/organizations/${org}/members/${ada.username}`
    const made = await asAdmin(`POST ${path}/keys`, { json: { key_type: 'AlgorithmKey', key_label: 'hers' } })
    const key = jsonOf(made, 201)
    assert.deepEqual([key.username, key.owner_name], [ada.username, org])
    assert.equal(await statusWith(key.api_key), 200)
    await asAdmin(`DELETE ${path}`)
    assert.equal(await statusWith(key.api_key), 401)
    assertError(await asAdmin(`POST ${path}/keys`, { json: { key_type: 'AlgorithmKey' } }), { status: 404, code: 3000 })
  })
})
