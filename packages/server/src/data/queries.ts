/** SQL of hosted data. Each statement takes a database or a transaction. */
import type { CollectionAcl, CollectionsTable, DataUsageTable, FilesTable } from '../db/hosted-tables.ts'
import type { Database } from '../db/schema.ts'

/** Where a collection is looked up; names match in any case. */
export interface CollectionKey {
  readonly ownerId: string
  /** As in {@link CollectionsTable}. */
  readonly scope: string
  readonly name: string
}

/** Scope of the collections that owners name themselves. */
export const NAMED = ''

export function selectCollection(db: Database, key: CollectionKey): Promise<CollectionsTable | undefined> {
  return db
    .selectFrom('collections')
    .selectAll()
    .where('owner_id', '=', key.ownerId)
    .where('scope', '=', key.scope)
    .where('name_lower', '=', key.name.toLowerCase())
    .executeTakeFirst()
}

export function selectNamedCollection(db: Database, id: string): Promise<CollectionsTable | undefined> {
  return db.selectFrom('collections').selectAll().where('id', '=', id).where('scope', '=', NAMED).executeTakeFirst()
}

/** The default collection of an algorithm; undefined once that was deleted. */
export function selectDefaultCollection(db: Database, algorithmId: string): Promise<CollectionsTable | undefined> {
  return db
    .selectFrom('collections')
    .selectAll('collections')
    .innerJoin('algorithms', 'algorithms.default_collection_id', 'collections.id')
    .where('algorithms.id', '=', algorithmId)
    .where('scope', '=', NAMED)
    .executeTakeFirst()
}

export async function updateDefaultCollection(db: Database, algorithmId: string, collectionId: string): Promise<void> {
  await db
    .updateTable('algorithms')
    .set({ default_collection_id: collectionId })
    .where('id', '=', algorithmId)
    .execute()
}

/** Up to `limit` of an owner's own collections with one of these access lists, by name, after a name. */
export function selectCollections(
  db: Database,
  ownerId: string,
  { acls, after, limit }: { acls: readonly CollectionAcl[]; after: string; limit: number },
): Promise<CollectionsTable[]> {
  return db
    .selectFrom('collections')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .where('scope', '=', NAMED)
    .where('acl', 'in', acls)
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute()
}

/** All collections that an owner named, by name. */
export function selectAllNamed(db: Database, ownerId: string): Promise<CollectionsTable[]> {
  return db
    .selectFrom('collections')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .where('scope', '=', NAMED)
    .orderBy('name')
    .execute()
}

export async function insertCollection(db: Database, row: CollectionsTable): Promise<void> {
  await db.insertInto('collections').values(row).execute()
}

export async function updateAcl(db: Database, collectionId: string, acl: CollectionAcl): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('collections')
    .set({ acl })
    .where('id', '=', collectionId)
    .where('scope', '=', NAMED)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

export async function deleteCollectionRow(db: Database, id: string): Promise<void> {
  await db.deleteFrom('collections').where('id', '=', id).execute()
}

export function selectFile(db: Database, collectionId: string, name: string): Promise<FilesTable | undefined> {
  return db
    .selectFrom('files')
    .selectAll()
    .where('collection_id', '=', collectionId)
    .where('name', '=', name)
    .executeTakeFirst()
}

/** Up to `limit` files by name, after a name. The primary key has this order, so every page costs the same. */
export function selectFiles(
  db: Database,
  collectionId: string,
  { after, limit }: { after: string; limit: number },
): Promise<FilesTable[]> {
  return db
    .selectFrom('files')
    .selectAll()
    .where('collection_id', '=', collectionId)
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute()
}

export async function upsertFile(db: Database, row: FilesTable): Promise<void> {
  const { size_bytes, crc32, object_id, modified_at } = row
  await db
    .insertInto('files')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['collection_id', 'name']).doUpdateSet({ size_bytes, crc32, object_id, modified_at }),
    )
    .execute()
}

export async function deleteFileRow(db: Database, { collection_id, name }: FilesTable): Promise<void> {
  await db.deleteFrom('files').where('collection_id', '=', collection_id).where('name', '=', name).execute()
}

export interface Sums {
  readonly files: number
  readonly bytes: number
}

/** Of the files in a collection. */
export async function sumFiles(db: Database, collectionId: string): Promise<Sums> {
  const { files, bytes } = await db
    .selectFrom('files')
    .select(({ fn }) => [fn.countAll<number | string>().as('files'), fn.sum<number | string>('size_bytes').as('bytes')])
    .where('collection_id', '=', collectionId)
    .executeTakeFirstOrThrow()
  return { files: Number(files), bytes: Number(bytes) }
}

export async function hasFiles(db: Database, collectionId: string): Promise<boolean> {
  const row = await db
    .selectFrom('files')
    .select('name')
    .where('collection_id', '=', collectionId)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function selectUsage(db: Database, ownerId: string): Promise<Sums> {
  const row = await db.selectFrom('data_usage').selectAll().where('owner_id', '=', ownerId).executeTakeFirst()
  return row ?? { files: 0, bytes: 0 }
}

/** These accounts, or all of these kinds. */
export type DataOwners = { readonly ids: readonly string[] } | { readonly kinds: readonly ('user' | 'organization')[] }

/** Bytes by owner. */
export async function selectUsageOf(db: Database, owners: DataOwners): Promise<Map<string, number>> {
  if (('ids' in owners ? owners.ids : owners.kinds).length === 0) return new Map()
  const all = db.selectFrom('data_usage').select(['owner_id', 'bytes'])
  const chosen =
    'ids' in owners
      ? all.where('owner_id', 'in', owners.ids)
      : all.where('owner_id', 'in', db.selectFrom('accounts').select('id').where('kind', 'in', owners.kinds))
  return new Map((await chosen.execute()).map(({ owner_id, bytes }) => [owner_id, bytes]))
}

/** Of all owners. */
export async function sumUsage(db: Database): Promise<Sums> {
  const { files, bytes } = await db
    .selectFrom('data_usage')
    .select(({ fn }) => [fn.sum<number | string>('files').as('files'), fn.sum<number | string>('bytes').as('bytes')])
    .executeTakeFirstOrThrow()
  return { files: Number(files), bytes: Number(bytes) }
}

/**
 * Holds an owner's data for the rest of the transaction: everybody who changes it comes by here first, so changes of one
 * owner happen one after the other. Undefined for an account that was deleted.
 */
export function holdData(transaction: Database, ownerId: string): Promise<DataUsageTable | undefined> {
  return transaction
    .insertInto('data_usage')
    .columns(['owner_id', 'bytes', 'files'])
    .expression(
      transaction
        .selectFrom('accounts')
        .select(({ lit }) => ['id', lit(0).as('bytes'), lit(0).as('files')])
        .where('id', '=', ownerId)
        .where('deleted_at', 'is', null),
    )
    .onConflict((conflict) =>
      conflict.column('owner_id').doUpdateSet((row) => ({ bytes: row.ref('data_usage.bytes') })),
    )
    .returningAll()
    .executeTakeFirst()
}

/**
 * Holds the owner's data and looks a collection up again, which may have been deleted meanwhile. Undefined for an account
 * that was deleted.
 */
export async function holdCollection(
  transaction: Database,
  key: CollectionKey,
): Promise<{ usage: Sums; row: CollectionsTable | undefined } | undefined> {
  const usage = await holdData(transaction, key.ownerId)
  return usage && { usage, row: await selectCollection(transaction, key) }
}

/** Those of the objects that are the content of a file. */
export async function selectNamedObjects(db: Database, objectIds: readonly string[]): Promise<Set<string>> {
  const rows = await db.selectFrom('files').select('object_id').where('object_id', 'in', objectIds).execute()
  return new Set(rows.map(({ object_id }) => object_id))
}

/** Adds to what an owner has; negative figures take away. */
export async function addUsage(transaction: Database, ownerId: string, { files, bytes }: Sums): Promise<void> {
  await transaction
    .updateTable('data_usage')
    .set((row) => ({ files: row('files', '+', files), bytes: row('bytes', '+', bytes) }))
    .where('owner_id', '=', ownerId)
    .execute()
}
