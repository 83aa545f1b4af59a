/** Users, organizations, members: shapes, leniency, rules (rest-api.md 2.4, 2.5, 3.4, 3.5) and pages of lists (1.8). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createAccount, uniqueName } from '../lib/accounts.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError, assertMembers, assertPage, TIME_WITHOUT_ZONE, UUID } from '../lib/shape.ts'
import { jsonOf, send, sendAsAdministrator } from '../lib/wire.ts'

covers('listUsers', 'createUser', 'getUser', 'updateUser', 'createOrganization', 'getOrganization', 'addMember')
covers('listOrganizationTypes', 'listUserAlgorithms')

let target: Target
before(async () => {
  target = await startTarget()
})
after(() => target?.close())

const asAdmin = sendAsAdministrator(() => target)

describe('users', () => {
  const members = 'id username email fullname company_name? company_role? self_link resource_type'

  function assertUser(user: Json, username: string): void {
    assertMembers(user, members)
    for (const value of Object.values(user)) assert.equal(typeof value, 'string')
    assert.match(user.id, UUID)
    assert.equal(user.username, username)
    assert.equal(user.resource_type, 'user')
    assert.match(user.self_link, new RegExp(`^https?://.+/v1/users/${username}$`))
  }

  test('the least that clients send is enough; the full name falls back to the user name', async () => {
    const username = uniqueName('user')
    const user = jsonOf(await asAdmin('POST /v1/users', { json: { username, email: `${username}@example.com` } }))
    assertUser(user, username)
    assert.equal(user.fullname, username)
    assert.deepEqual(jsonOf(await asAdmin(`GET /v1/users/${username}`)), user)
  })

  test('everything that clients send is taken; what is not known is ignored', async () => {
    const username = uniqueName('user')
    const known = {
      username,
      email: `${username}@example.com`,
      fullname: 'Ünï Cödé',
      company_name: 'Example',
      company_role: 'Engineer',
    }
    const foreign = { resource_type: 'user', self_link: 'x', id: 'x', passwordHash: 'x', shouldCreateHello: false }
    const user = jsonOf(await asAdmin('POST /v1/users', { json: { ...known, ...foreign } }))
    assertUser(user, username)
    for (const [name, value] of Object.entries(known)) assert.equal(user[name], value)
  })

  test('a change keeps what it leaves out, and takes the same mail address again', async () => {
    const { username } = await createAccount(target, 'user')
    const json = { username, email: `${username}@example.com`, fullname: 'New Name' }
    const changed = jsonOf(await asAdmin(`PUT /v1/users/${username}`, { json }))
    assertUser(changed, username)
    assert.equal(changed.fullname, 'New Name')
    const again = jsonOf(await asAdmin(`PUT /v1/users/${username}`, { json: { company_name: 'Example' } }))
    assert.deepEqual(again, { ...changed, company_name: 'Example' })
    assert.deepEqual(
      Object.keys(again),
      members
        .split(' ')
        .filter((name) => name !== 'company_role?')
        .map((name) => name.replace('?', '')),
    )
  })

  for (const username of ['1abc', 'a-b', 'a.b', 'ä', '', `a${'b'.repeat(30)}`, 'a b', '../x']) {
    test(`'${username}' is no user name`, async () => {
      const json = { username, email: 'somebody@example.com' }
      assertError(await asAdmin('POST /v1/users', { json }), { status: 400 })
    })
  }

  test('30 letters, digits and _ are a user name', async () => {
    const username = `${uniqueName('A_9')}${'x'.repeat(30)}`.slice(0, 30)
    jsonOf(await asAdmin('POST /v1/users', { json: { username, email: `${username}@example.com` } }))
  })

  test('a list of algorithms is a bare array, empty for a new user', async () => {
    const { username } = await createAccount(target, 'user')
    assert.deepEqual(jsonOf(await asAdmin(`GET /v1/users/${username}/algorithms`)), [])
  })
})

describe('organizations', () => {
  const members =
    'id org_name org_label org_contact_name org_email org_created_at org_url type_id stripe_customer_id external_id ' +
    'external_admin_group external_member_group external_executor_group owner_ids resource_type self_link'
  const least = (org_name: string): Record<string, unknown> => ({
    org_name,
    org_label: 'label',
    org_contact_name: 'some owner',
    org_email: 'o@example.com',
  })

  const create = async (more: object = {}): Promise<Json> =>
    jsonOf(await asAdmin('POST /v1/organizations', { json: { ...least(uniqueName('org')), ...more } }))

  test('every member is there, absent values as null, the time without zone', async () => {
    const organization = await create()
    assertMembers(organization, members)
    assert.match(organization.id, UUID)
    assert.match(organization.org_created_at, TIME_WITHOUT_ZONE)
    assert.equal(organization.resource_type, 'organization')
    assert.match(organization.self_link, new RegExp(`/v1/organizations/${organization.org_name}$`))
    for (const name of ['org_url', 'stripe_customer_id', 'external_id', 'external_admin_group']) {
      assert.equal(organization[name], null)
    }
    const types = jsonOf(await asAdmin('GET /v1/organization/types'))
    assert.equal(organization.type_id, types.find(({ name }: Json) => name === 'basic').id)
    assert.deepEqual(jsonOf(await asAdmin(`GET /v1/organizations/${organization.org_name}`)), organization)
  })

  for (const group of ['team', ['team', 'others'], []]) {
    test(`a group comes back with the type it was sent with: ${JSON.stringify(group)}`, async () => {
      const names = ['external_admin_group', 'external_member_group', 'external_executor_group']
      const organization = await create(Object.fromEntries(names.map((name) => [name, group])))
      for (const name of names) assert.deepEqual(organization[name], group)
    })
  }

  test('groups may be named as java and node name them', async () => {
    const organization = await create({ external_admin_group_id: 'a', external_member_group_id: 'm' })
    assert.deepEqual([organization.external_admin_group, organization.external_member_group], ['a', 'm'])
    assertMembers(organization, members)
  })

  for (const name of ['basic', 'legacy', 'pro']) {
    test(`the type ${name} is taken by name and by id`, async () => {
      const types = jsonOf(await asAdmin('GET /v1/organization/types'))
      const { id } = types.find((type: Json) => type.name === name)
      for (const type_id of [name, id]) assert.equal((await create({ type_id })).type_id, id)
    })
  }

  for (const type_id of ['', 'banana']) {
    test(`the type '${type_id}' is error 3108 in the nested form`, async () => {
      const reply = await asAdmin('POST /v1/organizations', { json: { ...least(uniqueName('org')), type_id } })
      assert.ok([400, 404].includes(reply.status))
      assertError(reply, { status: reply.status, code: 3108 })
    })
  }

  test('nulls and read-only members of an earlier answer are accepted', async () => {
    const name = uniqueName('org')
    const json = { ...(await create()), org_name: name }
    assert.equal(jsonOf(await asAdmin('POST /v1/organizations', { json })).org_name, name)
  })

  test('a member is added with 201 and an empty body, and is there with 200 and an empty body', async () => {
    const { org_name } = await create()
    const { username, key } = await createAccount(target, 'member')
    const line = `PUT /v1/organizations/${org_name}/members/${username}`
    for (const status of [201, 200, 200]) {
      const reply = await asAdmin(line)
      assert.equal(reply.status, status)
      assert.equal(reply.body.length, 0)
    }
    jsonOf(await send(target.url, `GET /v1/organizations/${org_name}`, { key }))
  })

  test('types are a bare array of flat objects of strings, readable with any key', async () => {
    const { key } = await createAccount(target, 'user')
    for (const who of [key, target.adminKey]) {
      const types = jsonOf(await send(target.url, 'GET /v1/organization/types', { key: who }))
      for (const type of types) {
        assertMembers(type, 'id name')
        assert.match(type.id, UUID)
      }
      for (const name of ['basic', 'legacy', 'pro']) assert.ok(types.some((type: Json) => type.name === name))
    }
  })
})

describe('pages of users', () => {
  /** More than the usual page. */
  const total = 51
  let names: string[]
  before(async () => {
    for (let n = 0; n < total; n++) {
      const username = uniqueName('paged')
      jsonOf(await asAdmin('POST /v1/users', { json: { username, email: `${username}@example.com` } }))
    }
    const page = jsonOf(await asAdmin('GET /v1/users?limit=1000'))
    names = assertPage(page).map(({ username }) => username)
    assert.equal(page.marker, null)
  })

  test('the last page, and a list that fits, have null for marker and link', async () => {
    const page = jsonOf(await asAdmin(`GET /v1/users?limit=${names.length}`))
    assertPage(page)
    assert.deepEqual([page.marker, page.next_link, page.results.length], [null, null, names.length])
  })

  test('users come by name', () => {
    assert.deepEqual(
      names,
      [...names].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
    )
  })

  for (const limit of [7, 10, 50, 1000]) {
    test(`pages of ${limit} show everybody once and in the same order, by marker`, async () => {
      const seen: string[] = []
      let marker: string | null = ''
      while (marker !== null) {
        const query: string = marker === '' ? '' : `&marker=${marker}`
        const page: Json = jsonOf(await asAdmin(`GET /v1/users?limit=${limit}${query}`))
        const results = assertPage(page)
        assert.ok(results.length > 0 && results.length <= limit)
        seen.push(...results.map(({ username }) => username))
        marker = page.marker
      }
      assert.deepEqual(seen, names)
    })
  }

  test('pages by link: absolute, repeating what was asked, filters included', async () => {
    const seen: string[] = []
    let line: string | null = '/v1/users?limit=20&true=true&filter=a%20b%26c'
    while (line !== null) {
      const page: Json = jsonOf(await asAdmin(`GET ${line}`))
      seen.push(...assertPage(page).map(({ username }) => username))
      if (page.next_link === null) break
      const link: URL = new URL(page.next_link)
      assert.equal(link.origin, new URL(target.url).origin)
      assert.equal(link.pathname, '/v1/users')
      assert.equal(link.searchParams.get('limit'), '20')
      assert.equal(link.searchParams.get('filter'), 'a b&c')
      assert.equal(link.searchParams.get('marker'), page.marker)
      assert.equal(link.searchParams.getAll('marker').length, 1)
      line = link.pathname + link.search
    }
    assert.deepEqual(seen, names)
  })

  test('the effective limit of 50 is in the link when none was asked', async () => {
    for (const query of ['', '?limit=', '?limit=&marker=', '?marker']) {
      const page = jsonOf(await asAdmin(`GET /v1/users${query}`))
      assert.equal(new URL(page.next_link).searchParams.get('limit'), '50')
      assert.equal(page.results.length, 50)
    }
  })

  test('markers are base64url JSON without padding', async () => {
    const { marker } = jsonOf(await asAdmin('GET /v1/users?limit=1'))
    assert.equal(typeof JSON.parse(Buffer.from(marker, 'base64url').toString()), 'object')
    assert.equal(Buffer.from(marker, 'base64url').toString('base64url'), marker)
  })

  for (const limit of ['0', '-1', '1001', '1000000', '1e2', '5.5']) {
    test(`limit=${limit} is error 5003`, async () => {
      assertError(await asAdmin(`GET /v1/users?limit=${limit}`), { status: 400, code: 5003 })
    })
  }

  const markers = ['banana', '!!!', 'e30', 'W10', 'bnVsbA', Buffer.from('{"a":{}}').toString('base64url'), '%00']
  for (const marker of markers) {
    test(`marker=${marker} is error 5002 or an earlier page's`, async () => {
      assertError(await asAdmin(`GET /v1/users?marker=${marker}`), { status: 400, code: 5002 })
    })
  }
})
