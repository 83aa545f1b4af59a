/** SQL of the audit log: there is no update and no delete, and the database refuses both. */
import type { Insertable, Selectable } from 'kysely'
import type { AuditLogTable } from '../db/people-tables.ts'
import type { Database } from '../db/schema.ts'

export type AuditRow = Selectable<AuditLogTable>

export async function insertAudit(db: Database, row: Insertable<AuditLogTable>): Promise<void> {
  await db.insertInto('audit_log').values(row).execute()
}

export function selectAudit(
  db: Database,
  { accountId, before, limit }: { accountId: string | undefined; before: number; limit: number },
): Promise<AuditRow[]> {
  const rows = db.selectFrom('audit_log').selectAll().where('number', '<', before)
  const chosen = accountId === undefined ? rows : rows.where('account_id', '=', accountId)
  return chosen.orderBy('number', 'desc').limit(limit).execute()
}
