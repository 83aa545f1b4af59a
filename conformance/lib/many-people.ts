/**
 * Very many users, organizations, members and keys as rows, with what is hard for a list among them: an organization with
 * many members, an account with many keys, and names of users that come after those of all organizations.
 */
import { createHash } from 'node:crypto'
import type { FilledDatabase } from './databases.ts'
import { type FilledRow, fillTable } from './fill-table.ts'

export interface People {
  readonly users: number
  readonly organizations: number
  readonly keys: number
  /** Of the first organization. */
  readonly membersOfFirst: number
  /** Of each of the others, its owner included. */
  readonly membersOfOthers: number
  /** Of the first user; every other account has one at most. */
  readonly keysOfFirst: number
}

/** A share of 100,000 users, 10,000 organizations and 110,000 keys. */
export function peopleOf(users: number): People {
  const organizations = Math.ceil(users / 10)
  return {
    ...{ users, organizations, keys: users + organizations },
    ...{ membersOfFirst: Math.ceil(users / 5), membersOfOthers: 5, keysOfFirst: Math.ceil(users / 100) },
  }
}

export interface FilledKey {
  readonly id: string
  readonly text: string
  readonly username: string
}

export const userName = (index: number): string => `Person${digits(index)}`
export const organizationName = (index: number): string => `Lab${digits(index)}`

/** The one key of a user; the first user has several, which are of no use for calls. */
export function keyOf(user: number): FilledKey {
  return { id: keyId(user), text: keyText(user), username: userName(user) }
}

/** Host uids below this are of accounts that the server made itself. */
const FIRST_HOST_UID = 10_000
const CREATED_MS = Date.UTC(2022, 0, 1)

const digits = (index: number): string => String(index).padStart(6, '0')
const timeOf = (index: number): string => new Date(CREATED_MS + index * 1000).toISOString()
const userId = (index: number): string => idOf('user', index)
const organizationId = (index: number): string => idOf('organization', index)
const keyId = (index: number): string => idOf('key', index)
const keyText = (index: number): string => `sim${sha256(`text ${index}`).slice(0, 25)}`
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** As far apart as real ones, and the same in each run. */
function idOf(kind: string, index: number): string {
  const hex = sha256(`${kind} ${index}`)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

const PROFILE = JSON.stringify({
  ...{ org_label: 'Lab', org_contact_name: 'Ada', org_url: null, type_id: '0f7a1d3e-52c8-4b0e-9c1a-6d1f2a3b4c01' },
  ...{ stripe_customer_id: null, external_id: null },
  ...{ external_admin_group: null, external_member_group: null, external_executor_group: null },
})

const RIGHTS = JSON.stringify({
  ...{ allowData: true, allowDataWrite: true, allowAlgo: true, allowWebAlgo: true, refererHost: null },
  ...{ allowAlgoManagement: true, algoAcl: ['algo://*'] },
})

/** Fills the tables of a stopped server that has made them. */
export function fillPeople(database: Pick<FilledDatabase, 'execute'>, people: People): void {
  const { users, organizations, keys } = people
  fillTable(database, { table: 'accounts', count: users, rowOf: (index) => accountRow('user', index, index) })
  fillTable(database, {
    table: 'accounts',
    count: organizations,
    rowOf: (index) => accountRow('organization', index, users + index),
  })
  fillTable(database, { table: 'organization_members', ...membersOf(people) })
  fillTable(database, { table: 'api_keys', count: keys, rowOf: (index) => keyRow(index, people) })
}

function accountRow(kind: 'user' | 'organization', index: number, hostUid: number): FilledRow {
  const [id, name] =
    kind === 'user' ? [userId(index), userName(index)] : [organizationId(index), organizationName(index)]
  const email = `${name}@example.com`
  return {
    ...{ id, kind, name, name_lower: name.toLowerCase(), email, email_lower: email.toLowerCase() },
    ...{ full_name: name, is_admin: 0, host_uid: FIRST_HOST_UID + hostUid, created_at: timeOf(index) },
    organization: kind === 'user' ? null : PROFILE,
  }
}

/** The first users are in the first organization; of every organization the first member owns it. */
function membersOf({ users, organizations, membersOfFirst, membersOfOthers }: People) {
  const rowOf = (index: number): FilledRow => {
    const rest = index - membersOfFirst
    const organization = rest < 0 ? 0 : 1 + Math.floor(rest / membersOfOthers)
    const place = rest < 0 ? index : rest % membersOfOthers
    const user = rest < 0 ? index : (organization * membersOfOthers + place) % users
    const role = place === 0 ? 'owner' : 'member'
    return {
      ...{ organization_id: organizationId(organization), user_id: userId(user) },
      ...{ role, manual_role: role, created_at: timeOf(index) },
    }
  }
  return { count: membersOfFirst + (organizations - 1) * membersOfOthers, rowOf }
}

/** Keys from 1 on are of the user with their number or, after the last user, of an organization; the last ones of the first user. */
function keyRow(index: number, { users, keys, keysOfFirst }: People): FilledRow {
  const isOfFirst = index === 0 || index > keys - keysOfFirst
  const accountId = isOfFirst ? userId(0) : index < users ? userId(index) : organizationId(index - users)
  return {
    ...{ id: keyId(index), account_id: accountId, kind: 'ManagementKey', label: `key ${index}` },
    // As of keys that came from another installation: only their digest is here.
    ...{ digest: sha256(keyText(index)), sealed: '', mask: `sim${'*'.repeat(21)}${digits(index).slice(-4)}` },
    ...{ rights: RIGHTS, created_at: timeOf(index) },
  }
}
