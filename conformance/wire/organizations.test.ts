/** Managing organizations: lists, changes, members, types (rest-api.md 3.5), as the clients of each language do it. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createAccount, uniqueName } from '../lib/accounts.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError, assertMembers, assertPage } from '../lib/shape.ts'
import { assertEmpty, jsonOf, send, sendAsAdministrator } from '../lib/wire.ts'

covers('listOrganizations', 'getOrganizationByExternalId', 'updateOrganization', 'deleteOrganization', 'listMembers')
covers('removeMember', 'setMemberRole', 'createOrganizationType', 'deleteOrganizationType')

let target: Target
before(async () => {
  target = await startTarget()
})
after(() => target?.close())

const asAdmin = sendAsAdministrator(() => target)

async function create(more: object = {}): Promise<Json> {
  const org_name = uniqueName('org')
  const least = { org_name, org_label: 'label', org_contact_name: 'some owner', org_email: 'o@example.com' }
  return jsonOf(await asAdmin('POST /v1/organizations', { json: { ...least, ...more } }))
}

const show = async (name: string): Promise<Json> => jsonOf(await asAdmin(`GET /v1/organizations/${name}`))

describe('changing an organization', () => {
  test('what is left out stays, and the answer has no body', async () => {
    const before = await create({ org_url: 'https://example.com', external_admin_group: ['a'] })
    const json = { org_label: 'New', org_email: 'new@example.com' }
    assertEmpty(await asAdmin(`PUT /v1/organizations/${before.org_name}`, { json }), 204)
    assert.deepEqual(await show(before.org_name), { ...before, ...json })
  })

  test('the whole answer of a GET, nulls and all, changes nothing', async () => {
    const before = await create()
    assertEmpty(await asAdmin(`PUT /v1/organizations/${before.org_name}`, { json: before }), 204)
    assert.deepEqual(await show(before.org_name), before)
  })

  for (const [what, json] of [
    ['another name', { org_name: 'other_name', org_label: 'x' }],
    ['no name', { org_label: 'x' }],
    ['the id of another one', { id: '00000000-0000-0000-0000-000000000000', org_label: 'x' }],
  ] as const) {
    test(`the path says which one is meant, with ${what} in the body`, async () => {
      const before = await create()
      assertEmpty(await asAdmin(`PUT /v1/organizations/${before.org_name}`, { json }), 204)
      assert.deepEqual(await show(before.org_name), { ...before, org_label: 'x' })
    })
  }

  test('the body is read whatever its type is called', async () => {
    const { org_name } = await create()
    const headers = { 'Content-Type': 'text/plain' }
    assertEmpty(
      await asAdmin(`PUT /v1/organizations/${org_name}`, { body: '{"org_url":"https://x.example"}', headers }),
      204,
    )
    assert.equal((await show(org_name)).org_url, 'https://x.example')
  })

  test('what cannot be is refused by name', async () => {
    const { org_name } = await create()
    const put = (json: unknown) => asAdmin(`PUT /v1/organizations/${org_name}`, { json })
    assertError(await put({ type_id: 'none' }), { status: 404, code: 3108 })
    assertError(await put('text'), { status: 400, code: 3103 })
    assertError(await asAdmin('PUT /v1/organizations/no_such_org', { json: {} }), { status: 404, code: 3100 })
  })
})

describe('finding organizations', () => {
  test('pages are ordered by name', async () => {
    for (let count = 0; count < 3; count++) await create()
    const names: string[] = []
    let path = '/v1/organizations?limit=2'
    while (path !== '') {
      const page = jsonOf(await asAdmin(`GET ${path}`))
      assertPage(page)
      names.push(...page.results.map(({ org_name }: Json) => org_name))
      path = page.next_link === null ? '' : page.next_link.slice(page.next_link.indexOf('/v1/'))
    }
    assert.ok(names.length >= 3)
    assert.deepEqual(
      names,
      names.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
    )
    assertError(await asAdmin('GET /v1/organizations?limit=0'), { status: 400, code: 5003 })
    assertError(await asAdmin('GET /v1/organizations?marker=!'), { status: 400, code: 5002 })
  })

  test('one is found by its id at the identity provider, with characters that mean something in a search', async () => {
    const external_id = `a%_${uniqueName('x')}`
    const organization = await create({ external_id })
    const path = `/v1/organizations/externalId/${encodeURIComponent(external_id)}`
    assert.deepEqual(jsonOf(await asAdmin(`GET ${path}`)), organization)
    assertError(await asAdmin('GET /v1/organizations/externalId/none'), { status: 404, code: 3100 })
  })
})

describe('deleting an organization', () => {
  test('it is gone, deleting it again is no error, and its name stays taken', async () => {
    const { org_name } = await create()
    for (const name of [org_name, org_name, 'never_was']) {
      assertEmpty(await asAdmin(`DELETE /v1/organizations/${name}`), 204)
    }
    assertError(await asAdmin(`GET /v1/organizations/${org_name}`), { status: 404, code: 3100 })
    const json = { username: org_name, email: `${org_name}@example.com` }
    assertError(await asAdmin('POST /v1/users', { json }), { status: 409, code: 3003 })
  })
})

describe('members', () => {
  test('they are listed with what they are, promoted, demoted and removed', async () => {
    const { org_name } = await create()
    const { username } = await createAccount(target, 'user')
    const member = `/v1/organizations/${org_name}/members/${username}`
    assert.equal((await asAdmin(`PUT ${member}`)).status, 201)
    const list = async () => jsonOf(await asAdmin(`GET /v1/organizations/${org_name}/members`)).results
    const roles = async () => Object.fromEntries((await list()).map((each: Json) => [each.username, each.role]))
    for (const each of await list()) {
      assertMembers(each, 'username role user_link resource_type')
      assert.equal(each.resource_type, 'organization_member')
    }
    assert.equal((await roles())[username], 'member')
    assertEmpty(await asAdmin(`PUT ${member}/role`, { json: { role: 'owner' } }), 204)
    assert.equal((await roles())[username], 'owner')
    assertEmpty(await asAdmin(`PUT ${member}/role`, { json: { role: 'member' } }), 204)
    assertError(await asAdmin(`PUT ${member}/role`, { json: { role: 'king' } }), { status: 400, code: 6001 })
    for (let times = 0; times < 2; times++) assertEmpty(await asAdmin(`DELETE ${member}`), 204)
    assert.equal(username in (await roles()), false)
    assertEmpty(await asAdmin(`DELETE /v1/organizations/${org_name}/members/nobody_here`), 204)
    assertError(await asAdmin(`DELETE /v1/organizations/none/members/${username}`), { status: 404, code: 3100 })
    assertError(await asAdmin('GET /v1/organizations/none/members'), { status: 404, code: 3100 })
  })

  test('the last owner can neither be removed nor demoted', async () => {
    const { org_name } = await create()
    const [owner] = jsonOf(await asAdmin(`GET /v1/organizations/${org_name}/members`)).results
    const path = `/v1/organizations/${org_name}/members/${owner.username}`
    assertError(await asAdmin(`DELETE ${path}`), { status: 400, code: 3102 })
    assertError(await asAdmin(`PUT ${path}/role`, { json: { role: 'member' } }), { status: 400, code: 3102 })
  })

  test('a standard key manages no organization, not even its own', async () => {
    const { org_name } = await create()
    const { username, key } = await createAccount(target, 'user')
    await asAdmin(`PUT /v1/organizations/${org_name}/members/${username}`)
    await asAdmin(`PUT /v1/organizations/${org_name}/members/${username}/role`, { json: { role: 'owner' } })
    for (const line of [
      'GET /v1/organizations',
      `PUT /v1/organizations/${org_name}`,
      `DELETE /v1/organizations/${org_name}`,
      `GET /v1/organizations/${org_name}/members`,
      `DELETE /v1/organizations/${org_name}/members/${username}`,
      `PUT /v1/organizations/${org_name}/members/${username}/role`,
      'POST /v1/organization/types',
    ]) {
      assertError(await send(target.url, line, { key }), { status: 403, code: 2001 })
    }
  })
})

describe('organization types', () => {
  test('one is added, listed, used by name and removed', async () => {
    const type = { id: crypto.randomUUID(), name: uniqueName('type') }
    assert.deepEqual(jsonOf(await asAdmin('POST /v1/organization/types', { json: type })), type)
    assertError(await asAdmin('POST /v1/organization/types', { json: type }), { status: 409, code: 3109 })
    const types = jsonOf(await asAdmin('GET /v1/organization/types'))
    assert.deepEqual(
      types.find(({ id }: Json) => id === type.id),
      type,
    )
    assert.equal((await create({ type_id: type.name })).type_id, type.id)
    assertEmpty(await asAdmin(`DELETE /v1/organization/types/${type.name}`), 204)
    assertError(await asAdmin(`DELETE /v1/organization/types/${type.name}`), { status: 404, code: 3108 })
    assertError(await asAdmin('POST /v1/organization/types', { json: { name: 'x' } }), { status: 400, code: 6001 })
  })
})
