/** SQL of secrets. */
import { sql } from 'kysely'
import type { Database } from '../db/schema.ts'
import type { SecretsTable } from '../db/secret-tables.ts'

export type SecretRow = SecretsTable

/** Of all these owners, oldest first. */
export function selectSecrets(db: Database, ownerIds: readonly string[]): Promise<SecretRow[]> {
  return db
    .selectFrom('secrets')
    .selectAll()
    .where('owner_id', 'in', [...ownerIds])
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

export function selectSecret(db: Database, ownerId: string, id: string): Promise<SecretRow | undefined> {
  return db.selectFrom('secrets').selectAll().where('id', '=', id).where('owner_id', '=', ownerId).executeTakeFirst()
}

/** How many secrets an owner has, and how many bytes of values. */
export async function sumSecrets(db: Database, ownerId: string): Promise<{ count: number; bytes: number }> {
  const sum = await db
    .selectFrom('secrets')
    .select([sql<number>`count(*)`.as('count'), sql<number>`coalesce(sum(value_bytes), 0)`.as('bytes')])
    .where('owner_id', '=', ownerId)
    .executeTakeFirstOrThrow()
  return { count: Number(sum.count), bytes: Number(sum.bytes) }
}

/** Holds the owner for the rest of the transaction, so that its secrets change one after the other; false: it is gone. */
export async function holdOwner(
  transaction: Database,
  { type, id }: { readonly type: SecretRow['owner_type']; readonly id: string },
): Promise<boolean> {
  // An update that changes nothing takes the row lock on both engines.
  const held =
    type === 'algorithm'
      ? await transaction
          .updateTable('algorithms')
          .set((row) => ({ name: row.ref('name') }))
          .where('id', '=', id)
          .returning('id')
          .executeTakeFirst()
      : await transaction
          .updateTable('accounts')
          .set((row) => ({ name: row.ref('name') }))
          .where('id', '=', id)
          .where('deleted_at', 'is', null)
          .returning('id')
          .executeTakeFirst()
  return held !== undefined
}

export async function insertSecret(db: Database, row: SecretRow): Promise<void> {
  await db.insertInto('secrets').values(row).execute()
}

export type SecretChange = Partial<Pick<SecretRow, 'short_name' | 'description' | 'value_bytes' | 'modified_at'>>

export async function updateSecretRow(db: Database, id: string, change: SecretChange): Promise<void> {
  await db.updateTable('secrets').set(change).where('id', '=', id).execute()
}

export async function deleteSecretRow(db: Database, id: string): Promise<void> {
  await db.deleteFrom('secrets').where('id', '=', id).execute()
}
