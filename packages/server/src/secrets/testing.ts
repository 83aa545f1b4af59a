/** What tests of secrets share: accounts, an organization, algorithms as rows. Not part of the server. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import type { RecycleFilter } from '@algorist/runner/types.ts'
import { createUser } from '../accounts/accounts.ts'
import { createAccountDirectory } from '../accounts/directory.ts'
import { createCatalog } from '../algorithms/catalog.ts'
import { type Caller, FULL_RIGHTS, type KeyRights, type Login } from '../caller.ts'
import type { Database } from '../db/schema.ts'
import { createKeyRing } from '../keys/key-ring.ts'
import { addMember, setRole } from '../organizations/members.ts'
import { createOrganization } from '../organizations/organizations.ts'
import { createSecretBox } from '../secret-box.ts'

export const isError =
  (name: ErrorName, message = /./) =>
  (error: unknown) =>
    error instanceof ApiError && error.error === name && message.test(error.message)

/** `ann` owns `Own`; `acme` owns `First` and `Second` and has the owner `ann`, the member `cy` and the executor `ed`; `bob` is a stranger. */
export async function openScene(db: Database) {
  const directory = await createAccountDirectory(db)
  for (const username of ['ann', 'bob', 'cy', 'ed'])
    await createUser({ db, directory }, { username, email: `${username}@example.com` })
  const accountOf = (name: string) => {
    const account = directory.byName(name)
    assert.ok(account, name)
    return account
  }
  const admin: Caller = { kind: 'admin', account: { ...accountOf('ann'), isAdmin: true }, keyId: 'k' }
  const contact = { org_label: 'Acme', org_contact_name: 'ann', org_email: 'acme@example.com' }
  await createOrganization({ db, directory }, admin, { org_name: 'acme', ...contact })
  for (const user of ['cy', 'ed']) await addMember({ db, directory }, admin, { organization: 'acme', user })
  const keyRing = await createKeyRing(db)
  await setRole({ db, directory, keyRing }, admin, { organization: 'acme', user: 'ed', role: 'executor' })

  const ids = { own: '', first: '', second: '' }
  for (const [name, owner] of [
    ['own', 'ann'],
    ['first', 'acme'],
    ['second', 'acme'],
  ] as const) {
    ids[name] = await insertAlgorithm(db, accountOf(owner).id, name)
  }
  const recycled: RecycleFilter[] = []
  const services = {
    ...{ db, directory, catalog: await createCatalog(db), secretBox: createSecretBox(Buffer.alloc(32)) },
    languages: [],
    runner: { recycle: async (filter: RecycleFilter) => void recycled.push(filter) },
  }
  const as = (name: string, login: Login = 'key', rights: Partial<KeyRights> = {}): Caller => ({
    ...{ kind: 'key', login, account: accountOf(name), keyId: 'k' },
    rights: { ...FULL_RIGHTS, ...rights },
  })
  return { services, as, admin, ids, acme: accountOf('acme').id, recycled }
}

async function insertAlgorithm(db: Database, owner_id: string, name: string): Promise<string> {
  const id = randomUUID()
  const settings = JSON.stringify({ sourceVisibility: 'closed', networkAccess: 'full', pipelineEnabled: true })
  await db
    .insertInto('algorithms')
    .values({
      ...{ id, owner_id, name, name_lower: name.toLowerCase(), language: 'python3', environment_id: randomUUID() },
      ...{ details: '{}', settings, sample_input: null, created_by: owner_id, created_at: new Date().toISOString() },
    })
    .execute()
  return id
}
