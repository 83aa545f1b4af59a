/** SQL of deleting hosted data in bulk, and of finding what is left over. */
import { sql } from 'kysely'
import type { CollectionsTable, FilesTable } from '../db/hosted-tables.ts'
import type { Database } from '../db/schema.ts'

/** Beginning of the scope of those that were deleted and whose objects are not all gone yet. */
export const RETIRED = 'retired:'

/** Takes a collection out of sight for good; false when somebody else has. */
export async function retireCollectionRow(transaction: Database, id: string): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('collections')
    .set({ scope: `${RETIRED}${id}` })
    .where('id', '=', id)
    .where('scope', 'not like', `${RETIRED}%`)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Up to `limit` objects of a collection. */
export async function selectObjectIds(db: Database, collectionId: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('files')
    .select('object_id')
    .where('collection_id', '=', collectionId)
    .limit(limit)
    .execute()
  return rows.map(({ object_id }) => object_id)
}

export async function deleteFilesOfObjects(db: Database, objectIds: readonly string[]): Promise<void> {
  if (objectIds.length === 0) return
  await db.deleteFrom('files').where('object_id', 'in', objectIds).execute()
}

/** Deleted collections of which something is left. */
export async function selectRetiredIds(db: Database): Promise<string[]> {
  const rows = await inScopes(db, RETIRED).execute()
  return rows.map(({ id }) => id)
}

/** `temp` of every algorithm and caller. */
export function selectTempCollections(db: Database): Promise<CollectionsTable[]> {
  return inScopes(db, 'algo:').where('name_lower', '=', 'temp').execute()
}

/**
 * Collections that nobody can reach: those of sessions and of imports (transfer/) made before `before` (ISO time), of
 * algorithms that are gone, and of accounts that were deleted.
 */
export async function selectAbandonedCollections(db: Database, before: string): Promise<CollectionsTable[]> {
  const sessions = await inScopes(db, 'session:').where('created_at', '<', before).execute()
  const imports = await inScopes(db, 'import:').where('created_at', '<', before).execute()
  const algorithms = db.selectFrom('algorithms').select(sql<string>`'algo:' || id`.as('scope'))
  const ofAlgorithms = await inScopes(db, 'algo:').where('scope', 'not in', algorithms).execute()
  return [...sessions, ...imports, ...ofAlgorithms, ...(await selectOrphanedCollections(db))]
}

function selectOrphanedCollections(db: Database): Promise<CollectionsTable[]> {
  return db
    .selectFrom('collections')
    .selectAll()
    .where('scope', 'not like', `${RETIRED}%`)
    .where('scope', 'not like', 'import:%')
    .where('owner_id', 'not in', db.selectFrom('accounts').select('id').where('deleted_at', 'is', null))
    .execute()
}

/** Those whose scope begins with a word and a colon; a range, so that the index is used. */
function inScopes(db: Database, prefix: `${string}:`) {
  return db
    .selectFrom('collections')
    .selectAll()
    .where('scope', '>=', prefix)
    .where('scope', '<', prefix.replace(':', ';'))
}

/** Up to `limit` files of a collection that were written before an ISO time. */
export function selectFilesBefore(
  db: Database,
  collectionId: string,
  before: string,
  limit: number,
): Promise<FilesTable[]> {
  return db
    .selectFrom('files')
    .selectAll()
    .where('collection_id', '=', collectionId)
    .where('modified_at', '<', before)
    .limit(limit)
    .execute()
}

export async function hasCollections(db: Database): Promise<boolean> {
  return (await db.selectFrom('collections').select('id').limit(1).executeTakeFirst()) !== undefined
}
