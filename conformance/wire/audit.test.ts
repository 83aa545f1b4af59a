/** The audit log and those who only look: additions of this server and the viewer role (rest-api.md X10). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createAccount, uniqueName } from '../lib/accounts.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError, assertMembers, assertPage } from '../lib/shape.ts'
import { jsonOf, send, sendAsAdministrator, type WireOptions } from '../lib/wire.ts'

covers('grantViewerRole', 'revokeViewerRole', 'listAuditLog')

let target: Target
before(async () => {
  target = await startTarget()
})
after(() => target?.close())

const asAdmin = sendAsAdministrator(() => target)

describe('the audit log', () => {
  const entries = async (query = ''): Promise<Json[]> =>
    jsonOf(await asAdmin(`GET /v1/admin/audit-log${query}`)).results

  test('has every change, newest first, with who made it and how, and no secret', async () => {
    const { username, key } = await createAccount(target, 'user')
    const made = await send(target.url, `POST /v1/users/${username}/keys`, {
      key,
      json: { key_label: 'second', key_type: 'AlgorithmKey' },
    })
    const { api_key } = jsonOf(made)
    const log = await asAdmin('GET /v1/admin/audit-log?limit=3')
    assertPage(jsonOf(log))
    for (const secret of [key, api_key, target.adminKey]) assert.ok(!log.text.includes(secret))
    const [second, first, user] = jsonOf(log).results
    assertMembers(second, 'number at action account login key_id address target status')
    assert.deepEqual(
      [second, first, user].map((entry) => [entry.action, entry.account, entry.login, entry.target, entry.status]),
      [
        ['createKey', username, 'key', `/v1/users/${username}/keys`, 200],
        ['createKey', target.username, 'admin', `/v1/users/${username}/keys`, 200],
        ['createUser', target.username, 'admin', '/v1/users', 200],
      ],
    )
    assert.ok(second.number > first.number && first.number > user.number)
    assert.deepEqual(
      (await entries(`?account=${username}`)).map(({ action }) => action),
      ['createKey'],
    )
  })

  test('has neither questions nor what was refused', async () => {
    const before = (await entries('?limit=1'))[0]?.number
    await asAdmin('GET /v1/users')
    await asAdmin('POST /v1/users', { json: {} })
    assert.equal((await entries('?limit=1'))[0]?.number, before)
  })

  test('has pages', async () => {
    const [newest] = await entries('?limit=1')
    const page = jsonOf(await asAdmin('GET /v1/admin/audit-log?limit=1'))
    const [next] = jsonOf(await asAdmin(`GET ${page.next_link.slice(page.next_link.indexOf('/v1/'))}`)).results
    assert.ok(next.number < newest?.number)
    assertError(await asAdmin('GET /v1/admin/audit-log?account=nobody_here'), { status: 404, code: 3000 })
  })

  test('is for administrators', async () => {
    assertError(await send(target.url, 'GET /v1/admin/audit-log', { key: target.key }), { status: 403, code: 2001 })
  })
})

describe('a viewer', () => {
  const password = 'correct horse battery'

  test('sees what administrators see, changes nothing, and is one no longer when the role is taken', async () => {
    const username = uniqueName('viewer')
    jsonOf(await asAdmin('POST /v1/users', { json: { username, email: `${username}@example.com`, password } }))
    const login = await send(target.url, 'POST /v1/session', { json: { username, password } })
    const cookie = login.header('Set-Cookie')?.split(';')[0] ?? ''
    const view = (line: string, options: WireOptions = {}) =>
      send(target.url, line, { ...options, headers: { Cookie: cookie, Origin: target.url } })
    const role = `/admin/roles/${username}/cluster_viewer`
    assertError(await view('GET /v1/users'), { status: 403, code: 2001 })
    assert.equal((await asAdmin(`POST ${role}`)).status, 200)
    assert.equal(jsonOf(await view('GET /v1/session')).is_viewer, true)
    for (const line of [
      'GET /v1/users',
      'GET /v1/organizations',
      'GET /v1/admin/audit-log',
      'GET /v1/admin/features',
    ]) {
      assert.equal((await view(line)).status, 200, line)
    }
    for (const line of ['POST /v1/users', `DELETE /v1/users/${target.username}`, `DELETE ${role}`]) {
      assertError(await view(line, { json: {} }), { status: 403, code: 2001 })
    }
    assert.equal((await asAdmin(`DELETE ${role}`)).status, 200)
    assertError(await view('GET /v1/users'), { status: 403, code: 2001 })
    assertError(await asAdmin('POST /admin/roles/nobody_here/cluster_viewer'), { status: 404, code: 3000 })
  })
})
