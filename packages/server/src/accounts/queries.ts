/** SQL of accounts and memberships. */
import { type Insertable, type Selectable, sql } from 'kysely'
import type { AccountEntry } from '../caller.ts'
import type { AccountsTable, Database, OrganizationMembersTable } from '../db/schema.ts'

export type AccountRow = Selectable<AccountsTable>
/** A new account; the database gives it the next host uid. */
export type NewAccountRow = Omit<Insertable<AccountsTable>, 'host_uid'>

/** Every account as the directory holds it. */
export async function selectDirectoryAccounts(db: Database): Promise<AccountEntry[]> {
  const rows = await db.selectFrom('accounts').select(['id', 'kind', 'name', 'email', 'is_admin', 'host_uid']).execute()
  return rows.map(entryOf)
}

export function selectMemberships(
  db: Database,
): Promise<Pick<OrganizationMembersTable, 'organization_id' | 'user_id'>[]> {
  return db.selectFrom('organization_members').select(['organization_id', 'user_id']).execute()
}

export function selectAccount(db: Database, id: string): Promise<AccountRow> {
  return db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

/** Accounts of a kind in the order of their names, after `afterName`. */
export function selectAccountsByName(
  db: Database,
  { kind, afterName, limit }: { kind: AccountRow['kind']; afterName: string; limit: number },
): Promise<AccountRow[]> {
  return db
    .selectFrom('accounts')
    .selectAll()
    .where('kind', '=', kind)
    .where('name_lower', '>', afterName)
    .orderBy('name_lower')
    .limit(limit)
    .execute()
}

/** Two of these at the same time can pick the same uid; the unique index then refuses the slower one. */
export function insertAccount(db: Database, account: NewAccountRow): Promise<AccountRow> {
  const nextHostUid = sql<number>`(select coalesce(max(host_uid), -1) + 1 from accounts)`
  return db
    .insertInto('accounts')
    .values({ ...account, host_uid: nextHostUid })
    .returningAll()
    .executeTakeFirstOrThrow()
}

export interface AccountChange {
  readonly full_name: string | undefined
  readonly company_name: string | undefined
  readonly company_role: string | undefined
  readonly password_hash: string | undefined
}

/** Undefined members keep what is stored. */
export function updateAccount(db: Database, id: string, change: AccountChange): Promise<AccountRow> {
  if (Object.values(change).every((value) => value === undefined)) return selectAccount(db, id)
  return db.updateTable('accounts').set(change).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** False when the user is a member already. */
export async function insertMember(db: Database, member: Insertable<OrganizationMembersTable>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('organization_members')
    .values(member)
    .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

export async function selectOwnerIds(db: Database, organizationId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('organization_members')
    .select('user_id')
    .where('organization_id', '=', organizationId)
    .where('role', '=', 'owner')
    .orderBy('user_id')
    .execute()
  return rows.map(({ user_id }) => user_id)
}

/** Null when the account has no password or there is no such user. */
export async function selectPasswordHash(db: Database, id: string): Promise<string | null> {
  const row = await db.selectFrom('accounts').select('password_hash').where('id', '=', id).executeTakeFirst()
  return row?.password_hash ?? null
}

/** The part of a row that the directory holds. */
export function entryOf(
  row: Pick<AccountRow, 'id' | 'kind' | 'name' | 'email' | 'is_admin' | 'host_uid'>,
): AccountEntry {
  const { id, kind, name, email } = row
  return { id, kind, name, email, isAdmin: row.is_admin === 1, hostUid: row.host_uid }
}
