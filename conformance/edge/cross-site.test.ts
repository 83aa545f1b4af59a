/**
 * What other sites can make a browser send to this server: forms with cookies, JSON dressed as text, scripts with a key,
 * and a name of theirs that resolves to this machine (design.md 7; rest-api.md 1.3, 1.12).
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Account, createKey, FULL_RIGHTS, uniqueName } from '../lib/accounts.ts'
import { createAlgorithm } from '../lib/algorithms.ts'
import { installProbe, type Probe } from '../lib/probe.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError } from '../lib/shape.ts'
import { jsonOf, send, type WireReply } from '../lib/wire.ts'
import { headerOf } from './contained.ts'

const EVIL = 'https://evil.example'
const PASSWORD = 'correct horse battery'

let target: Target
let probe: Probe
/** Somebody who is signed in, and visits another site. */
let victim: Account & { readonly cookie: string }
let algorithm: string
let call: string

before(async () => {
  target = await startTarget()
  probe = await installProbe(target)
  victim = await signIn()
  await createAlgorithm(target, victim, { name: 'Mine', language: 'python3' })
  algorithm = `/v1/algorithms/${victim.username}/Mine`
  call = `/v1/algo/${probe.owner.username}/Probe`
})
after(() => target?.close())

async function signIn(): Promise<typeof victim> {
  const username = uniqueName('victim')
  const user = { username, email: `${username}@example.com`, password: PASSWORD }
  jsonOf(await send(target.url, 'POST /v1/users', { key: target.adminKey, json: user }))
  const session = await send(target.url, 'POST /v1/session', { json: { username, password: PASSWORD } })
  const cookie = headerOf(session, 'Set-Cookie')?.split(';')[0] ?? ''
  assert.match(cookie, /^ALGO_SESSION\w*=.{20}/)
  return { username, key: await createKey(target, username, FULL_RIGHTS), cookie }
}

function assertNoCors(reply: WireReply): void {
  const names = reply.headers.map(([name]) => name.toLowerCase())
  assert.deepEqual(
    names.filter((name) => name.startsWith('access-control-')),
    [],
  )
}

describe('a form on another site', () => {
  const changes = (): readonly (readonly [line: string, json: object])[] => [
    [`POST /v1/algorithms/${victim.username}`, { name: 'Planted', settings: { language: 'python3' } }],
    [`PUT ${algorithm}`, { details: { tagline: 'planted' } }],
    [`DELETE ${algorithm}`, {}],
    [`POST ${algorithm}/compile`, {}],
    [`POST ${algorithm}/versions`, {}],
    [`POST /v1/users/${victim.username}/keys`, { key_label: 'planted', permissions: FULL_RIGHTS }],
    ['POST /v1/users', { username: 'planted', email: 'planted@example.com' }],
    ['POST /v1/organizations', { org_name: 'planted' }],
    ['PUT /v1/session/password', { old_password: PASSWORD, new_password: 'planted planted' }],
    [`DELETE /v1/users/${victim.username}`, {}],
    ['DELETE /v1/session', {}],
    ['PUT /v1/config/frontend/banner', { value: 'planted' }],
  ]
  const origins: readonly (string | undefined)[] = [EVIL, 'null', undefined, 'http://localhost', `${EVIL}:443`]
  const types = [
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/json',
  ]

  test('changes nothing, whatever it sends along', async () => {
    const look = async () => [
      jsonOf(await send(target.url, `GET ${algorithm}`, { headers: { Cookie: victim.cookie } })),
      jsonOf(await send(target.url, `GET /v1/users/${victim.username}/algorithms`, { key: victim.key })),
      jsonOf(await send(target.url, `GET /v1/users/${victim.username}/keys`, { key: target.adminKey })),
    ]
    const before = await look()
    for (const [line, json] of changes()) {
      for (const [index, origin] of origins.entries()) {
        const headers = {
          Cookie: victim.cookie,
          Referer: `${target.url}/`,
          'Content-Type': types[index % types.length] ?? '',
          ...(origin === undefined ? {} : { Origin: origin }),
        }
        const reply = await send(target.url, line, { headers, body: JSON.stringify(json) })
        assert.ok([401, 404, 501].includes(reply.status), `${line} ${reply.status} ${reply.text}`)
        assertNoCors(reply)
      }
    }
    assert.deepEqual(await look(), before)
  })

  test('differs from a page of this server in its Origin alone', async () => {
    const change = (origin: string, tagline: string) =>
      send(target.url, `PUT ${algorithm}`, {
        headers: { Cookie: victim.cookie, Origin: origin },
        json: { details: { tagline } },
      })
    assert.equal(jsonOf(await change(target.url, 'ours')).details.tagline, 'ours')
    assertError(await change(EVIL, 'theirs'), { status: 401 })
  })

  test('is told that its cookies count for nothing; reading is not refused for a cookie', async () => {
    const headers = { Cookie: victim.cookie, Origin: EVIL }
    assertError(await send(target.url, `PUT ${algorithm}`, { headers, body: '{}' }), {
      status: 401,
      code: 2002,
      message: /^Cookies count in requests of pages of http/,
    })
    assert.equal((await send(target.url, `GET ${algorithm}`, { headers })).status, 200)
    assert.equal((await send(target.url, 'GET /health', { headers })).status, 200)
  })

  test('calls nothing, reads no data and pushes nothing with cookies, from our own pages neither', async () => {
    for (const origin of [EVIL, target.url]) {
      const headers = { Cookie: victim.cookie, Origin: origin }
      const called = await send(target.url, `POST ${call}`, { headers, body: 'x' })
      assertError(called, { status: 401, message: 'authorization required' })
      assert.equal((await send(target.url, 'GET /v1/data/', { headers })).status, 401)
      const git = `/git/${victim.username}/Mine.git`
      for (const line of [`GET ${git}/info/refs?service=git-receive-pack`, `POST ${git}/git-receive-pack`]) {
        assert.equal((await send(target.url, line, { headers, body: '' })).status, 401)
      }
    }
  })

  test('pushes nothing with the name and password that a browser remembers', async () => {
    const password = Buffer.from(`${victim.username}:${PASSWORD}`).toString('base64')
    for (const type of types) {
      const headers = { Authorization: `Basic ${password}`, Origin: EVIL, 'Content-Type': type }
      const line = `POST /git/${victim.username}/Mine.git/git-receive-pack`
      const reply = await send(target.url, line, { headers, body: '0000' })
      assert.ok(reply.status >= 400, `${type}: ${reply.statusLine}`)
      assertNoCors(reply)
    }
  })
})

describe('a script on another site', () => {
  test('gets no leave to read management, data or git, with a key or without, before or after a preflight', async () => {
    const git = `/git/${victim.username}/Mine.git/info/refs?service=git-upload-pack`
    for (const path of [algorithm, '/v1/users', '/v1/data/', '/v1/scms', '/health', '/metrics', git, '/docs']) {
      for (const key of [victim.key, target.adminKey, '']) {
        const headers = { Origin: EVIL, Cookie: victim.cookie }
        assertNoCors(await send(target.url, `GET ${path}`, { key, headers }))
      }
      const asked = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' }
      assertNoCors(await send(target.url, `OPTIONS ${path}`, { headers: { Origin: EVIL, ...asked } }))
    }
  })

  test('calls with a key that browsers may use, and never with credentials of the browser', async () => {
    const permissions = { ...FULL_RIGHTS, allow_web_algo: false }
    const native = await createKey(target, probe.owner.username, permissions)
    for (const [key, status] of [
      [probe.owner.key, 200],
      [native, 403],
      ['', 401],
    ] as const) {
      const headers = { Origin: EVIL, Cookie: victim.cookie }
      const reply = await send(target.url, `POST ${call}`, { key, headers, json: 1 })
      assert.equal(reply.status, status, reply.text)
      assert.equal(headerOf(reply, 'Access-Control-Allow-Origin'), '*')
      assert.equal(headerOf(reply, 'Access-Control-Allow-Credentials'), undefined)
      assert.equal(headerOf(reply, 'Set-Cookie'), undefined)
    }
  })
})

describe('a name of another site that resolves to this machine', () => {
  test('is in no link', async () => {
    const headers = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' }
    const shown = await send(target.url, `GET ${algorithm}`, { key: victim.key, headers })
    const listed = await send(target.url, `GET ${algorithm}/versions?limit=1`, { key: victim.key, headers })
    const missing = await send(target.url, `GET /nothing`, { headers })
    for (const reply of [shown, listed, missing]) {
      assert.doesNotMatch(reply.text, /evil\.example/)
      for (const [, value] of reply.headers) assert.doesNotMatch(value, /evil\.example/)
    }
    assert.ok(jsonOf(shown).self_link.startsWith(target.url))
  })

  test('shows no metrics', async () => {
    assert.equal((await send(target.url, 'GET /metrics')).status, 200)
    const foreign = ['evil.example', 'evil.example:8080', 'localhost.evil.example', '127.0.0.1.evil.example']
    for (const host of foreign) {
      assertError(await send(target.url, 'GET /metrics', { headers: { Host: host } }), { status: 403 })
    }
    const passedOn = { 'X-Forwarded-For': '127.0.0.1' }
    assertError(await send(target.url, 'GET /metrics', { headers: passedOn }), { status: 403 })
  })

  for (const host of ['a\r\nHost: b', 'evil.example/path', 'user@evil.example', 'a b', '<script>', 'a,b', 'a%0d%0ab']) {
    test(`Host: ${JSON.stringify(host)} is refused`, async () => {
      assertError(await send(target.url, 'GET /health', { headers: { Host: host } }), { status: 400, message: /Host/ })
    })
  }
})

describe('line breaks in what is sent back', () => {
  const paths = [
    '/v1/data/%0d%0aSet-Cookie:%20ALGO_SESSION=x',
    '/v1/data/a%0aLocation:%20https://evil.example/b',
    '/v1/algorithms/%0d%0aX-Planted:%20y/z',
    '/v1/algo/x%0d%0aX-Planted:%20y/z',
    '/git/%0d%0aX-Planted:%20y/z.git/info/refs?service=git-upload-pack',
    '/v1/calls/%E5%98%8A%E5%98%8DX-Planted:%20y',
  ]
  for (const path of paths) {
    test(path, async () => {
      for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
        const reply = await send(target.url, `${method} ${path}`, { key: probe.owner.key, body: '' })
        const names = reply.headers.map(([name]) => name.toLowerCase())
        assert.ok(reply.status >= 400, `${method} ${reply.status}`)
        for (const planted of ['set-cookie', 'location', 'x-planted']) assert.ok(!names.includes(planted), planted)
      }
    })
  }
})
