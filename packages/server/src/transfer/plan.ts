/**
 * What an import will do: names, ids and members of this installation in place of those in the bundle. All that stands in the
 * way is found here and told at once, before anything is changed.
 */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import { isAccountName } from '@algorist/contract/names.ts'
import type { BundleAccount, BundleKeys } from '@algorist/contract/shapes/owner-bundle.ts'
import { findUserByEmail } from '../accounts/accounts.ts'
import type { OrganizationRole } from '../caller.ts'
import { rightsOf } from '../keys/rights.ts'
import type { Services } from '../services.ts'
import { isEmailTaken, selectTakenDigests, selectTakenIds } from './import-queries.ts'
import type { Inventory } from './inventory.ts'

export type PlanUses = Pick<Services, 'db' | 'directory' | 'config' | 'quotas' | 'repositories'>

export interface Plan {
  /** Of the account on this installation. */
  readonly name: string
  /** The id that something of the bundle gets: its own, unless that is taken. */
  idOf(id: string): string
  readonly members: readonly JoinedMember[]
  /** Who has no account here. */
  readonly absent: BundleAccount['members']
  readonly keys: readonly PlannedKey[]
  /** Keys of an organization that were given to somebody who is no member here. */
  readonly lostKeys: BundleKeys
}

interface JoinedMember {
  readonly userId: string
  readonly name: string
  readonly role: OrganizationRole
}

export type PlannedKey = BundleKeys[number] & { readonly assigneeId: string | null; readonly rights: string }

/**
 * @param as name that the account gets instead of its own
 * @throws ApiError InvalidRequest that names everything in the way; InputValidationError for rights of keys that are none
 */
export async function planImport(uses: PlanUses, inventory: Inventory, as: string | undefined): Promise<Plan> {
  const name = as ?? inventory.account.name
  const problems = [
    ...(await problemsOfAccount(uses, inventory.account, name)),
    ...(await problemsOfKeys(uses, inventory)),
    ...problemsOfData(uses, inventory),
  ]
  if (problems.length > 0) {
    throw new ApiError('InvalidRequest', ['The bundle cannot be imported here:', ...problems.map(dashed)].join('\n'))
  }
  const ids = await replacedIds(uses, inventory)
  const members = await joinedMembers(uses, inventory.account)
  const byEmail = new Map(members.map(({ email, userId }) => [email, userId]))
  const isHere = (person: { readonly email: string } | undefined) => !person || byEmail.has(person.email.toLowerCase())
  return {
    name,
    idOf: (id) => ids.get(id) ?? id,
    members,
    absent: inventory.account.members.filter((member) => !isHere(member)),
    keys: inventory.keys
      .filter(({ assignee }) => isHere(assignee))
      .map((key) => ({
        ...key,
        assigneeId: byEmail.get(key.assignee?.email.toLowerCase() ?? '') ?? null,
        rights: JSON.stringify(rightsOf(renamed(key.permissions, inventory.account.name, name))),
      })),
    lostKeys: inventory.keys.filter(({ assignee }) => !isHere(assignee)),
  }
}

const dashed = (line: string): string => `- ${line}`

async function problemsOfAccount(
  { db, directory }: PlanUses,
  { kind, email }: BundleAccount,
  name: string,
): Promise<string[]> {
  const problems: string[] = []
  if (!isAccountName(name))
    problems.push(`${name} is no name for an account: a letter, then letters, digits or _, at most 30`)
  const taken = directory.byName(name)
  const whose = taken?.isClosed
    ? 'was the name of a deleted account'
    : `is taken by ${taken?.kind === 'user' ? 'a user' : 'an organization'}`
  if (taken) problems.push(`the name ${name} ${whose}; give another with --as NAME`)
  if (kind === 'user' && (await isEmailTaken(db, email))) {
    problems.push(`the e-mail address ${email} is or was that of another user here`)
  }
  return problems
}

/** A digest stands for one key: whose it would be is not to be guessed. */
async function problemsOfKeys({ db }: PlanUses, { keys }: Inventory): Promise<string[]> {
  const taken = await selectTakenDigests(
    db,
    keys.map(({ digest }) => digest),
  )
  return keys
    .filter(({ digest }) => taken.has(digest))
    .map(({ label, mask }) => `the key '${label}' (${mask}) is in use here`)
}

function problemsOfData({ config, quotas }: PlanUses, { account, files }: Inventory): string[] {
  const { fileBytes } = config.data
  const { dataBytes: bytesPerAccount } = quotas.limitsOf(account.id)
  const problems: string[] = []
  if (files.bytes > (bytesPerAccount ?? Infinity)) {
    problems.push(`its files have ${files.bytes} bytes, and an account may have ${bytesPerAccount} here`)
  }
  if (files.largestBytes > (fileBytes ?? Infinity)) {
    problems.push(`its largest file has ${files.largestBytes} bytes, and a file may have ${fileBytes} here`)
  }
  return problems
}

/** New ids for those that are taken. */
async function replacedIds({ db, repositories }: PlanUses, inventory: Inventory): Promise<Map<string, string>> {
  const { account, keys, collections, algorithms } = inventory
  const byTable = {
    accounts: [account],
    api_keys: keys,
    collections,
    algorithms,
    builds: algorithms.flatMap(({ builds }) => builds),
    versions: algorithms.flatMap(({ versions }) => versions),
  }
  const replaced = new Map<string, string>()
  for (const table of Object.keys(byTable) as (keyof typeof byTable)[]) {
    const ids = byTable[table].map(({ id }) => id)
    for (const id of await selectTakenIds(db, table, ids)) replaced.set(id, randomUUID())
  }
  for (const { id } of algorithms) {
    if (!replaced.has(id) && !(await isFreeOfRepository(repositories, id))) replaced.set(id, randomUUID())
  }
  return replaced
}

/** What an import that was cut off has left makes room; what a backup holds goes only after it. */
async function isFreeOfRepository(repositories: PlanUses['repositories'], id: string): Promise<boolean> {
  await repositories.remove(id)
  return !(await repositories.has(id))
}

/** Users with the same e-mail address: a name alone may be somebody else's here. */
async function joinedMembers(
  uses: PlanUses,
  { members }: BundleAccount,
): Promise<(JoinedMember & { readonly email: string })[]> {
  const joined = new Map<string, JoinedMember & { readonly email: string }>()
  for (const { email, role } of members) {
    const user = await findUserByEmail(uses, email)
    if (user) joined.set(user.id, { userId: user.id, name: user.name, role, email: email.toLowerCase() })
  }
  return [...joined.values()]
}

/** What a key may call of its owner is called by another name, if the owner has another one. */
function renamed(permissions: BundleKeys[number]['permissions'], from: string, to: string) {
  const start = `algo://${from}/`.toLowerCase()
  const rename = (entry: string) =>
    entry.toLowerCase().startsWith(start) ? `algo://${to}/${entry.slice(start.length)}` : entry
  return permissions.algo_acl ? { ...permissions, algo_acl: permissions.algo_acl.map(rename) } : permissions
}
