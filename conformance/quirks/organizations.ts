/** How each library manages organizations, users and source hosts (rest-api.md 3.4 to 3.6, 6.1). go, rust, cs, php and swift do not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uniqueName } from '../lib/accounts.ts'
import type { Json } from '../lib/curl.ts'
import { assertError } from '../lib/shape.ts'
import { assertEmpty, jsonOf } from '../lib/wire.ts'
import type { AskWorld, World } from './world.ts'

const least = () => ({
  org_name: uniqueName('org'),
  org_label: 'x',
  org_contact_name: 'some owner',
  org_email: 'x@y.example',
})

async function created({ admin }: World, more: object = {}): Promise<Json> {
  return jsonOf(await admin('POST /v1/organizations', { json: { ...least(), ...more } }))
}

const shown = async ({ admin }: World, name: string): Promise<Json> =>
  jsonOf(await admin(`GET /v1/organizations/${name}`))

export function organizationQuirks(world: AskWorld): void {
  for (const client of ['node', 'ruby']) {
    test(`${client}: an organization is edited by sending its whole answer back, nulls and all`, async () => {
      const before = await created(world())
      const json = { ...before, org_label: client }
      assertEmpty(await world().admin(`PUT /v1/organizations/${before.org_name}`, { json }), 204)
      assert.deepEqual(await shown(world(), before.org_name), json)
    })
  }

  test('node: the text of an edit may be typed as bytes, which an earlier call left in the headers', async () => {
    const { org_name } = await created(world())
    const headers = { 'Content-Type': 'application/octet-stream', Accept: 'application/octet-stream' }
    const edited = await world().admin(`PUT /v1/organizations/${org_name}`, { headers, body: '{"org_label":"y"}' })
    assertEmpty(edited, 204)
    assert.equal((await shown(world(), org_name)).org_label, 'y')
  })

  test('java: an organization is edited without its name, its groups under their other names', async () => {
    const { admin } = world()
    const { org_name } = await created(world(), { external_admin_group_id: 'a', external_member_group_id: 'm' })
    const json = { org_label: 'java', org_contact_name: 'some owner', external_member_group_id: 'n' }
    assertEmpty(await admin(`PUT /v1/organizations/${org_name}`, { json }), 204)
    const { org_label, external_admin_group, external_member_group } = await shown(world(), org_name)
    assert.deepEqual([org_label, external_admin_group, external_member_group], ['java', 'a', 'n'])
  })

  test('java: a user is created with a hash that nobody uses, and has no null that Gson would not expect', async () => {
    const username = uniqueName('user')
    const json = { username, email: `${username}@x.example`, passwordHash: 'x', shouldCreateHello: false }
    const user = jsonOf(await world().admin('POST /v1/users', { json }))
    for (const value of Object.values(user)) assert.equal(typeof value, 'string')
  })

  test('scala: an organization is made, edited under another name, and deleted', async () => {
    const { admin } = world()
    const { org_name } = await created(world(), { type_id: 'legacy' })
    const json = { ...least(), org_name: 'another', org_url: 'https://y.example', resource_type: 'organization' }
    assertEmpty(await admin(`PUT /v1/organizations/${org_name}`, { json }), 204)
    assert.equal((await shown(world(), org_name)).org_url, 'https://y.example')
    assertEmpty(await admin(`DELETE /v1/organizations/${org_name}`), 204)
    assertError(await admin(`GET /v1/organizations/${org_name}`), { status: 404, code: 3100 })
  })

  test('R: an organization is edited with the id of another one', async () => {
    const { org_name, id } = await created(world())
    const json = { id: crypto.randomUUID(), org_label: 'R' }
    assertEmpty(await world().admin(`PUT /v1/organizations/${org_name}`, { json }), 204)
    const after = await shown(world(), org_name)
    assert.deepEqual([after.id, after.org_label], [id, 'R'])
  })

  test('node, java, ruby and R: source hosts are listed, shown and asked for their connection with a standard key', async () => {
    for (const ask of [world().simple, world().bare]) {
      const [internal] = jsonOf(await ask('GET /v1/scms')).results
      assert.deepEqual(jsonOf(await ask('GET /v1/scms/internal')), internal)
      const status = jsonOf(await ask('GET /v1/scms/internal/oauth/status'))
      assert.equal(status.authorization_status, 'unauthorized')
    }
  })

  test('ruby disconnects by GET, R by POST with null', async () => {
    assertEmpty(await world().bare('GET /v1/scms/internal/oauth/revoke'), 204)
    assertEmpty(await world().bare('POST /v1/scms/internal/oauth/revoke', { json: null }), 204)
  })
}
