/** SQL of accounts and memberships. */
import { type Insertable, type Selectable, sql } from 'kysely'
import type { AccountEntry } from '../caller.ts'
import type { AccountsTable, Database, OrganizationMembersTable } from '../db/schema.ts'
import { groupRolesOf } from './group-roles.ts'

export type AccountRow = Selectable<AccountsTable>
/** A new account; the database gives it the next host uid. */
export type NewAccountRow = Omit<Insertable<AccountsTable>, 'host_uid'>

const ENTRY_COLUMNS = [
  'id',
  'kind',
  'name',
  'email',
  'is_admin',
  'is_viewer',
  'deleted_at',
  'host_uid',
  'external_id',
  'organization',
] as const

/** Every account as the directory holds it. */
export async function selectDirectoryAccounts(db: Database): Promise<AccountEntry[]> {
  const rows = await db.selectFrom('accounts').select(ENTRY_COLUMNS).execute()
  return rows.map(entryOf)
}

export function selectMemberships(
  db: Database,
): Promise<Pick<OrganizationMembersTable, 'organization_id' | 'user_id' | 'role'>[]> {
  return db.selectFrom('organization_members').select(['organization_id', 'user_id', 'role']).execute()
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
    .where('deleted_at', 'is', null)
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
  readonly full_name?: string | undefined
  readonly company_name?: string | undefined
  readonly company_role?: string | undefined
  readonly password_hash?: string | undefined
  readonly is_viewer?: number | undefined
  readonly is_admin?: number | undefined
  readonly external_id?: string | null | undefined
}

/** Undefined members keep what is stored. */
export function updateAccount(db: Database, id: string, change: AccountChange): Promise<AccountRow> {
  if (Object.values(change).every((value) => value === undefined)) return selectAccount(db, id)
  return db.updateTable('accounts').set(change).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** Id of the user with this address. */
export async function selectAccountByEmail(db: Database, emailLower: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('accounts')
    .select('id')
    .where('kind', '=', 'user')
    .where('email_lower', '=', emailLower)
    .executeTakeFirst()
  return row?.id
}

/** Marks an account as deleted; undefined when it is already. */
export function closeAccount(db: Database, id: string, time: string): Promise<AccountRow | undefined> {
  return db
    .updateTable('accounts')
    .set({ deleted_at: time, password_hash: null, is_admin: 0, is_viewer: 0 })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
}

/** The account of a person at the identity provider, deleted ones included. */
export function selectAccountByExternalId(db: Database, externalId: string): Promise<AccountRow | undefined> {
  return db.selectFrom('accounts').selectAll().where('external_id', '=', externalId).executeTakeFirst()
}

/** Null when the account has no password or there is no such user. */
export async function selectPasswordHash(db: Database, id: string): Promise<string | null> {
  const row = await db.selectFrom('accounts').select('password_hash').where('id', '=', id).executeTakeFirst()
  return row?.password_hash ?? null
}

/** The part of a row that the directory holds. */
export function entryOf(row: Pick<AccountRow, (typeof ENTRY_COLUMNS)[number]>): AccountEntry {
  const { id, kind, name, email, external_id: externalId } = row
  const groupRoles = groupRolesOf(row.organization)
  return {
    id,
    kind,
    name,
    email,
    isAdmin: row.is_admin === 1,
    isViewer: row.is_viewer === 1,
    isClosed: row.deleted_at !== null,
    hostUid: row.host_uid,
    ...(externalId === null ? {} : { externalId }),
    ...(groupRoles && { groupRoles }),
  }
}
