/** SQL of notifications. */
import type { NotificationsTable } from '../db/people-tables.ts'
import type { Database } from '../db/schema.ts'

export async function insertNotifications(db: Database, rows: readonly NotificationsTable[]): Promise<void> {
  if (rows.length > 0) await db.insertInto('notifications').values(rows).execute()
}

export interface NotificationFilter {
  readonly accountId: string
  readonly kinds: readonly string[]
  /** ISO time; only later ones. */
  readonly since: string
  readonly limit: number
}

/** Newest first. */
export function selectNotifications(
  db: Database,
  { accountId, kinds, since, limit }: NotificationFilter,
): Promise<NotificationsTable[]> {
  return db
    .selectFrom('notifications')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('kind', 'in', kinds)
    .where('created_at', '>', since)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute()
}
