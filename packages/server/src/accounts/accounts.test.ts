import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import type { Page } from '@algorist/contract/page.ts'
import { decodeMarker } from '@algorist/contract/page.ts'
import type { Caller } from '../caller.ts'
import { testDatabases } from '../db/testing.ts'
import { type PageReply, pageReply } from '../http/page-reply.ts'
import { addMember } from '../organizations/members.ts'
import { createOrganization } from '../organizations/organizations.ts'
import { type AccountServices, createUser, getUser, listUsers, updateUser } from './accounts.ts'
import { createAccountDirectory } from './directory.ts'

function isError(name: ErrorName) {
  return (error: unknown) => error instanceof ApiError && error.error === name
}

function user(username: string, change = {}) {
  return { username, email: `${username}@example.com`, ...change }
}

function organization(name: string, change = {}) {
  const required = { org_name: name, org_label: 'Lab', org_contact_name: 'some owner', org_email: 'org@example.com' }
  return { ...required, external_admin_group_id: ['a'], external_member_group: 'b', ...change }
}

for (const { engine, open } of testDatabases()) {
  describe(`accounts on ${engine}`, { timeout: 120_000 }, () => {
    async function services(): Promise<AccountServices> {
      const { db } = await open()
      return { db, directory: await createAccountDirectory(db) }
    }

    async function withAdmin(): Promise<{ accounts: AccountServices; admin: Caller }> {
      const accounts = await services()
      await createUser(accounts, user('admin'))
      const account = accounts.directory.byName('admin')
      assert.ok(account)
      return { accounts, admin: { kind: 'admin', account, keyId: 'k' } }
    }

    test('createUser() keeps the spelling and finds it in any', async () => {
      const accounts = await services()
      const ada = await createUser(accounts, user('Ada', { fullname: 'Ada L.', company_name: '' }))
      assert.equal((await getUser(accounts, 'aDA')).name, 'Ada')
      assert.equal((await getUser(accounts, ada.id.toUpperCase())).full_name, 'Ada L.')
      assert.equal(ada.company_name, null)
      assert.equal(ada.password_hash, null)
      assert.deepEqual(await createAccountDirectory(accounts.db).then((d) => d.byName('ada')), {
        id: ada.id,
        kind: 'user',
        name: 'Ada',
        email: 'Ada@example.com',
        isAdmin: false,
        isViewer: false,
        isClosed: false,
        hostUid: 0,
      })
    })

    test('createUser() refuses a name or e-mail address that is taken, in any spelling', async () => {
      const accounts = await services()
      await createUser(accounts, user('ada'))
      await assert.rejects(
        createUser(accounts, user('ADA', { email: 'x@example.com' })),
        isError('UsernameHasBeenTaken'),
      )
      const sameEmail = user('eve', { email: 'ADA@example.com' })
      await assert.rejects(createUser(accounts, sameEmail), isError('EmailAddressHasBeenTaken'))
      assert.equal(accounts.directory.byName('eve'), undefined)
    })

    test('exactly one of 32 parallel createUser() of one name wins', async () => {
      const accounts = await services()
      const attempts = Array.from({ length: 32 }, (_, i) =>
        createUser(accounts, user('ada', { email: `${i}@example.com` })),
      )
      const results = await Promise.allSettled(attempts)
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
      for (const result of results) {
        if (result.status === 'rejected')
          assert.ok(isError('UsernameHasBeenTaken')(result.reason), String(result.reason))
      }
    })

    test('32 parallel createUser() get 32 host uids without a gap', async () => {
      const accounts = await services()
      const rows = await Promise.all(Array.from({ length: 32 }, (_, i) => createUser(accounts, user(`user${i}`))))
      const uids = rows.map(({ host_uid }) => host_uid).sort((a, b) => a - b)
      assert.deepEqual(
        uids,
        Array.from({ length: 32 }, (_, i) => i),
      )
    })

    test('getUser() knows neither unknown names nor organizations', async () => {
      const { accounts, admin } = await withAdmin()
      await createOrganization(accounts, admin, organization('lab'))
      for (const name of ['nobody', 'lab', '', crypto.randomUUID()]) {
        await assert.rejects(async () => getUser(accounts, name), isError('UserNotFound'))
      }
    })

    test('updateUser() changes what is given, and neither name nor e-mail address', async () => {
      const accounts = await services()
      await createUser(accounts, user('ada', { fullname: 'Ada' }))
      const changed = await updateUser(accounts, 'ada', {
        username: 'ADA',
        email: 'ADA@example.com',
        company_name: 'X',
      })
      assert.deepEqual([changed.name, changed.full_name, changed.company_name], ['ada', 'Ada', 'X'])
      assert.equal((await updateUser(accounts, 'ada', {})).full_name, 'Ada')
      const members = ['fullname', 'company_name', 'company_role'] as const
      await Promise.all(members.map((member) => updateUser(accounts, 'ada', { [member]: member })))
      const { full_name, company_name, company_role } = await getUser(accounts, 'ada')
      assert.deepEqual([full_name, company_name, company_role], members)
      await assert.rejects(updateUser(accounts, 'ada', { username: 'eve' }), isError('InconsistentUsername'))
      await assert.rejects(updateUser(accounts, 'ada', { email: 'e@example.com' }), isError('UpdatingEmailNotAllowed'))
      await assert.rejects(updateUser(accounts, 'eve', {}), isError('UserNotFound'))
    })

    test('listUsers() pages by name until the last page has no marker', async () => {
      const { accounts, admin } = await withAdmin()
      for (const name of ['Zoe', 'bob', 'Ada', 'b_b']) await createUser(accounts, user(name))
      await createOrganization(accounts, admin, organization('beta'))
      const names: string[][] = []
      let page: Page | undefined = { limit: 2, marker: undefined }
      while (page) {
        const reply: PageReply<string> = pageReply({
          rows: await listUsers(accounts, page),
          page,
          request: { url: 'https://x.example', target: '/v1/users?limit=2', query: { limit: '2' } },
          markerOf: ({ name_lower }) => ({ name: name_lower }),
          show: ({ name }) => name,
        })
        names.push([...reply.results])
        assert.equal(reply.next_link, reply.marker && `https://x.example/v1/users?limit=2&marker=${reply.marker}`)
        page = reply.marker === null ? undefined : { limit: 2, marker: decodeMarker(reply.marker) }
      }
      assert.deepEqual(names, [['Ada', 'admin'], ['b_b', 'bob'], ['Zoe']])
      await assert.rejects(async () => listUsers(accounts, { limit: 1, marker: { name: 1 } }), isError('InvalidMarker'))
    })

    test('the directory forgets what is removed', async () => {
      const { accounts, admin } = await withAdmin()
      const ada = await createUser(accounts, user('ada'))
      const { row } = await createOrganization(accounts, admin, organization('lab'))
      await addMember(accounts, admin, { organization: 'lab', user: 'ada' })
      accounts.directory.remove(ada.id)
      assert.equal(accounts.directory.byName('ada'), undefined)
      assert.equal(accounts.directory.isMember(row.id, ada.id), false)
    })
  })
}
