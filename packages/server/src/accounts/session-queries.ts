/** SQL of sessions, password resets and invite codes. */
import type { Insertable } from 'kysely'
import type { InvitesTable, PasswordResetsTable, SessionsTable } from '../db/people-tables.ts'
import type { Database } from '../db/schema.ts'

export function selectSessions(db: Database): Promise<Omit<SessionsTable, 'created_at'>[]> {
  return db.selectFrom('sessions').select(['digest', 'account_id', 'expires_at']).execute()
}

export async function insertSession(db: Database, row: SessionsTable): Promise<void> {
  await db.insertInto('sessions').values(row).execute()
}

export async function deleteSession(db: Database, digest: string): Promise<void> {
  await db.deleteFrom('sessions').where('digest', '=', digest).execute()
}

export async function deleteSessionsOf(db: Database, accountId: string, exceptDigest = ''): Promise<void> {
  await db.deleteFrom('sessions').where('account_id', '=', accountId).where('digest', '!=', exceptDigest).execute()
}

export async function deleteSessionsUntil(db: Database, time: string): Promise<void> {
  await db.deleteFrom('sessions').where('expires_at', '<=', time).execute()
}

/** One link at a time: an older one stops working. */
export async function replaceReset(transaction: Database, row: PasswordResetsTable): Promise<void> {
  await deleteResetsOf(transaction, row.account_id)
  await transaction.insertInto('password_resets').values(row).execute()
}

/** Takes the reset out, so that it works once. */
export function takeReset(db: Database, digest: string): Promise<PasswordResetsTable | undefined> {
  return db.deleteFrom('password_resets').where('digest', '=', digest).returningAll().executeTakeFirst()
}

export async function deleteResetsOf(db: Database, accountId: string): Promise<void> {
  await db.deleteFrom('password_resets').where('account_id', '=', accountId).execute()
}

export function selectInvites(db: Database): Promise<InvitesTable[]> {
  return db.selectFrom('invites').selectAll().orderBy('created_at').orderBy('code').execute()
}

export function selectInvite(db: Database, code: string): Promise<InvitesTable | undefined> {
  return db.selectFrom('invites').selectAll().where('code', '=', code).executeTakeFirst()
}

export async function insertInvite(db: Database, row: Insertable<InvitesTable>): Promise<void> {
  await db.insertInto('invites').values(row).execute()
}

/** False when there is none. */
export async function deleteInvite(db: Database, code: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('invites').where('code', '=', code).executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}
