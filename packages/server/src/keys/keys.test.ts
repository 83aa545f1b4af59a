import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import { pino } from 'pino'
import { createUser, updateUser } from '../accounts/accounts.ts'
import { createAccountDirectory } from '../accounts/directory.ts'
import { createLoginGuard } from '../accounts/login-guard.ts'
import { authenticateBasic, verifyPassword } from '../accounts/passwords.ts'
import { type Caller, FULL_RIGHTS } from '../caller.ts'
import { testDatabases } from '../db/testing.ts'
import { createSecretBox } from '../secret-box.ts'
import { removeKey, rotateKey } from './changes.ts'
import { createKeyRing, digestOf } from './key-ring.ts'
import { createKey, importKey, type KeyServices, listKeys } from './keys.ts'
import { keepLastUsed } from './last-used.ts'
import { CALLING_RIGHTS } from './rights.ts'

function isError(name: ErrorName) {
  return (error: unknown) => error instanceof ApiError && error.error === name
}

for (const { engine, open } of testDatabases()) {
  describe(`keys on ${engine}`, { timeout: 120_000 }, () => {
    async function start(): Promise<{ services: KeyServices; admin: Caller }> {
      const { db } = await open()
      const directory = await createAccountDirectory(db)
      const secretBox = createSecretBox(Buffer.alloc(32))
      const services = { db, directory, keyRing: await createKeyRing(db), secretBox }
      await createUser(services, { username: 'root', email: 'root@example.com' })
      await createUser(services, { username: 'Ada', email: 'ada@example.com', password: 'correct horse' })
      await createUser(services, { username: 'eve', email: 'eve@example.com' })
      const root = directory.byName('root')
      assert.ok(root)
      directory.put({ ...root, isAdmin: true })
      return { services, admin: { kind: 'admin', account: { ...root, isAdmin: true }, keyId: 'k' } }
    }

    function callerWith(services: KeyServices, key: string): Caller {
      const entry = services.keyRing.lookup(key)
      const account = entry && services.directory.byId(entry.accountId)
      assert.ok(entry?.kind === 'standard' && account)
      return { kind: 'key', login: 'key', account, keyId: entry.id, rights: entry.rights }
    }

    test('createKey() shows the key whole, and it works at once and after a restart', async () => {
      const { services, admin } = await start()
      const key = await createKey(services, admin, 'ada', { key_type: 'ManagementKey', key_label: 'mine' })
      assert.match(key.api_key, /^sim[A-Za-z0-9]{25}$/)
      assert.equal(key.api_key_mask, key.api_key.slice(0, 9).padEnd(28, '.'))
      assert.deepEqual([key.username, key.key_label, key.key_type], ['Ada', 'mine', 'ManagementKey'])
      for (const ring of [services.keyRing, await createKeyRing(services.db)]) {
        const entry = ring.lookup(key.api_key)
        assert.equal(entry?.accountId, services.directory.byName('ada')?.id)
        assert.deepEqual(entry?.kind === 'standard' && entry.rights, FULL_RIGHTS)
        assert.equal(ring.lookup(`${key.api_key} `), undefined)
        assert.equal(ring.lookup(''), undefined)
      }
    })

    test('the database holds a digest and a sealed copy, not the key', async () => {
      const { services, admin } = await start()
      const { api_key } = await createKey(services, admin, 'ada', { key_type: 'AlgorithmKey' })
      const row = await services.db.selectFrom('api_keys').selectAll().executeTakeFirstOrThrow()
      assert.ok(!JSON.stringify(row).includes(api_key))
      assert.equal(row.digest, digestOf(api_key))
      assert.equal(services.secretBox.open(row.sealed, row.id), api_key)
    })

    test('permissions say what a key may do, and all of its kind when left out', async () => {
      const { services, admin } = await start()
      const rights = async (permissions?: object) => {
        const type = { key_type: 'AlgorithmKey' } as const
        const key = await createKey(services, admin, 'ada', permissions ? { ...type, permissions } : type)
        const entry = services.keyRing.lookup(key.api_key)
        return entry?.kind === 'standard' ? entry.rights : undefined
      }
      assert.deepEqual(await rights(), CALLING_RIGHTS)
      assert.deepEqual(await rights({}), {
        allowData: false,
        allowDataWrite: false,
        allowAlgo: false,
        allowWebAlgo: false,
        refererHost: null,
        allowAlgoManagement: false,
        algoAcl: [],
      })
      const acl = await rights({ algo_acl: ['algo://demo/Hello', 'algo://demo/Hello/*', 'algo://x/*'] })
      assert.deepEqual(acl?.algoAcl, ['algo://demo/Hello/*', 'algo://x/*'])
      for (const entry of ['algo:/x', 'algo://x', '*', 'algo://a-b/*', 'algo://a/b/1.0.0', 'data://x/*']) {
        await assert.rejects(rights({ algo_acl: [entry] }), isError('InputValidationError'), entry)
      }
    })

    test('a key makes keys of its own account only, with no more rights than it has', async () => {
      const { services, admin } = await start()
      const permissions = { allow_algo: true, allow_algo_management: true, algo_acl: ['algo://demo/*'] }
      const { api_key } = await createKey(services, admin, 'ada', { key_type: 'ManagementKey', permissions })
      const ada = callerWith(services, api_key)
      const make = (wanted: object) =>
        createKey(services, ada, 'ADA', { key_type: 'AlgorithmKey', permissions: wanted })
      assert.deepEqual((await make({ allow_algo: true, algo_acl: ['algo://demo/Hello'] })).permissions?.algo_acl, [
        'algo://demo/Hello/*',
      ])
      for (const more of [{ allow_data: true }, { algo_acl: ['algo://*'] }, { algo_acl: ['algo://demo2/*'] }]) {
        await assert.rejects(make(more), isError('NotAuthorized'), JSON.stringify(more))
      }
      const inherited = await createKey(services, ada, 'ada', { key_type: 'ManagementKey' })
      assert.deepEqual(inherited.permissions?.algo_acl, ['algo://demo/*'])
      assert.equal(inherited.permissions?.allow_data, false)
      for (const other of ['eve', 'nobody', services.directory.byName('eve')?.id ?? '']) {
        await assert.rejects(createKey(services, ada, other, { key_type: 'AlgorithmKey' }), isError('NotAuthorized'))
      }
      const adminKey = { key_type: 'PlatformAdminKey' } as const
      await assert.rejects(createKey(services, ada, 'ada', adminKey), isError('NotAuthorized'))
    })

    test('admin keys are made for administrators only', async () => {
      const { services, admin } = await start()
      const adminKey = { key_type: 'PlatformAdminKey' } as const
      await assert.rejects(createKey(services, admin, 'ada', adminKey), isError('InputValidationError'))
      const key = await createKey(services, admin, 'root', adminKey)
      assert.equal(services.keyRing.lookup(key.api_key)?.kind, 'admin')
      assert.equal(key.permissions, undefined)
    })

    test('importKey() takes any text, again without harm, and never that of somebody else', async () => {
      const { services, admin } = await start()
      const key = { api_key: 'simabcd123', permissions: { allow_algo: true, algo_acl: ['algo://*'] } }
      const first = await importKey(services, admin, 'ada', key)
      assert.equal(first.api_key, 'simabcd123')
      assert.equal(first.api_key_mask, 'sim'.padEnd(28, '.'))
      await importKey(services, admin, 'ada', { ...key, key_label: 'again', permissions: {} })
      assert.equal(services.keyRing.size(), 1)
      assert.equal((await listKeys(services, admin, 'ada'))[0]?.key_label, 'again')
      const entry = services.keyRing.lookup('simabcd123')
      assert.equal(entry?.kind === 'standard' && entry.rights.allowAlgo, false)
      await assert.rejects(importKey(services, admin, 'eve', key), isError('InputValidationError'))
      await assert.rejects(importKey(services, admin, 'ada', { api_key: 'a.b.c' }), isError('InputValidationError'))
      const ada = callerWith(services, 'simabcd123')
      await assert.rejects(importKey(services, ada, 'ada', key), isError('NotAuthorized'))
    })

    test('32 parallel importKey() of one text for two users leave it with one of them', async () => {
      const { services, admin } = await start()
      const attempts = Array.from({ length: 32 }, (_, i) =>
        importKey(services, admin, i % 2 ? 'ada' : 'eve', { api_key: 'simshared' }),
      )
      const results = await Promise.allSettled(attempts)
      const winners = new Set(results.flatMap((result) => (result.status === 'fulfilled' ? result.value.username : [])))
      assert.equal(winners.size, 1)
      const ownerId = services.keyRing.lookup('simshared')?.accountId ?? ''
      assert.equal(services.directory.byId(ownerId)?.name, [...winners][0])
    })

    test('listKeys() shows masks, to administrators and the account itself', async () => {
      const { services, admin } = await start()
      const { api_key } = await createKey(services, admin, 'ada', { key_type: 'ManagementKey' })
      const keys = await listKeys(services, callerWith(services, api_key), 'ada')
      assert.equal(keys[0]?.api_key, keys[0]?.api_key_mask)
      assert.ok(!JSON.stringify(keys).includes(api_key))
      await assert.rejects(listKeys(services, callerWith(services, api_key), 'eve'), isError('NotAuthorized'))
      await assert.rejects(listKeys(services, admin, 'nobody'), isError('UserNotFound'))
    })

    test('a deleted key ends before the answer, and nothing brings it back', async () => {
      const { services, admin } = await start()
      const { api_key, id = '' } = await createKey(services, admin, 'ada', { key_type: 'AlgorithmKey' })
      const row = await services.db.selectFrom('api_keys').selectAll().executeTakeFirstOrThrow()
      const remove = (username: string) => removeKey(services, admin, { username, keyId: id })
      await assert.rejects(remove('eve'), isError('PathNotFound'))
      await remove('ada')
      assert.equal(services.keyRing.lookup(api_key), undefined)
      services.keyRing.put(row)
      assert.equal(services.keyRing.lookup(api_key), undefined)
      await assert.rejects(remove('ada'), isError('PathNotFound'))
      await importKey(services, admin, 'ada', { api_key })
      assert.ok(services.keyRing.lookup(api_key))
    })

    test('32 rotations at the same time leave every new key working, and the old one for the overlap', async () => {
      const { services, admin } = await start()
      const old = await createKey(services, admin, 'ada', { key_type: 'AlgorithmKey', key_label: 'ci' })
      const params = { username: 'ada', keyId: old.id }
      const made = await Promise.all(Array.from({ length: 32 }, () => rotateKey(services, admin, params, 60)))
      for (const { api_key } of [...made, old]) assert.ok(services.keyRing.lookup(api_key))
      assert.ok(made.every(({ key_label }) => key_label === 'ci'))
      await rotateKey(services, admin, params, 0)
      assert.equal(services.keyRing.lookup(old.api_key), undefined)
      assert.equal((await createKeyRing(services.db)).lookup(old.api_key), undefined)
    })

    test('the last use of a key is written in the background', async () => {
      const { services, admin } = await start()
      const { api_key } = await createKey(services, admin, 'ada', { key_type: 'AlgorithmKey' })
      const keeper = keepLastUsed({ ...services, log: pino({ level: 'silent' }), everyMs: 1_000_000 })
      services.keyRing.lookup(api_key)
      await keeper.close()
      const [key] = await listKeys(services, admin, 'ada')
      assert.ok(Math.abs(Date.parse(key?.last_used_at ?? '') - Date.now()) < 60_000)
    })

    test('a Basic login takes a password, or a standard key beside any user name', async () => {
      const { services: kept, admin } = await start()
      const services = { ...kept, loginGuard: createLoginGuard() }
      const basic = (name: string, password: string) =>
        authenticateBasic(services, { name, password, address: '127.0.0.1' })
      const { api_key } = await createKey(services, admin, 'ada', { key_type: 'AlgorithmKey' })
      const byKey = await basic('ADA', api_key)
      assert.deepEqual(byKey.kind === 'key' && byKey.rights, CALLING_RIGHTS)
      const besideOther = await basic('some_organization', api_key)
      assert.equal(besideOther.kind === 'key' && besideOther.account.name, 'Ada')
      const byPassword = await basic('ada', 'correct horse')
      assert.deepEqual(byPassword.kind === 'key' && byPassword.rights, FULL_RIGHTS)
      for (const [name, password] of [
        ['eve', ''],
        ['ada', 'wrong'],
        ['nobody', 'correct horse'],
      ] as const) {
        await assert.rejects(basic(name, password), isError('NotAuthenticated'))
      }
      const adminKey = await createKey(services, admin, 'root', { key_type: 'PlatformAdminKey' })
      await assert.rejects(basic('root', adminKey.api_key), isError('NotAuthorized'))
    })

    test('verifyPassword() follows a change of the password', async () => {
      const { services } = await start()
      await updateUser(services, 'ada', { password: 'new one' })
      assert.equal(await verifyPassword(services, 'ada', 'correct horse'), null)
      assert.equal((await verifyPassword(services, 'ada', 'new one'))?.name, 'Ada')
    })
  })
}
