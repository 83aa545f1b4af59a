/** Who is calling: every form of the credentials, what keys may do, and browsers (rest-api.md 1.3, 1.12). */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { OPERATIONS } from '@algorist/contract/operations.ts'
import { createKey, FULL_RIGHTS, uniqueName } from '../lib/accounts.ts'
import { covers } from '../lib/covers.ts'
import { installProbe, type Probe } from '../lib/probe.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError, assertMembers, TIME_WITH_ZONE } from '../lib/shape.ts'
import { jsonOf, send, type WireOptions, type WireReply } from '../lib/wire.ts'
import { NOT_SERVED } from '../not-served.ts'

covers('callAlgorithm', 'callAlgorithmFromWeb', 'preflightCallFromWeb', 'listKeys', 'createKey', 'importKey')

const KEY = /^sim[A-Za-z0-9]{25}$/
const NOT_AUTHORIZED = /^Caller is not authorized to perform the operation/

let target: Target
let probe: Probe
let owner: string
let call: string
let web: string
let algorithm: string

before(async () => {
  target = await startTarget()
  probe = await installProbe(target)
  owner = probe.owner.username
  call = `POST /v1/algo/${owner}/Probe`
  web = `POST /v1/web/algo/${owner}/Probe`
  algorithm = `/v1/algorithms/${owner}/Probe`
})
after(() => target?.close())

function ask(line: string, headers: Record<string, string>, options: WireOptions = {}): Promise<WireReply> {
  const input = line.startsWith('POST ') ? { body: 'x' } : {}
  return send(target.url, line, { ...input, ...options, headers })
}

describe('forms of the Authorization header', () => {
  const forms: readonly [what: string, headers: (key: string) => Record<string, string>][] = [
    ['Simple and the key', (key) => ({ Authorization: `Simple ${key}` })],
    ['the bare key', (key) => ({ Authorization: key })],
    ['Bearer and the key', (key) => ({ Authorization: `Bearer ${key}` })],
    ['simple in lower case', (key) => ({ Authorization: `simple ${key}` })],
    ['SIMPLE in capitals', (key) => ({ Authorization: `SIMPLE ${key}` })],
    ['a lower-case header name', (key) => ({ authorization: `Simple ${key}` })],
    ['spaces around the key', (key) => ({ Authorization: `  Simple   ${key}  ` })],
    ['a header that wins over a cookie', (key) => ({ Authorization: key, Cookie: 'ALGO_SESSION=nonsense' })],
  ]
  for (const [what, headers] of forms) {
    test(`${what} is accepted on calls and management`, async () => {
      assert.equal((await ask(call, headers(probe.owner.key))).status, 200)
      assert.equal((await ask(`GET ${algorithm}`, headers(probe.owner.key))).status, 200)
    })
  }

  const refused: readonly [what: string, headers: (key: string) => Record<string, string>][] = [
    ['no header', () => ({})],
    ['an empty header', () => ({ Authorization: '' })],
    ['a scheme without a key', () => ({ Authorization: 'Simple' })],
    ['a scheme and a space', () => ({ Authorization: 'Simple ' })],
    ['an unknown key', () => ({ Authorization: 'Simple simUnknownUnknownUnknown1234' })],
    ['half of the key', (key) => ({ Authorization: `Simple ${key.slice(0, 14)}` })],
    ['the key in other capitals', (key) => ({ Authorization: `Simple ${key.toUpperCase()}` })],
    ['two schemes', (key) => ({ Authorization: `Simple Simple ${key}` })],
    ['another scheme', (key) => ({ Authorization: `Basic ${Buffer.from(`x:${key}`).toString('base64')}` })],
    ['a token that nobody signed', () => ({ Authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.' })],
    ['a token after Simple', () => ({ Authorization: 'Simple eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.c2ln' })],
    ['a cookie that is no session', () => ({ Cookie: 'ALGO_SESSION=nonsense' })],
  ]
  for (const [what, headers] of refused) {
    test(`${what} is 401`, async () => {
      const called = await ask(call, headers(probe.owner.key))
      assertError(called, { status: 401, message: 'authorization required' })
      assertError(await ask(`GET ${algorithm}`, headers(probe.owner.key)), { status: 401, code: 2002 })
    })
  }

  test('a key in the query or in the body is none', async () => {
    const line = `GET ${algorithm}?api_key=${probe.owner.key}&_=${probe.owner.key}`
    assertError(await ask(line, {}), { status: 401, code: 2002 })
  })
})

describe('admin keys and standard keys', () => {
  for (const line of ['GET /v1/users', 'POST /v1/users', 'POST /v1/organizations', 'PUT /v1/users/x']) {
    test(`a standard key is 403 on ${line}`, async () => {
      assertError(await send(target.url, line, { key: probe.owner.key, body: '{}' }), {
        status: 403,
        code: 2001,
        message: NOT_AUTHORIZED,
      })
    })
  }

  test('an admin key is 403 where no admin is listed, and good where one is', async () => {
    const headers = { Authorization: target.adminKey }
    assertError(await ask(call, headers), { status: 403 })
    assertError(await ask(web, headers), { status: 403 })
    assertError(await ask(`GET ${algorithm}`, headers), { status: 403, code: 2001 })
    assertError(await ask(`POST ${algorithm}/compile`, headers), { status: 403, code: 2001 })
    for (const path of ['/v1/scms', `${algorithm}/scm/status`, `/v1/users/${owner}/algorithms`]) {
      jsonOf(await ask(`GET ${path}`, headers))
    }
  })
})

/** Placeholders are enough: whether this kind of caller may ask is decided before anything is looked up. */
describe('who may ask for what', () => {
  const served = OPERATIONS.filter(({ id, raw }) => !raw && !NOT_SERVED.has(id))
  let withoutManagement: string
  before(async () => {
    withoutManagement = await keyWith({ allow_algo_management: false })
  })

  for (const { id, method, paths, who } of served.filter(({ who }) => !who.includes('public'))) {
    test(`${id}: ${who.join(', ')}`, async () => {
      const line = `${method} ${(paths[0] ?? '').replace('/:id', `/${randomUUID()}`).replace(/:\w+/g, 'x')}`
      const ask = (key?: string) => send(target.url, line, { body: '', ...(key === undefined ? {} : { key }) })
      assertError(await ask(), { status: 401, code: 2002 })
      const refused = [
        ...(who.includes('admin') ? [] : [target.adminKey]),
        ...(who.includes('key') ? [] : [withoutManagement]),
        ...(who.includes('key') || who.includes('management') ? [] : [probe.owner.key]),
      ]
      for (const key of refused) assertError(await ask(key), { status: 403, code: 2001, message: NOT_AUTHORIZED })
    })
  }
})

type Rights = Partial<typeof FULL_RIGHTS> & { referer_host?: string }
const keyWith = (rights: Rights): Promise<string> => createKey(target, owner, { ...FULL_RIGHTS, ...rights })

describe('rights of a key', () => {
  const limited: readonly [what: string, rights: Rights, call: number, browser: number, change: number][] = [
    ['has all', {}, 200, 200, 200],
    ['may not call', { allow_algo: false }, 403, 200, 200],
    ['may not be used by browsers', { allow_web_algo: false }, 200, 403, 200],
    ['may not manage', { allow_algo_management: false }, 200, 200, 403],
    ['names no algorithm', { algo_acl: [] }, 403, 403, 200],
    ['names others', { algo_acl: ['algo://demo/*', 'algo://opencv/SmartThumbnail/*'] }, 403, 403, 200],
  ]
  for (const [what, rights, called, browser, changed] of limited) {
    test(`a key that ${what}: ${called} called, ${browser} from a browser, ${changed} changing`, async () => {
      const headers = { Authorization: await keyWith(rights) }
      assert.equal((await ask(call, headers)).status, called)
      assert.equal((await ask(call, { ...headers, Origin: 'https://example.com' })).status, browser)
      assert.equal((await ask(web, headers)).status, browser)
      assert.equal((await ask(`PUT ${algorithm}`, headers)).status, changed)
    })
  }

  for (const pattern of ['algo://*', 'algo://OWNER/*', 'algo://OWNER/Probe/*', 'algo://owner/probe/*']) {
    test(`a key that names ${pattern} may call it`, async () => {
      const named = pattern.replace('OWNER', owner).replace('owner', owner.toUpperCase())
      assert.equal((await ask(call, { Authorization: await keyWith({ algo_acl: [named] }) })).status, 200)
    })
  }

  test('a refused call says in words that the caller is not authorized', async () => {
    const reply = await ask(call, { Authorization: await keyWith({ algo_acl: [] }) })
    assertError(reply, { status: 403, code: 2001, message: NOT_AUTHORIZED })
  })

  const pages: readonly [headers: Record<string, string>, status: number][] = [
    [{ Origin: 'https://www.example.com' }, 200],
    [{ Origin: 'https://www.example.com:8443' }, 200],
    [{ Referer: 'https://www.example.com/page' }, 200],
    [{ Origin: 'https://evil.example' }, 403],
    [{ Origin: 'https://www.example.com.evil.example' }, 403],
    [{ Origin: 'null' }, 403],
    [{ Referer: 'https://evil.example/?www.example.com' }, 403],
    [{}, 403],
  ]
  for (const [headers, status] of pages) {
    test(`a key for pages of www.example.com: ${JSON.stringify(headers)} is ${status}`, async () => {
      const key = await keyWith({ referer_host: 'www.example.com' })
      assert.equal((await ask(web, { ...headers, Authorization: key })).status, status)
    })
  }
})

describe('browsers', () => {
  const origin = { Origin: 'https://example.com' }

  for (const path of ['/v1/web/algo/x/Y', '/v1/web/algo/x/Y/1.0.0', '/v1/algo/x/Y']) {
    test(`the preflight of ${path} needs no key`, async () => {
      const asked = { ...origin, 'Access-Control-Request-Method': 'POST' }
      const reply = await ask(`OPTIONS ${path}`, { ...asked, 'Access-Control-Request-Headers': 'authorization' })
      assert.ok([200, 204].includes(reply.status))
      assert.ok(['*', origin.Origin].includes(reply.header('Access-Control-Allow-Origin') ?? ''))
      assert.equal(reply.header('Access-Control-Allow-Methods'), 'POST, OPTIONS')
      const allowed = (reply.header('Access-Control-Allow-Headers') ?? '').split(', ')
      for (const name of ['authorization', 'content-type', 'accept']) assert.ok(allowed.includes(name), name)
      assert.equal(reply.header('Access-Control-Max-Age'), '86400')
      assert.equal(reply.header('Access-Control-Allow-Credentials'), undefined)
    })
  }

  const answers: readonly [what: string, status: number, options: WireOptions, suffix?: string][] = [
    ['a result', 200, {}],
    ['a missing key', 401, { key: '' }],
    ['a missing algorithm', 404, {}, 'Missing'],
    ['a broken input', 400, { headers: { 'Content-Type': 'application/json' }, body: '{' }],
    ['an odd type', 415, { headers: { 'Content-Type': 'multipart/form-data' } }],
    ['a failed raw call', 400, { json: { do: 'fail' } }, '?output=raw'],
  ]
  for (const [what, status, options, suffix = ''] of answers) {
    test(`${what} on the browser route says that its origin is allowed`, async () => {
      const input = 'json' in options ? {} : { body: 'x' }
      const reply = await send(target.url, `${web}${suffix}`, { key: probe.owner.key, ...input, ...options })
      assert.equal(reply.status, status, reply.text)
      assert.equal(reply.header('Access-Control-Allow-Origin'), '*')
      assert.equal(reply.header('Access-Control-Allow-Credentials'), undefined)
    })
  }
})

describe('keys', () => {
  const members =
    'username key_label created_at api_key_mask api_key key_type permissions owner_name? id expires_at? last_used_at? warnings?'
  const rights = 'allow_data allow_data_write allow_algo allow_web_algo referer_host? allow_algo_management? algo_acl'
  const asAdmin = (line: string, options: WireOptions = {}) =>
    send(target.url, line, { key: target.adminKey, ...options })

  test('a new key is shown whole: sim and 25 letters and digits', async () => {
    const permissions = { ...FULL_RIGHTS, referer_host: 'www.example.com' }
    const json = { key_label: 'laptop', key_type: 'ManagementKey', permissions }
    const key = jsonOf(await asAdmin(`POST /v1/users/${owner}/keys`, { json }))
    assertMembers(key, members)
    assertMembers(key.permissions, rights)
    assert.match(key.api_key, KEY)
    assert.match(key.created_at, TIME_WITH_ZONE)
    assert.notEqual(key.api_key_mask, key.api_key)
    assert.deepEqual([key.username, key.key_label, key.key_type], [owner, 'laptop', 'ManagementKey'])
    assert.deepEqual(key.permissions.algo_acl, ['algo://*'])
  })

  test('a list is a bare array of masks', async () => {
    const keys = jsonOf(await asAdmin(`GET /v1/users/${owner}/keys`))
    assert.ok(Array.isArray(keys) && keys.length > 0)
    for (const key of keys) {
      assertMembers(key, members)
      assertMembers(key.permissions, rights)
      assert.equal(key.api_key, key.api_key_mask)
      assert.doesNotMatch(key.api_key, KEY)
    }
  })

  test('a management key makes keys of its own account with no more rights than it has', async () => {
    const weak = await keyWith({ allow_data: false, algo_acl: ['algo://demo/*'] })
    const make = (permissions?: object) =>
      send(target.url, `POST /v1/users/${owner}/keys`, {
        key: weak,
        json: { key_type: 'ManagementKey', ...(permissions && { permissions }) },
      })
    const { permissions } = jsonOf(await make())
    assert.equal(permissions.allow_data, false)
    assert.deepEqual(permissions.algo_acl, ['algo://demo/*'])
    assert.ok([400, 403].includes((await make({ ...FULL_RIGHTS })).status))
    const other = await send(target.url, `POST /v1/users/${target.username}/keys`, {
      key: weak,
      json: { key_type: 'ManagementKey' },
    })
    assertError(other, { status: 403, code: 2001 })
  })

  test('an imported key works in whatever form it has', async () => {
    const text = uniqueName('simabcd')
    const json = { api_key: text, key_label: 'old', permissions: FULL_RIGHTS }
    const key = jsonOf(await asAdmin(`POST /v1/admin/users/${owner}/keys`, { json }))
    assertMembers(key, members)
    assert.equal(key.api_key, text)
    assert.equal((await ask(call, { Authorization: text })).status, 200)
  })
})
