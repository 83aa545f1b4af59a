/** Signing up, in and out, passwords, invite codes, deleted users (platform.md 1.1, 1.5; rest-api.md 3.4, 3.10). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createAccount, uniqueName } from '../lib/accounts.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { type Mailbox, openMailbox } from '../lib/mailbox.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError, assertMembers } from '../lib/shape.ts'
import { assertEmpty, jsonOf, send, sendAsAdministrator, type WireOptions, type WireReply } from '../lib/wire.ts'

covers('logIn', 'getSession', 'logOut', 'changePassword', 'requestPasswordReset', 'resetPassword', 'signUp')
covers('listInvites', 'createInvite', 'deleteInvite', 'deleteUser')

const PASSWORD = 'correct horse battery'
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

async function createUser(): Promise<{ username: string; email: string }> {
  const username = uniqueName('user')
  const email = `${username}@example.com`
  jsonOf(await asAdmin('POST /v1/users', { json: { username, email, password: PASSWORD } }))
  return { username, email }
}

const logIn = (username: string, password = PASSWORD, options: WireOptions = {}): Promise<WireReply> =>
  send(target.url, 'POST /v1/session', { json: { username, password }, ...options })

/** `NAME=SECRET` of an answer that sets a cookie. */
function cookieOf(reply: WireReply): string {
  assert.equal(reply.status, 200, reply.text)
  return reply.header('Set-Cookie')?.split(';')[0] ?? ''
}

const withCookie = (cookie: string, line: string, options: WireOptions = {}): Promise<WireReply> =>
  send(target.url, line, { ...options, headers: { Cookie: cookie, Origin: target.url, ...options.headers } })

describe('signing in', () => {
  test('by name or e-mail address, with a cookie that scripts cannot read', async () => {
    const { username, email } = await createUser()
    for (const name of [username, username.toUpperCase(), email]) {
      const reply = await logIn(name)
      const session = jsonOf(reply)
      assertMembers(session, 'user is_admin is_viewer expires_at')
      assert.deepEqual([session.user.username, session.is_admin], [username, false])
      const cookie = reply.header('Set-Cookie') ?? ''
      assert.match(cookie, /^ALGO_SESSION=[\w-]{43}; Expires=[^;]+; Path=\/; HttpOnly; SameSite=Lax(; Secure)?$/)
      assert.equal(reply.header('Cache-Control'), 'no-store')
      assert.equal(jsonOf(await withCookie(cookieOf(reply), 'GET /v1/session')).user.username, username)
    }
  })

  test('a wrong password and a name that nobody has get the same answer', async () => {
    const { username } = await createUser()
    const [wrong, nobody] = [await logIn(username, 'wrong password'), await logIn(uniqueName('nobody'))]
    for (const reply of [wrong, nobody]) assertError(reply, { status: 401, code: 2002 })
    assert.equal(wrong.json().error.message, nobody.json().error.message)
  })

  test('who guesses has to wait, is told how long, and does not lock out others', async () => {
    const { username } = await createUser()
    const other = await createUser()
    const statuses: number[] = []
    for (let times = 0; times < 8; times++) statuses.push((await logIn(username, `guess ${times}`)).status)
    assert.deepEqual([statuses[0], statuses.at(-1)], [401, 429])
    const reply = await logIn(username)
    assertError(reply, { status: 429 })
    assert.match(reply.header('Retry-After') ?? '', /^[1-9]\d*$/)
    assert.equal((await logIn(other.username)).status, 200)
  })

  test('a page of another site signs nobody in', async () => {
    const { username } = await createUser()
    const reply = await logIn(username, PASSWORD, { headers: { Origin: 'https://evil.example' } })
    assertError(reply, { status: 403, code: 2001 })
    assert.equal(reply.header('Set-Cookie'), undefined)
  })

  test('an organization has no password', async () => {
    const org_name = uniqueName('org')
    const org = { org_name, org_label: 'l', org_contact_name: 'c', org_email: 'o@example.com' }
    jsonOf(await asAdmin('POST /v1/organizations', { json: org }))
    assertError(await logIn(org_name, ''), { status: 401 })
  })
})

describe('a session', () => {
  test('manages as its account may, and calls nothing', async () => {
    const { username } = await createUser()
    const cookie = cookieOf(await logIn(username))
    assert.deepEqual(jsonOf(await withCookie(cookie, `GET /v1/users/${username}/algorithms`)), [])
    assertError(await withCookie(cookie, 'GET /v1/users'), { status: 403, code: 2001 })
    assertError(await withCookie(cookie, 'POST /v1/algo/demo/Hello', { body: '""' }), { status: 401 })
    assertError(await withCookie(cookie, 'GET /v1/connector/data/.my'), { status: 401 })
  })

  test('of an administrator may what an admin key may', async () => {
    const bootstrap = target.username
    jsonOf(await asAdmin(`PUT /v1/users/${bootstrap}`, { json: { password: PASSWORD } }))
    const cookie = cookieOf(await logIn(bootstrap))
    assert.equal(jsonOf(await withCookie(cookie, 'GET /v1/session')).is_admin, true)
    assert.equal((await withCookie(cookie, 'GET /v1/users')).status, 200)
  })

  test('ends at once when it is signed out, and only the own one', async () => {
    const { username } = await createUser()
    const [first, second] = [cookieOf(await logIn(username)), cookieOf(await logIn(username))]
    const out = await withCookie(first, 'DELETE /v1/session')
    assertEmpty(out, 204)
    assert.match(out.header('Set-Cookie') ?? '', /^ALGO_SESSION=; Max-Age=0;/)
    assertError(await withCookie(first, 'GET /v1/session'), { status: 401, code: 2002 })
    assert.equal((await withCookie(second, 'GET /v1/session')).status, 200)
  })

  test('counts for pages of this server only when it changes something', async () => {
    const { username } = await createUser()
    const cookie = cookieOf(await logIn(username))
    for (const headers of [{ Origin: 'https://evil.example' }, { Origin: 'null' }]) {
      assertError(await withCookie(cookie, 'DELETE /v1/session', { headers }), { status: 401 })
    }
    const bare = await send(target.url, 'DELETE /v1/session', { headers: { Cookie: cookie } })
    assertError(bare, { status: 401 })
    assert.equal((await withCookie(cookie, 'GET /v1/session')).status, 200)
  })

  for (const cookie of ['ALGO_SESSION=', 'ALGO_SESSION=x', `ALGO_SESSION=${'A'.repeat(43)}`, 'OTHER=x', '=;;=']) {
    test(`is not made up: ${cookie.slice(0, 20)}`, async () => {
      assertError(await withCookie(cookie, 'GET /v1/session'), { status: 401, code: 2002 })
    })
  }
})

describe('passwords', () => {
  test('a change needs the old one and ends the other sessions', async () => {
    const { username } = await createUser()
    const [here, elsewhere] = [cookieOf(await logIn(username)), cookieOf(await logIn(username))]
    const change = (old_password: string, new_password: string) =>
      withCookie(here, 'PUT /v1/session/password', { json: { old_password, new_password } })
    assertError(await change('wrong one', 'another password'), { status: 401, code: 2002 })
    assertError(await change(PASSWORD, 'short'), { status: 400, code: 6001 })
    assertEmpty(await change(PASSWORD, 'another password'), 204)
    assert.equal((await withCookie(here, 'GET /v1/session')).status, 200)
    assertError(await withCookie(elsewhere, 'GET /v1/session'), { status: 401 })
    assertError(await logIn(username), { status: 401 })
    assert.equal((await logIn(username, 'another password')).status, 200)
  })

  test('a forgotten one is replaced with a mailed link, once', { skip: !isOurs && 'needs its mail' }, async () => {
    const { username, email } = await createUser()
    const cookie = cookieOf(await logIn(username))
    const ask = (name: string) => send(target.url, 'POST /v1/password-resets', { json: { username: name } })
    assertEmpty(await ask(email), 202)
    const first = codeOf(await mailbox.next(email))
    assertEmpty(await ask(username), 202)
    const second = codeOf(await mailbox.next(email))
    assertEmpty(await ask(uniqueName('nobody')), 202)
    const use = (code: string, password: string) =>
      send(target.url, `PUT /v1/password-resets/${code}`, { json: { password } })
    assertError(await use(first, 'a third password'), { status: 400, code: 2015 })
    assertError(await use(second, 'short'), { status: 400, code: 6001 })
    assertEmpty(await use(second, 'a third password'), 204)
    assertError(await use(second, 'a fourth password'), { status: 400, code: 2015 })
    assertError(await withCookie(cookie, 'GET /v1/session'), { status: 401 })
    assert.equal((await logIn(username, 'a third password')).status, 200)
    assert.equal(mailbox.count, 0)
  })

  function codeOf(mail: string): string {
    const [, code] = /\/password-reset\/([\w-]+)/.exec(mail) ?? []
    assert.ok(code, mail)
    return code
  }
})

describe('signing up', () => {
  const form = (more: object = {}): Json => {
    const username = uniqueName('new')
    return { username, email: `${username}@example.com`, password: PASSWORD, ...more }
  }
  const signUp = (json: Json) => send(target.url, 'POST /v1/sign-up', { json })

  test('an invite code lets people in until it is deleted or has expired', async () => {
    const inviteCode = uniqueName('code')
    assertEmpty(await asAdmin('POST /v1/admin/invites', { json: { inviteCode, comments: 'for a test' } }), 200)
    assertError(await asAdmin('POST /v1/admin/invites', { json: { inviteCode } }), { status: 400, code: 6001 })
    const mine = async () =>
      jsonOf(await asAdmin('GET /v1/admin/invites')).find((invite: Json) => invite.inviteCode === inviteCode)
    assertMembers(await mine(), 'inviteCode comments createdAt createdBy')
    const user = jsonOf(await signUp(form({ invite_code: inviteCode })))
    assertMembers(user, 'id username email fullname self_link resource_type')
    const cookie = cookieOf(await logIn(user.username))
    const [key] = jsonOf(await withCookie(cookie, `GET /v1/users/${user.username}/keys`))
    assert.equal(key.key_label, 'default-key')
    assert.equal((await send(target.url, 'GET /v1/scms', { key: key.api_key })).status, 200)
    assertEmpty(await asAdmin(`DELETE /v1/admin/invites/${inviteCode}`), 200)
    assertError(await asAdmin(`DELETE /v1/admin/invites/${inviteCode}`), { status: 400 })
    assertError(await signUp(form({ invite_code: inviteCode })), { status: 400, code: 3009 })
    const old = { inviteCode: uniqueName('old'), expiresAt: '2020-01-01T00:00:00Z' }
    assertEmpty(await asAdmin('POST /v1/admin/invites', { json: old }), 200)
    assertError(await signUp(form({ invite_code: old.inviteCode })), { status: 400, code: 3009 })
  })

  test('what is wrong with a form is said', async () => {
    const inviteCode = uniqueName('code')
    assertEmpty(await asAdmin('POST /v1/admin/invites', { json: { inviteCode } }), 200)
    const invite_code = inviteCode
    assertError(await signUp(form()), { status: 400, code: 3009 })
    assertError(await signUp(form({ invite_code, password: 'short' })), { status: 400, code: 6001 })
    assertError(await signUp(form({ invite_code, username: 'a-b' })), { status: 400, code: 6001 })
    assertError(await signUp(form({ invite_code, username: target.username })), { status: 409, code: 3003 })
    const { email } = await createUser()
    assertError(await signUp(form({ invite_code, email })), { status: 409, code: 3004 })
    assertError(await asAdmin('POST /v1/admin/invites', { json: { inviteCode: 'x', expiresAt: 'soon' } }), {
      status: 400,
      code: 6001,
    })
  })

  for (const line of ['GET /v1/admin/invites', 'POST /v1/admin/invites', 'DELETE /v1/admin/invites/x']) {
    test(`${line} is for administrators`, async () => {
      assertError(await send(target.url, line, { key: target.key }), { status: 403, code: 2001 })
    })
  }
})

describe('deleting a user', () => {
  test('ends keys and sessions before the answer, and keeps name and address taken', async () => {
    const { username, key } = await createAccount(target, 'user')
    jsonOf(await asAdmin(`PUT /v1/users/${username}`, { json: { password: PASSWORD } }))
    const cookie = cookieOf(await logIn(username))
    assert.equal((await send(target.url, `GET /v1/users/${username}/algorithms`, { key })).status, 200)
    assertEmpty(await asAdmin(`DELETE /v1/users/${username}`), 204)
    assertError(await send(target.url, `GET /v1/users/${username}/algorithms`, { key }), { status: 401 })
    assertError(await withCookie(cookie, 'GET /v1/session'), { status: 401 })
    assertError(await logIn(username), { status: 401 })
    assertError(await asAdmin(`GET /v1/users/${username}`), { status: 404, code: 3000 })
    const again = { username: username.toUpperCase(), email: 'fresh@example.com' }
    assertError(await asAdmin('POST /v1/users', { json: again }), { status: 409, code: 3003 })
    const address = { username: uniqueName('user'), email: `${username}@EXAMPLE.com` }
    assertError(await asAdmin('POST /v1/users', { json: address }), { status: 409, code: 3004 })
    const users: Json[] = jsonOf(await asAdmin('GET /v1/users?limit=1000')).results
    assert.ok(users.every((user) => user.username !== username))
  })

  test('nothing happens for one that is not there', async () => {
    assertEmpty(await asAdmin('DELETE /v1/users/nobody_here'), 204)
  })

  test('the last administrator and the only owner of an organization stay', async () => {
    assertError(await asAdmin(`DELETE /v1/users/${target.username}`), { status: 400, code: 2015 })
    const { username } = await createUser()
    const org_name = uniqueName('org')
    const org = { org_name, org_label: 'l', org_contact_name: 'c', org_email: 'o@example.com' }
    jsonOf(await asAdmin('POST /v1/organizations', { json: org }))
    const member = `/v1/organizations/${org_name}/members`
    await asAdmin(`PUT ${member}/${username}`)
    assertEmpty(await asAdmin(`PUT ${member}/${username}/role`, { json: { role: 'owner' } }), 204)
    assertEmpty(await asAdmin(`DELETE ${member}/${target.username}`), 204)
    assertError(await asAdmin(`DELETE /v1/users/${username}`), { status: 400, message: new RegExp(org_name) })
    assert.equal((await logIn(username)).status, 200)
  })
})
