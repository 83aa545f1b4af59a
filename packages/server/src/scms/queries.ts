/** SQL of source hosts. */
import type { ScmsTable } from '../db/people-tables.ts'
import type { Database } from '../db/schema.ts'

export function selectScms(db: Database): Promise<ScmsTable[]> {
  return db.selectFrom('scms').selectAll().orderBy('created_at').orderBy('id').execute()
}

export function selectScm(db: Database, id: string): Promise<ScmsTable | undefined> {
  return db.selectFrom('scms').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function insertScm(db: Database, row: ScmsTable): Promise<void> {
  await db.insertInto('scms').values(row).execute()
}

export function updateScm(
  db: Database,
  id: string,
  change: Partial<Pick<ScmsTable, 'enabled' | 'urls'>>,
): Promise<ScmsTable | undefined> {
  return db.updateTable('scms').set(change).where('id', '=', id).returningAll().executeTakeFirst()
}

/** Makes one the default and no other; none for an id that no row has, which is the built-in one. */
export async function updateDefault(db: Database, id: string): Promise<void> {
  await db
    .updateTable('scms')
    .set((row) => ({ is_default: row.case().when('id', '=', id).then(1).else(0).end() }))
    .execute()
}

export async function deleteScm(db: Database, id: string): Promise<void> {
  await db.deleteFrom('scms').where('id', '=', id).execute()
}
