/** Tokens of an identity provider (rest-api.md 1.3; platform.md 1.5), against a real key set that the test serves. */
import assert from 'node:assert/strict'
import { constants, generateKeyPairSync, sign } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { createAccount, FULL_RIGHTS, uniqueName } from '../lib/accounts.ts'
import { createAlgorithm, git, publish, pushGreen, type Workshop } from '../lib/algorithms.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import {
  AUDIENCE,
  assemble,
  byHmac,
  byRsa,
  type Claims,
  claimsWith,
  ISSUER,
  type Issuer,
  nowSeconds,
  openIssuer,
  rsaKey,
  tokenOf,
} from '../lib/issuer.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertError } from '../lib/shape.ts'
import { jsonOf, send, type WireOptions, type WireReply } from '../lib/wire.ts'

covers('updateUser', 'callAlgorithm', 'listMembers')

/** Sends what it is told to the platform, from inside its sandbox; otherwise answers its input. */
const ASKER = `import os
import urllib.error
import urllib.request


def apply(input):
    if not isinstance(input, dict):
        return input
    request = urllib.request.Request(os.environ["ALGORITHMIA_API"] + input["path"], headers=input["headers"])
    try:
        with urllib.request.urlopen(request) as reply:
            return [reply.status, reply.read().decode()]
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode()]
`

const key = rsaKey('first')
const stranger = rsaKey('first')
const isOurs = process.env.ALGORIST_TARGET === undefined

describe('tokens of an identity provider', { timeout: 240_000, skip: !isOurs && 'needs settings of its own' }, () => {
  let issuer: Issuer
  let target: Target
  before(async () => {
    issuer = await openIssuer([key.jwk])
    target = await startTarget({
      ALGORIST_JWT_JWKS_URL: `${issuer.url}/keys`,
      ALGORIST_JWT_ISSUER: ISSUER,
      ALGORIST_JWT_AUDIENCE: AUDIENCE,
      ALGORIST_JWT_USERNAME_CLAIM: 'preferred_username',
      ALGORIST_JWT_EMAIL_CLAIM: 'email',
      ALGORIST_JWT_GROUPS_CLAIM: 'groups',
      ALGORIST_JWT_ADMIN_GROUP: 'platform-admins',
      ALGORIST_EGRESS_ALLOW: '127.0.0.1',
    })
  })
  after(async () => {
    await target?.close()
    await issuer?.close()
  })

  /** Claims of a person without groups. */
  const person = (preferred_username: string, more: Claims = {}): Claims => ({
    preferred_username,
    email: `${preferred_username}@corp.example`,
    groups: [],
    jti: uniqueName('jti'),
    ...more,
  })
  const tokenFor = (name: string, more: Claims = {}): string => tokenOf(key, person(name, more))
  const ask = (token: string, line: string, options: WireOptions = {}): Promise<WireReply> =>
    send(target.url, line, { ...options, headers: { Authorization: `Bearer ${token}`, ...options.headers } })
  const asAdmin = (line: string, options: WireOptions = {}): Promise<WireReply> =>
    send(target.url, line, { key: target.adminKey, ...options })
  const whoIs = async (token: string): Promise<string> => jsonOf(await ask(token, 'GET /v1/data')).folders[0].name
  const userNames = async (): Promise<string[]> =>
    jsonOf(await asAdmin('GET /v1/users?limit=1000')).results.map(({ username }: Json) => username)

  describe('that are good', () => {
    test('make an account at their first use, however many come at once', async () => {
      const name = uniqueName('jane')
      const token = tokenFor(name)
      const names = await Promise.all(Array.from({ length: 32 }, () => whoIs(token)))
      assert.deepEqual(new Set(names), new Set([name]))
      const user = jsonOf(await asAdmin(`GET /v1/users/${name}`))
      assert.deepEqual([user.email, user.external_id], [`${name}@corp.example`, name])
      assert.equal((await userNames()).filter((each) => each.startsWith(name)).length, 1)
    })

    test('are accepted in every form of the header, on management and data', async () => {
      const name = uniqueName('jane')
      const token = tokenFor(name)
      for (const value of [`Bearer ${token}`, `bearer ${token}`, `Simple ${token}`, token, ` BEARER   ${token} `]) {
        const headers = { Authorization: value }
        assert.equal(jsonOf(await send(target.url, 'GET /v1/data', { headers })).folders[0].name, name, value)
        jsonOf(await send(target.url, `GET /v1/users/${name}/algorithms`, { headers }))
      }
    })

    const good: readonly [what: string, make: (name: string) => string][] = [
      ['an audience among others', (name) => tokenFor(name, { aud: ['https://other.example', AUDIENCE] })],
      ['x5t in place of kid', (name) => tokenOf(key, person(name), { kid: undefined, x5t: 'first' })],
      ['no typ', (name) => tokenOf(key, person(name), { typ: undefined })],
      ['no iat', (name) => tokenFor(name, { iat: undefined })],
      ['a clock that is a little behind', (name) => tokenFor(name, { exp: nowSeconds() - 10 })],
      ['a clock that is a little ahead', (name) => tokenFor(name, { nbf: nowSeconds() + 10, iat: nowSeconds() + 10 })],
      ['claims that nobody asked for', (name) => tokenFor(name, { scope: 'x', is_admin: true, sub: 'admin' })],
    ]
    for (const [what, make] of good) {
      test(`may have ${what}`, async () => {
        const name = uniqueName('jane')
        assert.equal(await whoIs(make(name)), name)
      })
    }
  })

  // Before anything names an unknown key: those are looked for once, and then every half a minute.
  describe('and new keys', () => {
    test('a new key is found, and made-up ones cause no more requests', async () => {
      await whoIs(tokenFor(uniqueName('jane')))
      const madeUp = Array.from({ length: 10 }, () => tokenOf(rsaKey(uniqueName('unknown')), person('x')))
      const next = rsaKey(uniqueName('next'))
      const name = uniqueName('jane')
      const token = tokenOf(next, person(name))
      issuer.keys = [next.jwk, key.jwk]
      const askedBefore = issuer.asked.length
      assert.equal(await whoIs(token), name)
      assert.equal(issuer.asked.length, askedBefore + 1)
      for (const each of madeUp) assertError(await ask(each, 'GET /v1/data'), { status: 401, message: /does not show/ })
      assert.equal(issuer.asked.length, askedBefore + 1)
    })
  })

  describe('that are not', () => {
    const small = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const pem = key.publicKey.export({ type: 'spki', format: 'pem' })
    const header = { alg: 'RS256', typ: 'JWT', kid: 'first' }
    const pss: Parameters<typeof assemble>[2] = (content) =>
      sign('RSA-SHA256', content, { key: key.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })
    const altered = (name: string): string => {
      const [head, , signature] = tokenFor('somebody_else').split('.')
      return [head, Buffer.from(JSON.stringify(claimsWith(person(name)))).toString('base64url'), signature].join('.')
    }
    const forged = (name: string, more: Claims): string =>
      assemble({ ...header, ...more }, claimsWith(person(name)), byRsa(stranger))

    const bad: readonly [what: string, message: RegExp, make: (name: string) => string][] = [
      ['expired', /has expired/, (name) => tokenFor(name, { exp: nowSeconds() - 60 })],
      ['without an end', /no time when it expires/, (name) => tokenFor(name, { exp: undefined })],
      ['with a text as end', /claim 'exp'|no time when it expires/, (name) => tokenFor(name, { exp: '9999999999' })],
      ['not valid yet', /not valid yet/, (name) => tokenFor(name, { nbf: nowSeconds() + 60 })],
      ['from another issuer', /another issuer/, (name) => tokenFor(name, { iss: 'https://login.example.com' })],
      ['from no issuer', /another issuer/, (name) => tokenFor(name, { iss: undefined })],
      ['from several issuers', /another issuer/, (name) => tokenFor(name, { iss: [ISSUER] })],
      ['for another audience', /another audience/, (name) => tokenFor(name, { aud: 'https://other.example' })],
      ['for several other audiences', /another audience/, (name) => tokenFor(name, { aud: [`${AUDIENCE}/`, 'x'] })],
      ['for no audience', /another audience/, (name) => tokenFor(name, { aud: undefined })],
      ['for nobody', /no claim 'preferred_username'/, () => tokenFor('', { sub: 'admin' })],
      ['for an object', /no claim 'preferred_username'/, () => tokenFor('x', { preferred_username: { a: 1 } })],
      ['without groups', /no claim 'groups'/, (name) => tokenFor(name, { groups: undefined })],
      ['with groups that are none', /no list of texts/, (name) => tokenFor(name, { groups: { a: true } })],
      ['altered', /signature .* is wrong/, altered],
      ['signed by somebody else', /signature .* is wrong/, (name) => forged(name, {})],
      ['signed with its own key', /signature .* is wrong/, (name) => forged(name, { jwk: stranger.jwk })],
      ['signed with a key elsewhere', /signature .* is wrong/, (name) => forged(name, { jku: `${issuer.url}/evil` })],
      [
        'with certificates',
        /signature .* is wrong/,
        (name) => forged(name, { x5u: `${issuer.url}/evil`, x5c: ['MII'] }),
      ],
      ['signed with an unknown key', /a key that its issuer does not show/, (name) => forged(name, { kid: 'other' })],
      ['that names a path as key', /does not show/, (name) => forged(name, { kid: '../../../dev/null' })],
      ['that names no key', /does not name its key/, (name) => forged(name, { kid: undefined })],
      ['that names an object as key', /./, (name) => forged(name, { kid: { a: 1 } })],
      [
        'that is not signed',
        /not signed with RS256/,
        (name) => assemble({ alg: 'none' }, claimsWith(person(name)), () => Buffer.of()),
      ],
      [
        'that says none',
        /not signed with RS256/,
        (name) => assemble({ ...header, alg: 'none' }, claimsWith(person(name)), byRsa(key)),
      ],
      [
        'that says nOnE',
        /not signed with RS256/,
        (name) => assemble({ ...header, alg: 'nOnE' }, claimsWith(person(name)), () => Buffer.of()),
      ],
      ['without its signature', /signature .* is wrong/, (name) => tokenFor(name).replace(/[^.]+$/, '')],
      [
        'HS256 with the public key',
        /not signed with RS256/,
        (name) => assemble({ ...header, alg: 'HS256' }, claimsWith(person(name)), byHmac(pem)),
      ],
      [
        'HS256 called RS256',
        /signature .* is wrong/,
        (name) => assemble(header, claimsWith(person(name)), byHmac(pem)),
      ],
      [
        'RS512',
        /not signed with RS256/,
        (name) => assemble({ ...header, alg: 'RS512' }, claimsWith(person(name)), byRsa(key, 'RSA-SHA512')),
      ],
      [
        'RS512 called RS256',
        /signature .* is wrong/,
        (name) => assemble(header, claimsWith(person(name)), byRsa(key, 'RSA-SHA512')),
      ],
      [
        'PS256',
        /not signed with RS256/,
        (name) => assemble({ ...header, alg: 'PS256' }, claimsWith(person(name)), pss),
      ],
      ['PS256 called RS256', /signature .* is wrong/, (name) => assemble(header, claimsWith(person(name)), pss)],
      [
        'ES256',
        /not signed with RS256/,
        (name) =>
          assemble({ ...header, alg: 'ES256' }, claimsWith(person(name)), (content) => sign('SHA256', content, small)),
      ],
      [
        'with a list as algorithm',
        /./,
        (name) => assemble({ ...header, alg: ['RS256'] }, claimsWith(person(name)), byRsa(key)),
      ],
      [
        'with a critical header',
        /cannot be read/,
        (name) => assemble({ ...header, crit: ['exp'], exp: 1 }, claimsWith(person(name)), byRsa(key)),
      ],
      [
        'with an unencoded payload',
        /cannot be read/,
        (name) => assemble({ ...header, b64: false, crit: ['b64'] }, claimsWith(person(name)), byRsa(key)),
      ],
      ['with a text as payload', /cannot be read/, () => assemble(header, 'hello', byRsa(key))],
      ['with a list as payload', /cannot be read/, () => assemble(header, '[]', byRsa(key))],
      ['with a broken header', /cannot be read/, () => assemble('{', '{}', byRsa(key))],
      ['too long', /longer than 16384/, (name) => tokenFor(name, { filler: 'x'.repeat(16_384) })],
      ['of dots alone', /not known/, () => '..'],
      ['of nothing', /cannot be read/, () => 'a.b.c'],
    ]
    for (const [what, message, make] of bad) {
      test(`are refused: ${what}`, async () => {
        const name = uniqueName('forged')
        const token = make(name)
        for (const line of ['GET /v1/users', 'GET /v1/data']) {
          assertError(await ask(token, line), { status: 401, code: 2002, message })
        }
        const call = await ask(token, 'POST /v1/algo/demo/Hello', { json: 1 })
        assertError(call, { status: 401, code: 2002, ...(message.source === 'not known' ? {} : { message }) })
        assert.ok(!(await userNames()).includes(name))
        assert.ok(!issuer.asked.includes('/evil'))
      })
    }

    test('say the same whether there is an account or not', async () => {
      const known = uniqueName('known')
      await whoIs(tokenFor(known))
      const replies = [known, uniqueName('unknown')].map((name) => ask(forged(name, {}), 'GET /v1/data'))
      const [one, other] = (await Promise.all(replies)).map((reply) => reply.json().error.message)
      assert.equal(one, other)
    })
  })

  describe('and accounts that exist', () => {
    test('are linked by an administrator, not by a name or an address', async () => {
      const { username, key: apiKey } = await createAccount(target, 'old')
      const token = tokenFor(username)
      const refused = { status: 403, code: 2001, message: /name of this token exists already and is not linked/ }
      assertError(await ask(token, 'GET /v1/data'), refused)
      const byAddress = tokenFor(uniqueName('x'), { email: `${username.toUpperCase()}@example.com` })
      assertError(await ask(byAddress, 'GET /v1/data'), { ...refused, message: /e-mail address of this token/ })
      assertError(await ask(tokenFor(target.username), 'GET /v1/users'), refused)

      const json = { external_id: username }
      const change = `PUT /v1/users/${username}`
      assertError(await send(target.url, change, { key: apiKey, json }), { status: 403, code: 2001 })
      assertError(await ask(tokenFor(uniqueName('x')), change, { json }), { status: 403, code: 2001 })
      assert.equal(jsonOf(await asAdmin(change, { json })).external_id, username)
      assert.equal(await whoIs(token), username)
      assert.equal('external_id' in jsonOf(await asAdmin(change, { json: { external_id: '' } })), false)
      assertError(await ask(token, 'GET /v1/data'), refused)
    })

    test('cannot be claimed by signing up', async () => {
      const name = uniqueName('jane')
      const inviteCode = uniqueName('code')
      await asAdmin('POST /v1/admin/invites', { json: { inviteCode } })
      const username = uniqueName('thief')
      const form = { username, email: `${username}@x.org`, password: 'correct horse', invite_code: inviteCode }
      jsonOf(await send(target.url, 'POST /v1/sign-up', { json: { ...form, external_id: name } }))
      assert.equal(await whoIs(tokenFor(name)), name)
    })

    test('do not come back after they were deleted', async () => {
      const name = uniqueName('jane')
      const token = tokenFor(name)
      await whoIs(token)
      assert.equal((await asAdmin(`DELETE /v1/users/${name}`)).status, 204)
      for (const each of [token, tokenFor(name)]) {
        assertError(await ask(each, 'GET /v1/data'), { status: 401, code: 2002, message: /was deleted/ })
      }
    })
  })

  describe('and groups', () => {
    async function createOrganization(): Promise<string> {
      const org_name = uniqueName('org')
      const about = { org_label: 'l', org_contact_name: 'c', org_email: 'o@example.com' }
      const groups = { external_admin_group: [`${org_name}-leads`], external_member_group: `${org_name}-team, others` }
      const json = { org_name, ...about, ...groups, external_executor_group: `${org_name}-callers` }
      jsonOf(await asAdmin('POST /v1/organizations', { json }))
      return org_name
    }

    async function roleOf(org: string, name: string): Promise<string | undefined> {
      const { results } = jsonOf(await asAdmin(`GET /v1/organizations/${org}/members`))
      return results.find(({ username }: Json) => username === name)?.role
    }

    test('give and take roles in organizations', async () => {
      const org = await createOrganization()
      const name = uniqueName('jane')
      for (const [groups, role] of [
        [[`${org}-team`], 'member'],
        [[`${org}-leads`, `${org}-team`], 'owner'],
        ['others', 'member'],
        [[], undefined],
        [[`${org}-leads`], 'owner'],
        [['nothing'], undefined],
      ] as const) {
        const token = tokenFor(name, { groups })
        const { folders } = jsonOf(await ask(token, 'GET /v1/data'))
        assert.equal(await roleOf(org, name), role)
        assert.equal(folders.length, role === undefined ? 1 : 2)
        const settings = await ask(token, `PUT /v1/organizations/${org}`, { json: { org_label: 'New' } })
        assert.equal(settings.status < 300, role === 'owner', settings.text)
      }
    })

    test('take the keys that came with a role', async () => {
      const org = await createOrganization()
      const name = uniqueName('jane')
      await whoIs(tokenFor(name, { groups: ['others', `${org}-team`] }))
      const json = { key_label: 'mine', key_type: 'ManagementKey', permissions: FULL_RIGHTS }
      const path = `/v1/organizations/${org}/members/${name}/keys`
      const { api_key: orgKey } = jsonOf(await asAdmin(`POST ${path}`, { json }), 201)
      jsonOf(await send(target.url, 'GET /v1/data', { key: orgKey }))
      await whoIs(tokenFor(name, { groups: [`${org}-callers`] }))
      assertError(await send(target.url, 'GET /v1/data', { key: orgKey }), { status: 401, code: 2002 })
      // The same by hand.
      await whoIs(tokenFor(name, { groups: [`${org}-team`] }))
      const { api_key: another } = jsonOf(await asAdmin(`POST ${path}`, { json }), 201)
      await asAdmin(`PUT /v1/organizations/${org}/members/${name}/role`, { json: { role: 'executor' } })
      assertError(await send(target.url, 'GET /v1/data', { key: another }), { status: 401, code: 2002 })
    })

    test('make administrators of tokens, over TLS or on this machine', async () => {
      const name = uniqueName('jane')
      const [admin, other] = [tokenFor(name, { groups: ['platform-admins'] }), tokenFor(name)]
      for (let times = 0; times < 2; times++) {
        jsonOf(await ask(admin, 'GET /v1/users'))
        assertError(await ask(other, 'GET /v1/users'), { status: 403, code: 2001 })
      }
      const headers = { 'X-Forwarded-For': '198.51.100.7', 'X-Forwarded-Proto': 'http' }
      const message = /^Tokens of administrators are accepted over TLS or from the server itself only/
      assertError(await ask(admin, 'GET /v1/users', { headers }), { status: 403, code: 2001, message })
      jsonOf(await ask(other, 'GET /v1/data', { headers }))
    })
  })

  describe('with algorithms', () => {
    let shop: Workshop
    before(async () => {
      const owner = await createAccount(target, 'asker')
      shop = (await createAlgorithm(target, owner, { name: 'Asker', language: 'python3' })).shop
      await pushGreen(shop, { 'src/Asker.py': ASKER, 'requirements.txt': '' })
      await publish(shop, { settings: { algorithm_callability: 'public' } })
    })
    const call = () => `POST /v1/algo/${shop.owner.username}/Asker`

    test('call them, also when the first request is a call', async () => {
      const token = tokenFor(uniqueName('jane'))
      for (const value of [1, 2]) assert.equal(jsonOf(await ask(token, call(), { json: value })).result, value)
      const headers = { Authorization: `Simple ${tokenFor(uniqueName('jane'))}` }
      assert.equal(jsonOf(await send(target.url, call(), { headers, json: 3 })).result, 3)
    })

    test('manage the own ones, and make keys', async () => {
      const name = uniqueName('jane')
      const token = tokenFor(name)
      const json = { key_label: 'mine', key_type: 'ManagementKey', permissions: FULL_RIGHTS }
      const made = jsonOf(await ask(token, `POST /v1/users/${name}/keys`, { json }))
      assert.match(made.api_key, /^sim/)
    })

    test('open no repository', async () => {
      const name = uniqueName('jane')
      const token = tokenFor(name)
      await whoIs(token)
      for (const username of [name, 'Bearer', shop.owner.username]) {
        const url = new URL(shop.gitUrl)
        Object.assign(url, { username, password: token })
        assert.notEqual((await git('/', 'ls-remote', url.href)).code, 0)
      }
      const line = `GET /git/${shop.owner.username}/Asker.git/info/refs?service=git-upload-pack`
      assert.equal((await ask(token, line)).status, 401)
    })

    test('are worth no more inside one than their account', async () => {
      const { key: caller } = await createAccount(target, 'caller')
      const [byGroup, byAccount] = [uniqueName('jane'), uniqueName('root')]
      await asAdmin(`PUT /v1/users/${target.username}`, { json: { external_id: byAccount } })
      for (const [name, token] of [
        [byGroup, tokenFor(byGroup, { groups: ['platform-admins'] })],
        [target.username, tokenFor(byAccount)],
      ] as const) {
        const inside = async (path: string): Promise<[number, string]> => {
          const json = { path, headers: { Authorization: `Bearer ${token}` } }
          return jsonOf(await send(target.url, call(), { key: caller, json })).result
        }
        const [status, text] = await inside('/v1/data')
        assert.deepEqual([status, JSON.parse(text).folders[0].name], [200, name])
        assert.equal((await inside('/v1/users'))[0], 403)
        jsonOf(await ask(token, 'GET /v1/users'))
      }
    })
  })

  describe('and a provider that is away', () => {
    test('while the key set is away, tokens of known keys count, new ones too', async () => {
      const name = uniqueName('jane')
      const token = tokenFor(name)
      await whoIs(token)
      issuer.status = 503
      assert.equal(await whoIs(token), name)
      assert.equal(await whoIs(tokenFor(name)), name)
      issuer.status = 200
    })
  })
})

describe('without a key set', { timeout: 120_000, skip: !isOurs && 'needs settings of its own' }, () => {
  test('a token is no credential', async () => {
    const target = await startTarget()
    try {
      const headers = { Authorization: `Bearer ${tokenOf(key, { sub: target.username, groups: [] })}` }
      assertError(await send(target.url, 'GET /v1/users', { headers }), {
        status: 401,
        code: 2002,
        message: /not known/,
      })
    } finally {
      await target.close()
    }
  })

  test('one that cannot be read is said to be so', async () => {
    const target = await startTarget({
      ALGORIST_JWT_JWKS_URL: 'http://127.0.0.1:1/keys',
      ALGORIST_JWT_ISSUER: ISSUER,
      ALGORIST_JWT_AUDIENCE: AUDIENCE,
    })
    try {
      const headers = { Authorization: `Bearer ${tokenOf(key, { sub: 'jane' })}` }
      const reply = await send(target.url, 'GET /v1/users', { headers })
      assertError(reply, { status: 503, message: /identity provider shows no keys/ })
      assert.equal(reply.header('Retry-After'), '30')
    } finally {
      await target.close()
    }
  })
})
