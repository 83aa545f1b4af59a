/**
 * All accounts and memberships in memory, so that no request waits for SQL to learn who it is about. Loaded at start;
 * rules that change an account change it here after the commit and before their reply.
 */
import type { AccountEntry } from '../caller.ts'
import type { Database } from '../db/schema.ts'
import { selectDirectoryAccounts, selectMemberships } from './queries.ts'

export interface AccountDirectory {
  byId(id: string): AccountEntry | undefined
  /** In any spelling. */
  byName(name: string): AccountEntry | undefined
  /** The oldest administrator; undefined before the first start is complete. */
  firstAdmin(): AccountEntry | undefined
  /** Adds an account or replaces the one with its id. */
  put(account: AccountEntry): void
  /** Forgets an account and its memberships. */
  remove(id: string): void
  addMember(organizationId: string, userId: string): void
  removeMember(organizationId: string, userId: string): void
  isMember(organizationId: string, userId: string): boolean
  /** In no particular order. */
  membersOf(organizationId: string): readonly AccountEntry[]
  /** Organizations that the user belongs to, in no particular order. */
  organizationsOf(userId: string): readonly AccountEntry[]
  /** True for what the account owns itself and for what its organizations own (platform.md 1.4). */
  mayActFor(accountId: string, ownerId: string): boolean
}

/** Reads all accounts. */
export async function createAccountDirectory(db: Database): Promise<AccountDirectory> {
  const ids = new Map<string, AccountEntry>()
  const names = new Map<string, AccountEntry>()
  const members = new Map<string, Set<string>>()

  const directory: AccountDirectory = {
    byId: (id) => ids.get(id),
    byName: (name) => names.get(name.toLowerCase()),
    firstAdmin: () => [...ids.values()].filter(({ isAdmin }) => isAdmin).sort((a, b) => a.hostUid - b.hostUid)[0],
    put(account) {
      ids.set(account.id, account)
      names.set(account.name.toLowerCase(), account)
    },
    remove(id) {
      const account = ids.get(id)
      if (account) names.delete(account.name.toLowerCase())
      ids.delete(id)
      members.delete(id)
      for (const users of members.values()) users.delete(id)
    },
    addMember(organizationId, userId) {
      const users = members.get(organizationId) ?? new Set()
      members.set(organizationId, users.add(userId))
    },
    removeMember: (organizationId, userId) => void members.get(organizationId)?.delete(userId),
    isMember: (organizationId, userId) => members.get(organizationId)?.has(userId) ?? false,
    membersOf: (organizationId) => [...(members.get(organizationId) ?? [])].flatMap((id) => ids.get(id) ?? []),
    organizationsOf: (userId) =>
      [...members].flatMap(([organizationId, users]) => (users.has(userId) ? (ids.get(organizationId) ?? []) : [])),
    mayActFor: (accountId, ownerId) => accountId === ownerId || directory.isMember(ownerId, accountId),
  }
  for (const account of await selectDirectoryAccounts(db)) directory.put(account)
  for (const { organization_id, user_id } of await selectMemberships(db)) directory.addMember(organization_id, user_id)
  return directory
}
