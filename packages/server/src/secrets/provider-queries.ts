/** SQL of the providers beside the built-in one. */
import type { Database } from '../db/schema.ts'
import type { SecretProvidersTable } from '../db/secret-tables.ts'

export type ProviderRow = SecretProvidersTable

/** Oldest first. */
export function selectProviders(db: Database): Promise<ProviderRow[]> {
  return db.selectFrom('secret_providers').selectAll().orderBy('created_at').orderBy('id').execute()
}

export async function insertProvider(db: Database, row: ProviderRow): Promise<void> {
  await db.insertInto('secret_providers').values(row).execute()
}

/** Undefined: it was deleted. */
export function updateProviderRow(
  db: Database,
  id: string,
  change: Partial<Omit<ProviderRow, 'id' | 'created_at'>>,
): Promise<ProviderRow | undefined> {
  return db.updateTable('secret_providers').set(change).where('id', '=', id).returningAll().executeTakeFirst()
}

/** False: there is none, or it is disabled. */
export async function makeDefault(db: Database, id: string, at: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('secret_providers')
    .set({ default_since: at })
    .where('id', '=', id)
    .where('is_enabled', '=', 1)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** After this the built-in provider is the default. */
export async function clearDefault(db: Database): Promise<void> {
  await db.updateTable('secret_providers').set({ default_since: null }).where('default_since', 'is not', null).execute()
}

export async function deleteProviderRow(db: Database, id: string): Promise<void> {
  await db.deleteFrom('secret_providers').where('id', '=', id).execute()
}
