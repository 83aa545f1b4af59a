/** SQL of API keys. */
import type { Insertable, Selectable } from 'kysely'
import type { ApiKeysTable, Database } from '../db/schema.ts'

export type KeyRow = Selectable<ApiKeysTable>

/** What the key ring holds of every key. */
export function selectRingKeys(
  db: Database,
): Promise<Pick<KeyRow, 'id' | 'account_id' | 'kind' | 'digest' | 'rights' | 'expires_at'>[]> {
  return db.selectFrom('api_keys').select(['id', 'account_id', 'kind', 'digest', 'rights', 'expires_at']).execute()
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

export function selectKey(db: Database, accountId: string, id: string): Promise<KeyRow | undefined> {
  return db
    .selectFrom('api_keys')
    .selectAll()
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .executeTakeFirst()
}

/** Undefined when the account has no such key any more. */
export function updateKey(
  db: Database,
  { id, account_id, label, rights, expires_at }: Pick<KeyRow, 'id' | 'account_id' | 'label' | 'rights' | 'expires_at'>,
): Promise<KeyRow | undefined> {
  return db
    .updateTable('api_keys')
    .set({ label, rights, expires_at })
    .where('id', '=', id)
    .where('account_id', '=', account_id)
    .returningAll()
    .executeTakeFirst()
}

/** Deletes the keys of an organization that were given to a member; what was deleted. */
export function deleteAssignedKeys(
  db: Database,
  { accountId, assigneeId }: { readonly accountId: string; readonly assigneeId: string },
): Promise<Pick<KeyRow, 'id' | 'digest'>[]> {
  return db
    .deleteFrom('api_keys')
    .where('account_id', '=', accountId)
    .where('assignee_id', '=', assigneeId)
    .returning(['id', 'digest'])
    .execute()
}

/** Deletes the keys of organizations that were given to a user; what was deleted. */
export function deleteKeysGivenTo(db: Database, assigneeId: string): Promise<Pick<KeyRow, 'id' | 'digest'>[]> {
  return db.deleteFrom('api_keys').where('assignee_id', '=', assigneeId).returning(['id', 'digest']).execute()
}

export async function updateLastUsed(db: Database, ids: readonly string[], time: string): Promise<void> {
  await db.updateTable('api_keys').set({ last_used_at: time }).where('id', 'in', ids).execute()
}
