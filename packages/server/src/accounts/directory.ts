/**
 * All accounts and memberships in memory, so that no request waits for SQL to learn who it is about. Loaded at start;
 * rules that change an account change it here after the commit and before their reply.
 */
import type { AccountEntry, OrganizationRole } from '../caller.ts'
import type { Database } from '../db/schema.ts'
import { createGroupRoles } from './group-roles.ts'
import { createMemberships } from './memberships.ts'
import { selectDirectoryAccounts, selectMemberships } from './queries.ts'

export interface AccountDirectory {
  byId(id: string): AccountEntry | undefined
  /** In any spelling. */
  byName(name: string): AccountEntry | undefined
  /** The oldest administrator; undefined before the first start is complete. */
  firstAdmin(): AccountEntry | undefined
  /** Who administers the server. */
  administrators(): readonly AccountEntry[]
  /** How often an account or a membership has been put or removed: while this stays the same, so does all that was read. */
  changes(): number
  /** Adds an account or replaces the one with its id. */
  put(account: AccountEntry): void
  /** Forgets an account and its memberships. */
  remove(id: string): void
  /** Adds a member or gives one another role. */
  putMember(organizationId: string, userId: string, role: OrganizationRole): void
  removeMember(organizationId: string, userId: string): void
  roleOf(organizationId: string, userId: string): OrganizationRole | undefined
  /** Ids of the owners, in an order. */
  ownersOf(organizationId: string): readonly string[]
  /** Owners and members; an executor is none. */
  isMember(organizationId: string, userId: string): boolean
  /** Everybody with a role, in no particular order. */
  membersOf(organizationId: string): readonly AccountEntry[]
  /** The first of them, executors too, in the order of their names after one in lower case. */
  membersByName(organizationId: string, after: string, limit: number): readonly AccountEntry[]
  /** Organizations that the user belongs to, in no particular order. */
  organizationsOf(userId: string): readonly AccountEntry[]
  /** Role by organization of somebody in these groups of the identity provider. */
  rolesOfGroups(groups: Iterable<string>): Map<string, OrganizationRole>
  /** True for what the account owns itself and for what its organizations own (platform.md 1.4). */
  mayActFor(accountId: string, ownerId: string): boolean
  /** The same for calling, and for looking at what is no source: executors may as well (platform.md 1.3). */
  mayCallFor(accountId: string, ownerId: string): boolean
}

/** Reads all accounts. */
export async function createAccountDirectory(db: Database): Promise<AccountDirectory> {
  const ids = new Map<string, AccountEntry>()
  const names = new Map<string, AccountEntry>()
  const admins = new Map<string, AccountEntry>()
  const members = createMemberships((userId) => ids.get(userId)?.name.toLowerCase() ?? '')
  const groups = createGroupRoles()
  let changes = 0

  const entriesOf = (accountIds: Iterable<string>) => [...accountIds].flatMap((id) => ids.get(id) ?? [])

  const directory: AccountDirectory = {
    byId: (id) => ids.get(id),
    byName: (name) => names.get(name.toLowerCase()),
    firstAdmin: () => directory.administrators().toSorted((a, b) => a.hostUid - b.hostUid)[0],
    administrators: () => [...admins.values()],
    changes: () => changes,
    put(account) {
      changes++
      groups.put(ids.get(account.id), account)
      ids.set(account.id, account)
      names.set(account.name.toLowerCase(), account)
      if (account.isAdmin) admins.set(account.id, account)
      else admins.delete(account.id)
    },
    remove(id) {
      changes++
      const account = ids.get(id)
      groups.put(account, undefined)
      if (account) names.delete(account.name.toLowerCase())
      members.removeAll(id)
      admins.delete(id)
      ids.delete(id)
    },
    putMember(organizationId, userId, role) {
      changes++
      members.put(organizationId, userId, role)
    },
    removeMember(organizationId, userId) {
      changes++
      members.remove(organizationId, userId)
    },
    roleOf: members.roleOf,
    ownersOf: (organizationId) =>
      [...members.rolesIn(organizationId)].flatMap(([userId, role]) => (role === 'owner' ? userId : [])).sort(),
    isMember: (organizationId, userId) => ['owner', 'member'].includes(directory.roleOf(organizationId, userId) ?? ''),
    membersOf: (organizationId) => entriesOf(members.rolesIn(organizationId).keys()),
    membersByName: (organizationId, after, limit) => entriesOf(members.inOrder(organizationId, after, limit)),
    organizationsOf: (userId) => entriesOf(members.organizationsOf(userId)),
    rolesOfGroups: groups.rolesOf,
    mayActFor: (accountId, ownerId) => accountId === ownerId || directory.isMember(ownerId, accountId),
    mayCallFor: (accountId, ownerId) => accountId === ownerId || directory.roleOf(ownerId, accountId) !== undefined,
  }
  for (const account of await selectDirectoryAccounts(db)) directory.put(account)
  for (const { organization_id, user_id, role } of await selectMemberships(db)) {
    directory.putMember(organization_id, user_id, role)
  }
  return directory
}
