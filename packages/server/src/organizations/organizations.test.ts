import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import { type AccountServices, createUser } from '../accounts/accounts.ts'
import { createAccountDirectory } from '../accounts/directory.ts'
import { type AccountEntry, type Caller, FULL_RIGHTS } from '../caller.ts'
import { testDatabases } from '../db/testing.ts'
import { createKeyRing } from '../keys/key-ring.ts'
import { createSecretBox } from '../secret-box.ts'
import type { Services } from '../services.ts'
import { addMember, listMembers, removeMember, setRole } from './members.ts'
import {
  createOrganization,
  deleteOrganization,
  getByExternalId,
  getOrganization,
  listOrganizations,
  updateOrganization,
} from './organizations.ts'
import { createType, listTypes, removeType } from './types.ts'

function isError(name: ErrorName) {
  return (error: unknown) => error instanceof ApiError && error.error === name
}

function user(username: string) {
  return { username, email: `${username}@example.com` }
}

function organization(name: string, change = {}) {
  const required = { org_name: name, org_label: 'Lab', org_contact_name: 'some owner', org_email: 'org@example.com' }
  return { ...required, external_admin_group_id: ['a'], external_member_group: 'b', ...change }
}

/** As somebody who signed in in a browser. */
function person(account: AccountEntry): Caller {
  return { kind: 'key', login: 'session', account, keyId: 's', rights: FULL_RIGHTS }
}

for (const { engine, open } of testDatabases()) {
  describe(`organizations on ${engine}`, { timeout: 120_000 }, () => {
    async function withAdmin(): Promise<{ accounts: AccountServices & Pick<Services, 'keyRing'>; admin: Caller }> {
      const { db } = await open()
      const accounts = { db, directory: await createAccountDirectory(db), keyRing: await createKeyRing(db) }
      await createUser(accounts, user('admin'))
      return { accounts, admin: { kind: 'admin', account: entry(accounts, 'admin'), keyId: 'k' } }
    }

    function entry({ directory }: AccountServices, name: string): AccountEntry {
      const account = directory.byName(name)
      assert.ok(account)
      return account
    }

    async function withMembers(...names: string[]) {
      const bench = await withAdmin()
      const { row } = await createOrganization(bench.accounts, bench.admin, organization('lab'))
      for (const name of names) {
        await createUser(bench.accounts, user(name))
        await addMember(bench.accounts, bench.admin, { organization: 'lab', user: name })
      }
      return { ...bench, id: row.id }
    }

    test('createOrganization() makes its creator an owner, and shares the names of users', async () => {
      const { accounts, admin } = await withAdmin()
      await createUser(accounts, user('ada'))
      const lab = await createOrganization(accounts, admin, organization('Lab'))
      const found = await getOrganization(accounts, admin, 'LAB')
      assert.deepEqual(found.profile, lab.profile)
      assert.deepEqual([lab.profile.external_admin_group, lab.profile.external_member_group], [['a'], 'b'])
      assert.deepEqual(found.ownerIds, [admin.kind === 'admin' && admin.account.id])
      assert.ok(accounts.directory.mayActFor(found.ownerIds[0] ?? '', lab.row.id))
      await assert.rejects(
        createOrganization(accounts, admin, organization('lab')),
        isError('OrganizationAlreadyExists'),
      )
      await assert.rejects(createOrganization(accounts, admin, organization('ADA')), isError('UsernameHasBeenTaken'))
    })

    test('createOrganization() knows types by name and id, and refuses odd names', async () => {
      const { accounts, admin } = await withAdmin()
      const pro = (await listTypes(accounts)).find(({ name }) => name === 'pro')?.id
      for (const [index, type_id] of ['pro', 'PRO', pro].entries()) {
        const { profile } = await createOrganization(accounts, admin, organization(`lab${index}`, { type_id }))
        assert.equal(profile.type_id, pro)
      }
      const unknown = organization('other', { type_id: '' })
      await assert.rejects(createOrganization(accounts, admin, unknown), isError('OrganizationTypeNotFound'))
      await assert.rejects(
        createOrganization(accounts, admin, organization('a-b')),
        isError('MalformedOrganizationJson'),
      )
    })

    test('addMember() lets a user act for the organization, once', async () => {
      const { accounts, admin } = await withAdmin()
      const ada = await createUser(accounts, user('ada'))
      const { row } = await createOrganization(accounts, admin, organization('lab'))
      assert.equal(accounts.directory.mayActFor(ada.id, row.id), false)
      assert.equal(await addMember(accounts, admin, { organization: 'lab', user: 'ada' }), true)
      assert.equal(await addMember(accounts, admin, { organization: 'LAB', user: 'Ada' }), false)
      assert.equal(accounts.directory.mayActFor(ada.id, row.id), true)
      assert.equal(accounts.directory.mayActFor(row.id, ada.id), false)
      const reloaded = await createAccountDirectory(accounts.db)
      assert.equal(reloaded.isMember(row.id, ada.id), true)
      assert.equal(reloaded.membersOf(row.id).length, 2)
      const missing = { organization: 'no', user: 'ada' }
      await assert.rejects(addMember(accounts, admin, missing), isError('OrganizationNotFound'))
      await assert.rejects(addMember(accounts, admin, { organization: 'lab', user: 'lab' }), isError('UserNotFound'))
    })

    test('organizations are for administrators, and shown to members', async () => {
      const { accounts, admin } = await withAdmin()
      const ada = await createUser(accounts, user('ada'))
      await createOrganization(accounts, admin, organization('lab'))
      const account = accounts.directory.byId(ada.id)
      assert.ok(account)
      const caller: Caller = { kind: 'algorithm', account, call: {} as never }
      await assert.rejects(getOrganization(accounts, caller, 'lab'), isError('NotAuthorized'))
      await assert.rejects(createOrganization(accounts, caller, organization('x')), isError('NotAuthorized'))
      await assert.rejects(addMember(accounts, caller, { organization: 'lab', user: 'ada' }), isError('NotAuthorized'))
    })

    test('a change keeps what it leaves out, and the name', async () => {
      const { accounts, admin } = await withMembers()
      await updateOrganization(accounts, admin, {
        name: 'LAB',
        change: { org_label: 'New', org_email: 'New@example.com', external_id: 'acme_1', type_id: 'pro' },
      })
      const { row, profile } = await getOrganization(accounts, admin, 'lab')
      assert.deepEqual(
        [row.name, row.email, row.email_lower, profile.org_label, profile.external_member_group],
        ['lab', 'New@example.com', 'new@example.com', 'New', 'b'],
      )
      assert.equal((await getByExternalId(accounts, 'acme_1')).row.id, row.id)
      for (const other of ['acme%', 'acmeX1', 'acme_', '']) {
        await assert.rejects(getByExternalId(accounts, other), isError('OrganizationNotFound'), other)
      }
      const wrong = { name: 'lab', change: { type_id: '' } }
      await assert.rejects(updateOrganization(accounts, admin, wrong), isError('OrganizationTypeNotFound'))
    })

    test('changes at the same time do not undo each other', async () => {
      const { accounts, admin } = await withMembers()
      const members = ['org_label', 'org_contact_name', 'org_url', 'external_id', 'stripe_customer_id'] as const
      await Promise.all(
        members.map((name) => updateOrganization(accounts, admin, { name: 'lab', change: { [name]: name } })),
      )
      const { profile } = await getOrganization(accounts, admin, 'lab')
      for (const name of members) assert.equal(profile[name], name)
    })

    test('the last owner stays, however many leave at the same time', async () => {
      const { accounts, admin, id } = await withMembers(...Array.from({ length: 8 }, (_, index) => `u${index}`))
      const { directory } = accounts
      for (const { name } of directory.membersOf(id)) {
        await setRole(accounts, admin, { organization: 'lab', user: name, role: 'owner' })
      }
      const owners = directory.membersOf(id)
      const left = await Promise.allSettled(
        owners.map(({ name }, index) =>
          index % 2 === 0
            ? removeMember(accounts, admin, { organization: 'lab', user: name })
            : setRole(accounts, admin, { organization: 'lab', user: name, role: 'member' }),
        ),
      )
      const refused = left.filter(({ status }) => status === 'rejected')
      assert.equal(refused.length, 1)
      assert.ok(refused.every((one) => one.status === 'rejected' && isError('OrganizationRequiresOwner')(one.reason)))
      assert.equal((await getOrganization(accounts, admin, 'lab')).ownerIds.length, 1)
    })

    test('owners manage members, members only leave, and nobody else sees who is there', async () => {
      const { accounts, admin, id } = await withMembers('ada', 'bob', 'cy')
      await createUser(accounts, user('eve'))
      await setRole(accounts, admin, { organization: 'lab', user: 'ada', role: 'owner' })
      const [ada, bob, eve] = ['ada', 'bob', 'eve'].map((name) => person(entry(accounts, name)))
      assert.ok(ada && bob && eve)
      const page = { limit: 10, marker: undefined }
      const names = listMembers(accounts, bob, { organization: 'lab', page }).map(({ name }) => name)
      assert.deepEqual(names, ['ada', 'admin', 'bob', 'cy'])
      assert.throws(() => listMembers(accounts, eve, { organization: 'lab', page }), isError('NotAuthorized'))
      const cy = { organization: 'lab', user: 'cy' }
      await assert.rejects(removeMember(accounts, bob, cy), isError('NotAuthorized'))
      await assert.rejects(setRole(accounts, bob, { ...cy, role: 'owner' }), isError('NotAuthorized'))
      await setRole(accounts, ada, { ...cy, role: 'executor' })
      assert.equal(accounts.directory.isMember(id, entry(accounts, 'cy').id), false)
      assert.equal(accounts.directory.mayCallFor(entry(accounts, 'cy').id, id), true)
      await removeMember(accounts, ada, cy)
      await removeMember(accounts, ada, cy)
      await removeMember(accounts, bob, { organization: 'lab', user: 'bob' })
      const reloaded = await createAccountDirectory(accounts.db)
      assert.deepEqual(
        reloaded
          .membersOf(id)
          .map(({ name }) => name)
          .sort(),
        ['ada', 'admin'],
      )
      await assert.rejects(
        setRole(accounts, ada, { organization: 'lab', user: 'eve', role: 'owner' }),
        isError('UserNotFound'),
      )
    })

    test('a deleted organization is gone, its name stays taken, and one with algorithms is kept', async () => {
      const { accounts, admin, id } = await withMembers('ada')
      const catalog = (count: number) => ({ ofOwner: () => Array(count).fill({}) }) as unknown as Services['catalog']
      const secretBox = createSecretBox(Buffer.alloc(32))
      const services = (count: number) => ({ ...accounts, catalog: catalog(count), secretBox })
      await assert.rejects(deleteOrganization(services(1), admin, 'lab'), isError('InvalidRequest'))
      await deleteOrganization(services(0), admin, 'LAB')
      await deleteOrganization(services(0), admin, 'lab')
      await deleteOrganization(services(0), admin, 'nobody')
      await assert.rejects(getOrganization(accounts, admin, 'lab'), isError('OrganizationNotFound'))
      assert.equal(accounts.directory.mayActFor(entry(accounts, 'ada').id, id), false)
      assert.deepEqual(await listOrganizations(accounts, { limit: 10, marker: undefined }), [])
      await assert.rejects(createUser(accounts, user('lab')), isError('UsernameHasBeenTaken'))
    })

    test('types are added and removed by name', async () => {
      const { accounts } = await withAdmin()
      const id = crypto.randomUUID()
      assert.deepEqual(await createType(accounts, { id: id.toUpperCase(), name: 'Team' }), { id, name: 'Team' })
      for (const taken of [
        { id, name: 'other' },
        { id: crypto.randomUUID(), name: 'TEAM' },
      ]) {
        await assert.rejects(createType(accounts, taken), isError('OrganizationTypeAlreadyExists'))
      }
      assert.deepEqual(
        (await listTypes(accounts)).map(({ name }) => name),
        ['basic', 'legacy', 'pro', 'Team'],
      )
      await removeType(accounts, 'team')
      await assert.rejects(removeType(accounts, 'team'), isError('OrganizationTypeNotFound'))
    })
  })
}
