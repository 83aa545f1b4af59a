import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import { pino } from 'pino'
import { createUser, updateUser } from '../accounts/accounts.ts'
import { closeUser } from '../accounts/closing.ts'
import { createAccountDirectory } from '../accounts/directory.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import { testDatabases } from '../db/testing.ts'
import { createKeyRing } from '../keys/key-ring.ts'
import { addMember, setRole } from '../organizations/members.ts'
import { createOrganization, updateOrganization } from '../organizations/organizations.ts'
import type { Services } from '../services.ts'
import type { TokenSettings } from '../token-settings.ts'
import { createKeySet } from './key-set.ts'
import { type Claims, type Issuer, openIssuer, testEgress } from './testing.ts'
import { createTokens } from './tokens.ts'

const log = pino({ level: 'silent' })

function isError(name: ErrorName, message?: RegExp) {
  return (error: unknown) =>
    error instanceof ApiError && error.error === name && (message === undefined || message.test(error.message))
}

const nowSeconds = () => Math.floor(Date.now() / 1000)

for (const { engine, open } of testDatabases()) {
  describe(`tokens on ${engine}`, { timeout: 120_000 }, () => {
    let issuer: Issuer
    before(async () => {
      issuer = await openIssuer()
    })
    after(() => issuer.close())

    async function openBench(change: Partial<TokenSettings> = {}) {
      const { db } = await open()
      const directory = await createAccountDirectory(db)
      const keyRing = await createKeyRing(db)
      const services = { db, directory, keyRing, log }
      await createUser(services, { username: 'admin', email: 'admin@example.com' })
      const account = entry('admin')
      const admin: Caller = { kind: 'admin', account, keyId: 'k' }
      const keySet = createKeySet({ url: issuer.settings.keySetUrl, egress: testEgress, log })
      const settings = { ...issuer.settings, ...change }
      const tokens = createTokens({ settings, keySet, services })

      function entry(name: string): AccountEntry {
        const found = directory.byName(name)
        assert.ok(found, name)
        return found
      }

      /** Signs in with a new token; the account's name. */
      async function signIn(claims: Claims): Promise<string> {
        const { accountId } = await tokens.lookup(issuer.token(claims))
        return directory.byId(accountId)?.name ?? 'nobody'
      }

      async function createLab(groups: object): Promise<string> {
        const required = { org_label: 'Lab', org_contact_name: 'some owner', org_email: 'org@example.com' }
        const { row } = await createOrganization(services, admin, { org_name: 'lab', ...required, ...groups })
        return row.id
      }

      return { services, directory, admin, tokens, entry, signIn, createLab }
    }

    test('a token is waited for once, and then known', async () => {
      const { tokens } = await openBench()
      const token = issuer.token({ sub: 'ada', jti: 'one' })
      const first = tokens.lookup(token)
      assert.ok(first instanceof Promise)
      assert.equal(tokens.lookup(token), first)
      const login = await first
      assert.equal(tokens.lookup(token), login)
      const other = await tokens.lookup(issuer.token({ sub: 'ada', jti: 'two' }))
      assert.equal(other.accountId, login.accountId)
      assert.notEqual(other.id, login.id)
    })

    test('a token is forgotten when it expires', async () => {
      const { tokens } = await openBench()
      // Within the time that clocks may differ.
      const token = issuer.token({ sub: 'ada', exp: nowSeconds() - 5 })
      await tokens.lookup(token)
      assert.ok(tokens.lookup(token) instanceof Promise)
    })

    test('32 first uses of one token, and of 32 tokens of one person, make one account', async () => {
      const { tokens, services } = await openBench()
      const one = issuer.token({ sub: 'ada', email: 'ada@example.com' })
      const others = Array.from({ length: 32 }, (_, index) =>
        issuer.token({ sub: 'eve', email: 'e@x.org', jti: `${index}` }),
      )
      const logins = await Promise.all([...Array(32).fill(one), ...others].map((token) => tokens.lookup(token)))
      assert.equal(new Set(logins.slice(0, 32).map(({ accountId }) => accountId)).size, 1)
      assert.equal(new Set(logins.slice(32).map(({ accountId }) => accountId)).size, 1)
      const rows = await services.db.selectFrom('accounts').select('name').orderBy('name').execute()
      assert.deepEqual(rows, [{ name: 'ada' }, { name: 'admin' }, { name: 'eve' }])
    })

    test('servers that share a database make one account as well', { skip: engine === 'sqlite' }, async () => {
      const { services, tokens } = await openBench()
      const keySet = createKeySet({ url: issuer.settings.keySetUrl, egress: testEgress, log })
      const others = await Promise.all(
        Array.from({ length: 8 }, async () => {
          const directory = await createAccountDirectory(services.db)
          return createTokens({ settings: issuer.settings, keySet, services: { ...services, directory } })
        }),
      )
      const token = issuer.token({ sub: 'ada' })
      const logins = await Promise.all([tokens, ...others].map((each) => each.lookup(token)))
      assert.equal(new Set(logins.map(({ accountId }) => accountId)).size, 1)
    })

    test('names are made from the claim, valid and free', async () => {
      const { signIn, entry } = await openBench({ usernameClaim: 'who' })
      const names = {
        'jane.doe@example.com': 'jane_doe',
        'jane.doe@example.org': 'jane_doe_2',
        'jane-doe': 'jane_doe_3',
        'auth0|7': 'auth0_7',
        '7': 'user_7',
        '@': 'user__',
        ž: 'user___2',
        [`u${'x'.repeat(40)}`]: `u${'x'.repeat(29)}`,
        [`u${'x'.repeat(41)}`]: `u${'x'.repeat(27)}_2`,
      }
      for (const [who, name] of Object.entries(names)) {
        assert.equal(await signIn({ who, sub: 'same' }), name)
        assert.equal(entry(name).externalId, who)
        assert.equal(entry(name).email, `${name}@users.invalid`)
      }
      for (const [who, name] of Object.entries(names)) assert.equal(await signIn({ who, jti: 'again' }), name)
      for (const who of [undefined, '', ' ', 7, ['a'], 'x'.repeat(256)]) {
        await assert.rejects(signIn({ who, sub: 'a' }), isError('NotAuthenticated', /no claim 'who' of 1 to 255/))
      }
    })

    test('the case of an identity counts, that of a name does not', async () => {
      const { signIn } = await openBench()
      assert.deepEqual([await signIn({ sub: 'jane' }), await signIn({ sub: 'JANE' })], ['jane', 'JANE_2'])
    })

    test('the e-mail address comes from its claim when it is one', async () => {
      const { signIn, entry } = await openBench()
      for (const [sub, email, stored] of [
        ['a', 'A@example.com', 'A@example.com'],
        ['b', 'b b@example.com', 'b@users.invalid'],
        ['c', ['c@example.com'], 'c@users.invalid'],
        ['d', `${'d'.repeat(100)}@example.com`, 'd@users.invalid'],
      ] as const) {
        assert.equal(entry(await signIn({ sub, email })).email, stored)
      }
    })

    test('an account that is not linked is not taken over, by name or by e-mail address', async () => {
      const { services, signIn, entry, createLab } = await openBench()
      const taken = isError('NotAuthorized', /exists already and is not linked.*PUT \/v1\/users/)
      for (const claims of [{ sub: 'admin' }, { sub: 'ADMIN' }, { sub: 'someone', email: 'Admin@Example.com' }]) {
        await assert.rejects(signIn(claims), taken)
      }
      await createLab({})
      assert.equal(await signIn({ sub: 'lab' }), 'lab_2')
      await updateUser(services, 'admin', { external_id: 'someone' })
      assert.equal(await signIn({ sub: 'someone', email: 'admin@example.com' }), 'admin')
      assert.equal(entry('admin').externalId, 'someone')
      const another = updateUser(services, 'lab_2', { external_id: 'someone' })
      await assert.rejects(another, isError('InputValidationError', /external_id/))
    })

    test('a token stops working when its identity is linked to another account, or to none', async () => {
      const { services, tokens, entry } = await openBench()
      const token = issuer.token({ sub: 'ada' })
      const { accountId } = await tokens.lookup(token)
      await updateUser(services, 'ada', { external_id: '' })
      await assert.rejects(
        async () => tokens.lookup(token),
        isError('NotAuthorized', /name of this token exists already/),
      )
      await updateUser(services, 'admin', { external_id: 'ada' })
      assert.equal((await tokens.lookup(token)).accountId, entry('admin').id)
      await updateUser(services, 'admin', { external_id: '' })
      await updateUser(services, 'ada', { external_id: 'ada' })
      assert.equal((await tokens.lookup(token)).accountId, accountId)
    })

    test('a deleted account does not come back', async () => {
      const { services, admin, signIn } = await openBench()
      await signIn({ sub: 'ada', email: 'ada@example.com' })
      await createUser(services, { username: 'eve', email: 'eve@example.com' })
      const none = async () => {}
      const uses = { ...services, sessions: { endAll: none }, runner: { recycle: none } } as unknown as Services
      for (const name of ['ada', 'eve']) await closeUser(uses, admin, name)
      await assert.rejects(signIn({ sub: 'ada' }), isError('NotAuthenticated', /was deleted/))
      await assert.rejects(signIn({ sub: 'eve' }), isError('NotAuthorized'))
      await assert.rejects(signIn({ sub: 'x', email: 'ada@example.com' }), isError('NotAuthorized'))
    })

    describe('with groups', () => {
      const settings = { groupsClaim: 'groups', adminGroup: 'admins' }
      const groups = {
        external_admin_group: ['leads', 'CN=a,OU=b'],
        external_member_group: 'team, other ',
        external_executor_group: ['callers'],
      }

      async function openLab() {
        const bench = await openBench(settings)
        const id = await bench.createLab(groups)
        const roleOf = (name: string) => bench.directory.roleOf(id, bench.entry(name).id)
        /** Role in memory after signing in, which must be the stored one as well. */
        async function roleWith(given: unknown, claims: Claims = {}): Promise<string | undefined> {
          const name = await bench.signIn({ sub: 'ada', jti: crypto.randomUUID(), groups: given, ...claims })
          const stored = await createAccountDirectory(bench.services.db)
          assert.equal(stored.roleOf(id, bench.entry(name).id), roleOf(name))
          return roleOf(name)
        }
        return { ...bench, id, roleOf, roleWith }
      }

      test('roles follow them, the highest first', async () => {
        const { roleWith } = await openLab()
        for (const [given, role] of [
          [['team'], 'member'],
          ['other', 'member'],
          [['team', 'leads'], 'owner'],
          ['CN=a,OU=b', 'owner'],
          ['callers', 'executor'],
          [['callers', 'team'], 'member'],
          ['team,leads', undefined],
          ['Team', undefined],
          [['nothing'], undefined],
          [['callers'], 'executor'],
          [[], undefined],
          ['', undefined],
        ] as const) {
          assert.equal(await roleWith(given), role, String(given))
        }
      })

      test('a token without them is refused before anything is made', async () => {
        const { signIn, directory, roleWith } = await openLab()
        await assert.rejects(signIn({ sub: 'bob' }), isError('NotAuthenticated', /no claim 'groups'/))
        for (const wrong of [null, 7, {}, ['a', 7]]) {
          await assert.rejects(signIn({ sub: 'bob', groups: wrong }), isError('NotAuthenticated', /no list of texts/))
        }
        assert.equal(directory.byName('bob'), undefined)
        assert.equal(await roleWith(['team']), 'member')
        await assert.rejects(signIn({ sub: 'ada' }), isError('NotAuthenticated'))
        assert.equal(directory.roleOf(directory.byName('lab')?.id ?? '', directory.byName('ada')?.id ?? ''), 'member')
      })

      test('who was added by hand stays, with the role that was given', async () => {
        const { services, admin, signIn, roleWith } = await openLab()
        await signIn({ sub: 'ada', groups: [] })
        await addMember(services, admin, { organization: 'lab', user: 'ada' })
        assert.deepEqual(
          [await roleWith([]), await roleWith(['callers']), await roleWith(['leads']), await roleWith([])],
          ['member', 'member', 'owner', 'member'],
        )
        await setRole(services, admin, { organization: 'lab', user: 'ada', role: 'executor' })
        assert.deepEqual([await roleWith([]), await roleWith(['team'])], ['executor', 'member'])
      })

      test('who is added by hand after groups did it stays', async () => {
        const { services, admin, roleWith } = await openLab()
        assert.equal(await roleWith(['team']), 'member')
        assert.equal(await addMember(services, admin, { organization: 'lab', user: 'ada' }), false)
        assert.equal(await roleWith([]), 'member')
      })

      test('the last owner stays', async () => {
        const { services, admin, roleWith, id } = await openLab()
        assert.equal(await roleWith(['leads']), 'owner')
        await setRole(services, admin, { organization: 'lab', user: 'admin', role: 'member' })
        assert.deepEqual([await roleWith([]), await roleWith(['team'])], ['owner', 'owner'])
        await setRole(services, admin, { organization: 'lab', user: 'admin', role: 'owner' })
        assert.equal(await roleWith(['team']), 'member')
        assert.deepEqual(services.directory.membersOf(id).length, 2)
      })

      test('an older token changes nothing, and a remembered one neither', async () => {
        const { tokens, roleOf, roleWith } = await openLab()
        const old = issuer.token({ sub: 'ada', iat: nowSeconds() - 100, groups: ['leads'] })
        await tokens.lookup(old)
        assert.equal(roleOf('ada'), 'owner')
        assert.equal(await roleWith([]), undefined)
        await tokens.lookup(old)
        assert.equal(roleOf('ada'), undefined)
        assert.equal(await roleWith(['leads'], { iat: nowSeconds() - 50 }), undefined)
        assert.equal(await roleWith(['leads'], { iat: undefined }), 'owner')
      })

      test('other groups of an organization count for the next token', async () => {
        const { services, admin, roleWith } = await openLab()
        assert.equal(await roleWith(['team']), 'member')
        await updateOrganization(services, admin, { name: 'lab', change: { external_member_group: 'new' } })
        assert.equal(await roleWith(['team']), undefined)
        assert.equal(await roleWith(['new']), 'member')
      })

      test('32 tokens at the same time leave one of their roles, the same everywhere', async () => {
        const { services, tokens, id, entry } = await openLab()
        const all = Array.from({ length: 32 }, (_, index) =>
          issuer.token({ sub: 'ada', jti: `${index}`, groups: [['team', 'leads', 'callers', ''][index % 4]] }),
        )
        await Promise.all(all.map((token) => tokens.lookup(token)))
        const stored = await createAccountDirectory(services.db)
        assert.equal(stored.roleOf(id, entry('ada').id), services.directory.roleOf(id, entry('ada').id))
      })

      test('the group of administrators makes the token one, not the account', async () => {
        const { tokens, entry } = await openLab()
        const isAdministrator = async (given: unknown) =>
          (await tokens.lookup(issuer.token({ sub: 'ada', groups: given }))).isAdministrator
        assert.equal(await isAdministrator(['admins']), true)
        assert.equal(await isAdministrator(['Admins', 'team']), false)
        assert.equal(entry('ada').isAdmin, false)
      })
    })
  })
}
