/** SQL of API keys. */
import type { Insertable, Selectable } from 'kysely'
import type { ApiKeysTable, Database } from '../db/schema.ts'

export type KeyRow = Selectable<ApiKeysTable>

/** What the key ring holds of every key. */
export function selectRingKeys(
  db: Database,
): Promise<Pick<KeyRow, 'id' | 'account_id' | 'kind' | 'digest' | 'rights'>[]> {
  return db.selectFrom('api_keys').select(['id', 'account_id', 'kind', 'digest', 'rights']).execute()
}

/** Keys of an account, oldest first. */
export function selectKeys(db: Database, accountId: string): Promise<KeyRow[]> {
  return db
    .selectFrom('api_keys')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

export async function insertKey(db: Database, key: Insertable<ApiKeysTable>): Promise<void> {
  await db.insertInto('api_keys').values(key).execute()
}

/** Replaces label and rights of the account's key with this digest and kind; undefined when it has none. */
export function updateKeyByDigest(
  db: Database,
  { digest, account_id, kind, label, rights }: Pick<KeyRow, 'digest' | 'account_id' | 'kind' | 'label' | 'rights'>,
): Promise<KeyRow | undefined> {
  return db
    .updateTable('api_keys')
    .set({ label, rights })
    .where('digest', '=', digest)
    .where('account_id', '=', account_id)
    .where('kind', '=', kind)
    .returningAll()
    .executeTakeFirst()
}

/** Deletes all keys of an account; what was deleted. */
export function deleteAccountKeys(db: Database, accountId: string): Promise<Pick<KeyRow, 'id' | 'digest'>[]> {
  return db.deleteFrom('api_keys').where('account_id', '=', accountId).returning(['id', 'digest']).execute()
}

/** The deleted key's digest, or undefined when the account has no such key. */
export async function deleteKey(db: Database, accountId: string, id: string): Promise<string | undefined> {
  const row = await db
    .deleteFrom('api_keys')
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .returning('digest')
    .executeTakeFirst()
  return row?.digest
}
