/** SQL of feature flags and reservations. */
import type { Insertable } from 'kysely'
import type { ReservationsTable } from '../db/people-tables.ts'
import type { Database } from '../db/schema.ts'

/** Flags of the server itself have an empty account id. */
export async function selectFeatures(db: Database, accountId: string): Promise<ReadonlyMap<string, boolean>> {
  const rows = await db.selectFrom('features').select(['name', 'enabled']).where('account_id', '=', accountId).execute()
  return new Map(rows.map(({ name, enabled }) => [name, enabled === 1]))
}

export async function upsertFeature(
  db: Database,
  { name, accountId, isEnabled }: { name: string; accountId: string; isEnabled: boolean },
): Promise<void> {
  const enabled = isEnabled ? 1 : 0
  await db
    .insertInto('features')
    .values({ name, account_id: accountId, enabled })
    .onConflict((conflict) => conflict.columns(['name', 'account_id']).doUpdateSet({ enabled }))
    .execute()
}

export function selectReservations(db: Database): Promise<ReservationsTable[]> {
  return db.selectFrom('reservations').selectAll().orderBy('created_at').orderBy('id').execute()
}

export async function insertReservation(db: Database, row: Insertable<ReservationsTable>): Promise<void> {
  await db.insertInto('reservations').values(row).execute()
}

/** False when there is none. */
export async function deleteReservation(db: Database, id: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('reservations').where('id', '=', id).executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}
