/** SQL of the values that the built-in provider keeps. */
import type { Database } from '../db/schema.ts'
import type { SecretValuesTable } from '../db/secret-tables.ts'

export async function selectValues(db: Database, ids: readonly string[]): Promise<SecretValuesTable[]> {
  if (ids.length === 0) return []
  return db
    .selectFrom('secret_values')
    .selectAll()
    .where('id', 'in', [...ids])
    .execute()
}

export async function insertValue(db: Database, row: SecretValuesTable): Promise<void> {
  await db.insertInto('secret_values').values(row).execute()
}

/** False: there is no such row. */
export async function updateValue(db: Database, { id, ...change }: SecretValuesTable): Promise<boolean> {
  const { numUpdatedRows } = await db.updateTable('secret_values').set(change).where('id', '=', id).executeTakeFirst()
  return numUpdatedRows > 0n
}

/** False: there is no such row. */
export async function deleteValue(db: Database, id: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('secret_values').where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}
