import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import type { NewConnector } from '@algorist/contract/operations/connectors.ts'
import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import { pino } from 'pino'
import { createUser } from '../accounts/accounts.ts'
import { closeUser } from '../accounts/closing.ts'
import { createAccountDirectory } from '../accounts/directory.ts'
import { createSessions } from '../accounts/sessions.ts'
import { type Caller, FULL_RIGHTS, type KeyRights, type Login } from '../caller.ts'
import { testDatabases } from '../db/testing.ts'
import { createEgressGate } from '../http/egress-gate.ts'
import { createKeyRing } from '../keys/key-ring.ts'
import { addMember, setRole } from '../organizations/members.ts'
import { createOrganization } from '../organizations/organizations.ts'
import { createSecretBox } from '../secret-box.ts'
import { changeConnector, createConnector, getConnector, listConnectors, removeConnector } from './connectors.ts'
import { createOpenConnectors } from './open-connectors.ts'

const SECRET = 'wJalrXUtnFEMI-K7MDENG'
const s3 = (more: Partial<NewConnector> = {}): NewConnector => ({
  protocol: 's3',
  cred_type: 'iam',
  cred_data: { access_key_id: 'AKIA', secret_access_key: SECRET },
  ...more,
})
const dropbox = (more: Partial<NewConnector> = {}): NewConnector => ({
  protocol: 'dropbox',
  cred_type: 'oauth',
  cred_data: { access_token: 'token' },
  ...more,
})

const isError =
  (name: ErrorName, message = /./) =>
  (error: unknown) =>
    error instanceof ApiError && error.error === name && message.test(error.message)

for (const { engine, open } of testDatabases()) {
  describe(`connectors on ${engine}`, { timeout: 120_000 }, () => {
    async function start() {
      const { db } = await open()
      const directory = await createAccountDirectory(db)
      const secretBox = createSecretBox(Buffer.alloc(32))
      for (const username of ['root', 'Ada', 'eve', 'cy']) {
        await createUser({ db, directory }, { username, email: `${username}@example.com` })
      }
      const accountOf = (name: string) => {
        const account = directory.byName(name)
        assert.ok(account, name)
        return account
      }
      const as = (name: string, rights: Partial<KeyRights> = {}, login: Login = 'key'): Caller => ({
        ...{ kind: 'key', login, account: accountOf(name), keyId: 'k' },
        rights: { ...FULL_RIGHTS, ...rights },
      })
      const admin: Caller = { kind: 'admin', account: { ...accountOf('root'), isAdmin: true }, keyId: 'k' }
      const connectors = createOpenConnectors({
        ...{ db, secretBox, egress: createEgressGate({ allow: createAddressSet([]) }) },
        ...{ dropboxApp: { key: null, secret: null }, log: pino({ level: 'silent' }) },
      })
      const services = { db, directory, secretBox, connectors }
      const ada = { username: 'ada' }
      const create = (wanted: NewConnector) => createConnector(services, as('Ada'), ada, wanted)
      const labels = async () =>
        (await listConnectors(services, as('Ada'), ada)).map(
          ({ protocol, label, is_default }) => `${protocol}+${label}${is_default ? ' default' : ''}`,
        )
      return { services, as, admin, ada, create, labels, accountOf }
    }

    test('createConnector() chooses free labels; the first of a protocol is its default', async () => {
      const { create, labels } = await start()
      for (const wanted of [s3(), s3(), dropbox({ label: '' }), s3({ label: 's3_3' }), s3()]) await create(wanted)
      assert.deepEqual(await labels(), ['s3+s3 default', 's3+s3_2', 'dropbox+dropbox default', 's3+s3_3', 's3+s3_4'])
    })

    test('a label is taken whatever its spelling, for its protocol and its account alone', async () => {
      const { services, as, create } = await start()
      await create(s3({ label: 'Lab' }))
      await assert.rejects(create(s3({ label: 'lAB' })), isError('ConnectorLabelTaken'))
      await create(dropbox({ label: 'lab' }))
      await createConnector(services, as('eve'), { username: 'eve' }, s3({ label: 'lab' }))
    })

    test('there is one default of a protocol: asked for, moved, given up', async () => {
      const { services, as, ada, create, labels } = await start()
      await create(s3({ label: 'a' }))
      const b = await create(s3({ label: 'b', is_default: true }))
      await create(dropbox())
      assert.deepEqual(await labels(), ['s3+a', 's3+b default', 'dropbox+dropbox default'])
      const params = { ...ada, connectorId: b.connector_id }
      await changeConnector(services, as('Ada'), params, { is_default: false })
      assert.deepEqual(await labels(), ['s3+a', 's3+b', 'dropbox+dropbox default'])
      await create(s3({ label: 'c', is_default: false }))
      await create(s3({ label: 'd' }))
      assert.deepEqual(await labels(), ['s3+a', 's3+b', 'dropbox+dropbox default', 's3+c', 's3+d default'])
    })

    test('of 32 at once with one label one is made, and 32 without a label get 32 and one default', async () => {
      const { create, labels } = await start()
      const attempts = Array.from({ length: 32 }, () => create(s3({ label: 'lab' })))
      const results = await Promise.allSettled(attempts)
      const refused = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
      assert.equal(refused.length, 31)
      assert.ok(refused.every(isError('ConnectorLabelTaken')), String(refused[0]))
      await Promise.all(Array.from({ length: 32 }, () => create(dropbox())))
      const all = await labels()
      assert.equal(all.filter((label) => label.startsWith('dropbox+')).length, 32)
      assert.equal(all.filter((label) => label.endsWith(' default')).length, 2)
    })

    test('32 that become the default at once leave one, and all of them are there', async () => {
      const { services, as, ada, create, labels } = await start()
      const made = await Promise.all(Array.from({ length: 16 }, () => create(s3({ is_default: true }))))
      const changes = made.map(({ connector_id }) =>
        changeConnector(services, as('Ada'), { ...ada, connectorId: connector_id }, { is_default: true }),
      )
      await Promise.all([...changes, ...Array.from({ length: 16 }, () => create(s3({ is_default: true })))])
      const all = await labels()
      assert.deepEqual([all.length, all.filter((label) => label.endsWith(' default')).length], [32, 1])
    })

    test('an account has a hundred at most, however many are made at once', async () => {
      const { services, as, ada, create } = await start()
      const [first] = await Promise.all(Array.from({ length: 98 }, () => create(s3())))
      const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => create(dropbox())))
      const refused = attempts.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
      assert.equal(refused.length, 6)
      const tooMany = isError('InputValidationError', /^Ada has 100 connectors, .* delete one first$/)
      assert.ok(refused.every(tooMany), String(refused[0]))
      await createConnector(services, as('eve'), { username: 'eve' }, s3())
      await removeConnector(services, as('Ada'), { ...ada, connectorId: first?.connector_id })
      await create(s3())
    })

    test('the database itself allows one default and one label', async () => {
      const { services, create } = await start()
      await create(s3({ label: 'a' }))
      const row = await services.db.selectFrom('connectors').selectAll().executeTakeFirstOrThrow()
      const second = { ...row, id: 'x', label_lower: 'b' }
      await assert.rejects(services.db.insertInto('connectors').values(second).execute())
      await assert.rejects(
        services.db
          .insertInto('connectors')
          .values({ ...row, id: 'x', is_default: 0 })
          .execute(),
      )
      await services.db
        .insertInto('connectors')
        .values({ ...second, is_default: 0 })
        .execute()
    })

    test('credentials are sealed in the database, and only what is no secret is shown', async () => {
      const { services, as, ada, create } = await start()
      const data = { access_key_id: 'AKIA', secret_access_key: SECRET, region: 'eu-central-1' }
      const made = await create(s3({ cred_data: JSON.stringify(data), path: 'b/*', writeable: true }))
      const params = { ...ada, connectorId: made.connector_id.toUpperCase() }
      const shown = await getConnector(services, as('Ada'), params)
      assert.deepEqual(shown, made)
      assert.deepEqual(shown.cred_data, { access_key_id: 'AKIA', region: 'eu-central-1' })
      assert.deepEqual([shown.permissions, shown.path, shown.username], [['read', 'write'], 'b/*', 'Ada'])
      const row = await services.db.selectFrom('connectors').selectAll().executeTakeFirstOrThrow()
      assert.ok(!JSON.stringify([row, shown]).includes(SECRET))
      await changeConnector(services, as('Ada'), params, { label: 'new', path: '*', writeable: false })
      const changed = await changeConnector(services, as('Ada'), params, {
        cred_data: { access_key_id: 'BKIA', secret_access_key: 'other' },
      })
      assert.deepEqual(
        [changed.label, changed.path, changed.writeable, changed.cred_data],
        ['new', '*', false, { access_key_id: 'BKIA' }],
      )
      const after = await services.db.selectFrom('connectors').selectAll().executeTakeFirstOrThrow()
      assert.equal(after.credentials_version, row.credentials_version + 1)
    })

    test('what cannot be is refused with what was expected', async () => {
      const { services, as, ada, create } = await start()
      const refused = (wanted: NewConnector, message: RegExp) =>
        assert.rejects(create(wanted), isError('InputValidationError', message))
      await refused(s3({ cred_type: 'sas' }), /cred_type: expected 'iam' for a connector of kind s3, got 'sas'/)
      await refused(s3({ path: '*/x' }), /path: expected a \* at the end only, got '\*\/x'/)
      await refused(s3({ cred_data: {} }), /'cred_data.access_key_id'/)
      await assert.rejects(create(s3({ username: 'eve' })), isError('InconsistentUsername', /expected 'Ada'/))
      for (const username of ['ADA', 'Ada']) await create(s3({ username }))
      const nothing = { ...ada, connectorId: 'nothing' }
      await assert.rejects(getConnector(services, as('Ada'), nothing), isError('PathNotFound'))
      await assert.rejects(changeConnector(services, as('Ada'), nothing, {}), isError('PathNotFound'))
      await assert.rejects(removeConnector(services, as('Ada'), nothing), isError('PathNotFound'))
    })

    test('nobody else sees or changes it, nor a key without the right to data', async () => {
      const { services, as, admin, ada, create } = await start()
      const made = await create(s3())
      const params = { ...ada, connectorId: made.connector_id }
      const denied = isError('NotAuthorized')
      await assert.rejects(listConnectors(services, as('eve'), ada), denied)
      await assert.rejects(getConnector(services, as('eve'), params), denied)
      await assert.rejects(removeConnector(services, as('eve'), params), denied)
      await assert.rejects(getConnector(services, as('eve'), { ...params, username: 'eve' }), isError('PathNotFound'))
      const readOnly = as('Ada', { allowDataWrite: false })
      assert.equal((await listConnectors(services, readOnly, ada)).length, 1)
      await assert.rejects(createConnector(services, readOnly, ada, s3()), isError('NotAuthorized', /allow_data_write/))
      await assert.rejects(changeConnector(services, readOnly, params, {}), denied)
      await assert.rejects(removeConnector(services, readOnly, params), denied)
      await assert.rejects(
        listConnectors(services, as('Ada', { allowData: false }), ada),
        isError('NotAuthorized', /allow_data/),
      )
      assert.equal((await listConnectors(services, admin, ada)).length, 1)
      await removeConnector(services, as('Ada'), params)
      assert.deepEqual(await listConnectors(services, admin, ada), [])
    })

    test("an organization's connectors are managed by its owners and its own keys", async () => {
      const { services, as, admin } = await start()
      const contact = { org_label: 'Acme', org_contact_name: 'ada', org_email: 'acme@example.com' }
      await createOrganization(services, admin, { org_name: 'acme', ...contact })
      await addMember(services, admin, { organization: 'acme', user: 'ada' })
      await addMember(services, admin, { organization: 'acme', user: 'cy' })
      await setRole({ ...services, keyRing: await createKeyRing(services.db) }, admin, {
        organization: 'acme',
        user: 'ada',
        role: 'owner',
      })
      const acme = { organization: 'acme' }
      const owner = as('Ada', {}, 'session')
      for (const [caller, params] of [
        [owner, acme],
        [owner, { username: 'acme' }],
        [as('acme'), acme],
        [as('acme'), { username: 'acme' }],
        [admin, { username: 'acme' }],
      ] as const) {
        const made = await createConnector(services, caller, params, s3())
        assert.equal(made.username, 'acme')
      }
      const denied = isError('NotAuthorized')
      for (const caller of [as('Ada'), as('cy', {}, 'session'), as('eve', {}, 'session')]) {
        await assert.rejects(listConnectors(services, caller, acme), denied)
        await assert.rejects(createConnector(services, caller, { username: 'acme' }, s3()), denied)
      }
      await assert.rejects(listConnectors(services, owner, { organization: 'none' }), isError('OrganizationNotFound'))
      assert.equal((await listConnectors(services, as('acme'), acme)).length, 5)
      assert.deepEqual(await listConnectors(services, owner, { username: 'ada' }), [])
    })

    test('they end with their account', async () => {
      const { services, admin, create } = await start()
      await create(s3())
      const parts = { keyRing: await createKeyRing(services.db), sessions: await createSessions(services.db) }
      await closeUser({ ...services, ...parts, runner: { recycle: async () => {} } }, admin, 'ada')
      parts.sessions.close()
      assert.deepEqual(await services.db.selectFrom('connectors').select('id').execute(), [])
    })

    describe('in use', () => {
      test('find() goes by label in any spelling, or to the default, among the own ones alone', async () => {
        const { services, create, accountOf } = await start()
        await create(s3({ label: 'a', path: 'a/*' }))
        await create(s3({ label: 'Big_2', path: 'b/*', writeable: true }))
        const find = (label?: string) => services.connectors.find(accountOf('Ada'), { protocol: 's3', label })
        const [first, second] = [await find(), await find('bIG_2')]
        assert.equal(first.refusal('a/x', 'read'), undefined)
        assert.match(first.refusal('a/x', 'write') ?? '', /^the connector s3\+a only reads/)
        assert.equal(first.refusal('b/x', 'read'), 'the connector s3+a is for a/* and nothing else')
        assert.equal(second.refusal('b/x', 'write'), undefined)
        assert.match(second.refusal('a/x', 'write') ?? '', /^the connector s3\+Big_2 is for b/)
        await assert.rejects(
          find('c'),
          isError('DataNotFound', /^Ada has no connector s3\+c; create one with POST \/v1\/users\/Ada\/connectors/),
        )
        const ofEve = services.connectors.find(accountOf('eve'), { protocol: 's3', label: undefined })
        await assert.rejects(ofEve, isError('DataNotFound', /^eve has no default connector for s3/))
        await assert.rejects(
          services.connectors.find(accountOf('Ada'), { protocol: 'gs', label: undefined }),
          isError('DataNotFound'),
        )
      })

      test('a driver is kept until there are other credentials', async () => {
        const { services, as, ada, create, accountOf } = await start()
        const { connector_id } = await create(s3())
        const driver = async () =>
          (await services.connectors.find(accountOf('Ada'), { protocol: 's3', label: undefined })).driver
        const first = await driver()
        assert.equal(await driver(), first)
        const params = { ...ada, connectorId: connector_id }
        await changeConnector(services, as('Ada'), params, { path: 'b/*', writeable: true, label: 'other' })
        assert.equal(await driver(), first)
        const cred_data = { access_key_id: 'BKIA', secret_access_key: 'other' }
        await changeConnector(services, as('Ada'), params, { cred_data })
        const second = await driver()
        assert.notEqual(second, first)
        assert.equal(await driver(), second)
        await services.connectors.close()
      })

      test('the driver that was used longest ago makes place', async () => {
        const { services, create, accountOf } = await start()
        for (const label of ['a', 'b', 'c']) await create(s3({ label }))
        const two = createOpenConnectors({
          ...services,
          ...{ egress: createEgressGate({ allow: createAddressSet([]) }), maxOpen: 2 },
          ...{ dropboxApp: { key: null, secret: null }, log: pino({ level: 'silent' }) },
        })
        const driver = async (label: string) => (await two.find(accountOf('Ada'), { protocol: 's3', label })).driver
        const [a, b] = [await driver('a'), await driver('b')]
        assert.equal(await driver('a'), a)
        await driver('c')
        assert.equal(await driver('a'), a)
        assert.notEqual(await driver('b'), b)
        await two.close()
      })
    })
  })
}
