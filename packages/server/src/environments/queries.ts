/** SQL of environments that are turned off. */
import type { Database } from '../db/schema.ts'

export async function selectDisabled(db: Database): Promise<string[]> {
  const rows = await db.selectFrom('disabled_environments').select('specification_id').execute()
  return rows.map(({ specification_id }) => specification_id)
}

export async function insertDisabled(db: Database, specificationId: string): Promise<void> {
  await db
    .insertInto('disabled_environments')
    .values({ specification_id: specificationId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export async function deleteDisabled(db: Database, specificationId: string): Promise<void> {
  await db.deleteFrom('disabled_environments').where('specification_id', '=', specificationId).execute()
}
