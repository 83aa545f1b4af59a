/** Invitations to organizations, approval of public versions, notifications (platform.md 1.2, 5.7; rest-api.md row 127). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createAccount, createKey, FULL_RIGHTS, uniqueName } from '../lib/accounts.ts'
import { createAlgorithm, waitForBuild, workshop } from '../lib/algorithms.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { type Mailbox, openMailbox } from '../lib/mailbox.ts'
import { createPerson, PASSWORD, type Person } from '../lib/person.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError, assertMembers } from '../lib/shape.ts'
import { assertEmpty, jsonOf, send, sendAsAdministrator } from '../lib/wire.ts'

covers('createInvitation', 'listInvitations', 'deleteInvitation', 'listOwnInvitations', 'acceptInvitation')
covers('declineInvitation', 'requestPublishing', 'listPublishRequests', 'approvePublishing', 'declinePublishing')
covers('listNotifications')

const isOurs = process.env.ALGORIST_TARGET === undefined
let mailbox: Mailbox
let target: Target
before(async () => {
  mailbox = await openMailbox()
  target = await startTarget({ ALGORIST_SMTP_URL: mailbox.url })
})
after(async () => {
  await target?.close()
  await mailbox?.close()
})

const asAdmin = sendAsAdministrator(() => target)

/** An organization with one owner beside the administrator. */
async function ownedBy(owner: Person): Promise<string> {
  const org_name = uniqueName('org')
  const org = { org_name, org_label: 'l', org_contact_name: 'c', org_email: 'o@example.com' }
  jsonOf(await asAdmin('POST /v1/organizations', { json: org }))
  await asAdmin(`PUT /v1/organizations/${org_name}/members/${owner.username}`)
  await asAdmin(`PUT /v1/organizations/${org_name}/members/${owner.username}/role`, { json: { role: 'owner' } })
  return org_name
}

const rolesIn = async (org: string): Promise<Json> =>
  Object.fromEntries(
    jsonOf(await asAdmin(`GET /v1/organizations/${org}/members`)).results.map((each: Json) => [
      each.username,
      each.role,
    ]),
  )

describe('invitations', () => {
  test('a user accepts, another declines, a third is withdrawn', async () => {
    const ada = await createPerson(target)
    const org = await ownedBy(ada)
    const path = `/v1/organizations/${org}/invitations`
    const [bob, cy, dan] = [await createPerson(target), await createPerson(target), await createPerson(target)]
    const invite = async (json: Json) => jsonOf(await ada.send(`POST ${path}`, { json }))
    const first = await invite({ username: bob.username, role: 'owner' })
    assertMembers(first, 'id organization username role invited_by created_at expires_at')
    await invite({ email: cy.email.toUpperCase() })
    const third = await invite({ username: dan.username })
    assert.equal(jsonOf(await ada.send(`GET ${path}`)).length, 3)

    assert.deepEqual(jsonOf(await bob.send('GET /v1/invitations')), [first])
    assertError(await cy.send(`POST /v1/invitations/${first.id}/accept`), { status: 404 })
    assertEmpty(await bob.send(`POST /v1/invitations/${first.id}/accept`), 204)
    assertError(await bob.send(`POST /v1/invitations/${first.id}/accept`), { status: 404 })
    const [his] = jsonOf(await cy.send('GET /v1/invitations'))
    assertEmpty(await cy.send(`POST /v1/invitations/${his.id}/decline`), 204)
    assertEmpty(await ada.send(`DELETE ${path}/${third.id}`), 204)
    assertError(await dan.send(`POST /v1/invitations/${third.id}/accept`), { status: 404 })

    assert.deepEqual(jsonOf(await ada.send(`GET ${path}`)), [])
    const roles = await rolesIn(org)
    assert.deepEqual([roles[bob.username], roles[cy.username], roles[dan.username]], ['owner', undefined, undefined])
    assertError(await ada.send(`POST ${path}`, { json: { username: bob.username } }), { status: 400, code: 6001 })
  })

  test('an address that nobody has gets a link to sign up with', { skip: !isOurs && 'needs its mail' }, async () => {
    const ada = await createPerson(target)
    const org = await ownedBy(ada)
    const email = `${uniqueName('guest')}@example.com`
    jsonOf(await ada.send(`POST /v1/organizations/${org}/invitations`, { json: { email } }))
    const [, code] = /sign-up\?code=([\w-]+)/.exec(await mailbox.next(email)) ?? []
    assert.ok(code)
    const username = uniqueName('guest')
    const form = { username, email, password: PASSWORD, invite_code: code }
    jsonOf(await send(target.url, 'POST /v1/sign-up', { json: form }))
    assert.equal((await rolesIn(org))[username], 'member')
    const again = { ...form, username: uniqueName('x'), email: `${uniqueName('x')}@example.com` }
    assertError(await send(target.url, 'POST /v1/sign-up', { json: again }), { status: 400, code: 3009 })
  })

  test('only owners and administrators invite and see who is invited', async () => {
    const [ada, bob, eve] = [await createPerson(target), await createPerson(target), await createPerson(target)]
    const org = await ownedBy(ada)
    await asAdmin(`PUT /v1/organizations/${org}/members/${bob.username}`)
    const path = `/v1/organizations/${org}/invitations`
    for (const person of [bob, eve]) {
      for (const line of [`GET ${path}`, `POST ${path}`, `DELETE ${path}/${crypto.randomUUID()}`]) {
        assertError(await person.send(line, { json: { username: eve.username } }), { status: 403, code: 2001 })
      }
    }
    for (const json of [{}, { username: 'a', email: 'b@example.com' }, { email: 'nowhere' }]) {
      assertError(await ada.send(`POST ${path}`, { json }), { status: 400, code: 6001 })
    }
    assertError(await ada.send(`POST ${path}`, { json: { username: 'nobody_here' } }), { status: 404, code: 3000 })
  })
})

describe('public versions of an organization', () => {
  test('a member publishes privately and asks; an owner makes it public; both are told', async () => {
    const [ada, bob] = [await createPerson(target), await createPerson(target)]
    const org = await ownedBy(ada)
    await asAdmin(`PUT /v1/organizations/${org}/members/${bob.username}`)
    const key = await createKey(target, bob.username, FULL_RIGHTS)
    const owner = { username: org, key }
    const { shop } = await createAlgorithm(target, owner, { name: 'Shared', language: 'python3' })
    await waitForBuild(shop)
    const path = `/v1/algorithms/${org}/Shared/versions`
    const publish = (algorithm_callability: string) =>
      send(target.url, `POST ${path}`, { key, json: { settings: { algorithm_callability } } })
    assertError(await publish('public'), { status: 403, code: 2001 })
    const { version_info } = jsonOf(await publish('private'))
    const version = version_info.semantic_version

    const asked = jsonOf(await bob.send(`POST ${path}/${version}/publish-request`))
    assertMembers(asked, 'id username algoname algorithm_id semantic_version requested_by requested_at state')
    assert.deepEqual(jsonOf(await bob.send(`POST ${path}/${version}/publish-request`)), asked)
    assertError(await bob.send(`POST ${path}/9.9.9/publish-request`), { status: 404, code: 1014 })
    const requests = `/v1/organizations/${org}/publish-requests`
    assertError(await bob.send(`GET ${requests}`), { status: 403, code: 2001 })
    assert.deepEqual(jsonOf(await ada.send(`GET ${requests}`)), [asked])
    assertError(await bob.send(`POST /v1/publish-requests/${asked.id}/approve`), { status: 403, code: 2001 })

    const stranger = await createAccount(target, 'user')
    const call = () => send(target.url, `POST /v1/algo/${org}/Shared/${version}`, { key: stranger.key, json: 'x' })
    assert.equal((await call()).status, 404)
    const approved = jsonOf(await ada.send(`POST /v1/publish-requests/${asked.id}/approve`))
    assert.equal(approved.state, 'approved')
    assert.equal((await call()).status, 200)
    assertError(await ada.send(`POST /v1/publish-requests/${asked.id}/decline`), { status: 409 })
    assert.deepEqual(jsonOf(await ada.send(`GET ${requests}`)), [])

    const told = async (person: Person, kinds: string): Promise<Json[]> =>
      jsonOf(await person.send(`GET /v1/users/${person.username}/notifications?event_types=${kinds}`))
    const context = { algorithm_id: asked.algorithm_id, username: org, algoname: 'Shared', semantic_version: version }
    assert.deepEqual(await told(ada, 'publish_request'), [context])
    assert.deepEqual(await told(ada, 'version_published,publish_request'), [context, context])
    assert.deepEqual(await told(bob, 'publish_approved'), [context])
    assert.deepEqual(await told(bob, 'version_published'), [])
  })

  test('what needs nobody’s approval is said', async () => {
    const ada = await createPerson(target)
    const owner = { username: ada.username, key: await createKey(target, ada.username, FULL_RIGHTS) }
    const { shop } = await createAlgorithm(target, owner, { name: 'Mine', language: 'python3' })
    await waitForBuild(workshop(target, owner, shop.name))
    const path = `/v1/algorithms/${ada.username}/Mine/versions`
    const version = jsonOf(await send(target.url, `POST ${path}`, { key: owner.key, json: {} }))
    const line = `POST ${path}/${version.version_info.semantic_version}/publish-request`
    assertError(await ada.send(line), { status: 400, code: 2015 })
    assertError(await ada.send(`POST /v1/publish-requests/${crypto.randomUUID()}/approve`), { status: 404 })
  })
})

describe('notifications', () => {
  const ask = async (person: Person, query: string) =>
    person.send(`GET /v1/users/${person.username}/notifications${query}`)

  test('a question that cannot be answered is refused by number', async () => {
    const ada = await createPerson(target)
    assertError(await ask(ada, ''), { status: 400, code: 8060 })
    assertError(await ask(ada, '?event_types='), { status: 400, code: 8060 })
    for (const query of [
      'event_types=none',
      'event_types=publish_request&limit=0',
      'event_types=publish_request&limit=101',
    ]) {
      assertError(await ask(ada, `?${query}`), { status: 400, code: 8061 })
    }
    assertError(await ask(ada, '?event_types=publish_request&since=soon'), { status: 400, code: 8061 })
    assert.deepEqual(jsonOf(await ask(ada, '?event_types=publish_request&since=2021-01-01T00:00:00Z')), [])
  })

  test('are the account’s own', async () => {
    const [ada, eve] = [await createPerson(target), await createPerson(target)]
    const line = `GET /v1/users/${ada.username}/notifications?event_types=publish_request`
    assertError(await eve.send(line), { status: 403, code: 2001 })
    assert.equal((await asAdmin(line)).status, 200)
  })
})
