/** SQL of an import: what is taken here, what is put aside, and the rows that one transaction makes visible. */
import type { Insertable, Selectable } from 'kysely'
import type { CollectionsTable, FilesTable } from '../db/hosted-tables.ts'
import type { AccountsTable, ApiKeysTable, Database, Schema } from '../db/schema.ts'

/** Rows per statement; engines limit how many values one may have. */
const ROWS = 200

type Keyed = 'accounts' | 'api_keys' | 'algorithms' | 'builds' | 'versions' | 'collections'

/** Those of the ids that rows of a table have. */
export async function selectTakenIds(db: Database, table: Keyed, ids: readonly string[]): Promise<string[]> {
  const taken: string[] = []
  for (const some of batches(ids)) {
    // All of these tables have this column; the types of a union of tables are more than the compiler is good for.
    const rows = await db
      .selectFrom(table as 'accounts')
      .select('id')
      .where('id', 'in', some)
      .execute()
    taken.push(...rows.map(({ id }) => id))
  }
  return taken
}

export async function selectTakenDigests(db: Database, digests: readonly string[]): Promise<Set<string>> {
  const taken = new Set<string>()
  for (const some of batches(digests)) {
    const rows = await db.selectFrom('api_keys').select('digest').where('digest', 'in', some).execute()
    for (const { digest } of rows) taken.add(digest)
  }
  return taken
}

/** True also for that of a deleted user, which stays taken. */
export async function isEmailTaken(db: Database, email: string): Promise<boolean> {
  const row = await db
    .selectFrom('accounts')
    .select('id')
    .where('kind', '=', 'user')
    .where('email_lower', '=', email.toLowerCase())
    .executeTakeFirst()
  return row !== undefined
}

export async function selectTypeId(db: Database, name: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('organization_types')
    .select('id')
    .where('name_lower', '=', name.toLowerCase())
    .executeTakeFirst()
  return row?.id
}

/** Beginning of the scope of collections that are being imported: nobody looks there. data/sweep-queries.ts knows it. */
const ASIDE = 'import:'

/** Puts a collection aside that is to be filled. */
export async function insertCollectionAside(
  db: Database,
  { id, ownerId, acl }: { readonly id: string; readonly ownerId: string; readonly acl: CollectionsTable['acl'] },
): Promise<void> {
  const row = { id, owner_id: ownerId, scope: `${ASIDE}${id}`, name: '', name_lower: '', acl }
  await db
    .insertInto('collections')
    .values({ ...row, created_at: new Date().toISOString() })
    .execute()
}

export async function insertFiles(db: Database, rows: readonly FilesTable[]): Promise<void> {
  for (const some of batches(rows)) await db.insertInto('files').values(some).execute()
}

/** Gives a collection that was put aside its place. */
export async function placeCollection(transaction: Database, { id, ...place }: CollectionsTable): Promise<void> {
  await transaction.updateTable('collections').set(place).where('id', '=', id).execute()
}

export async function insertUsage(transaction: Database, row: Schema['data_usage']): Promise<void> {
  await transaction.insertInto('data_usage').values(row).execute()
}

/** Puts an account in the place of another one, whose host uid it gets. */
export async function replaceAccount(
  transaction: Database,
  before: Pick<Selectable<AccountsTable>, 'id' | 'host_uid'>,
  account: Omit<Insertable<AccountsTable>, 'host_uid'>,
): Promise<Selectable<AccountsTable>> {
  await deleteAccount(transaction, before.id)
  return transaction
    .insertInto('accounts')
    .values({ ...account, host_uid: before.host_uid })
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function deleteAccount(db: Database, id: string): Promise<void> {
  await db.deleteFrom('accounts').where('id', '=', id).execute()
}

export async function hasAccount(db: Database, id: string): Promise<boolean> {
  return (await db.selectFrom('accounts').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
}

export async function insertMembers(
  transaction: Database,
  rows: readonly Insertable<Schema['organization_members']>[],
): Promise<void> {
  for (const some of batches(rows)) await transaction.insertInto('organization_members').values(some).execute()
}

export async function insertKeys(transaction: Database, rows: readonly Insertable<ApiKeysTable>[]): Promise<void> {
  for (const some of batches(rows)) await transaction.insertInto('api_keys').values(some).execute()
}

export interface AlgorithmRows {
  readonly algorithm: Insertable<Schema['algorithms']>
  readonly builds: readonly Insertable<Schema['builds']>[]
  readonly versions: readonly Insertable<Schema['versions']>[]
}

export async function insertAlgorithm(
  transaction: Database,
  { algorithm, builds, versions }: AlgorithmRows,
): Promise<void> {
  await transaction.insertInto('algorithms').values(algorithm).execute()
  for (const some of batches(builds)) await transaction.insertInto('builds').values(some).execute()
  for (const some of batches(versions)) await transaction.insertInto('versions').values(some).execute()
}

/** Versions of an owner whose build failed, which only an import makes. */
export function selectFailedVersions(transaction: Database, ownerId: string) {
  return transaction
    .selectFrom('versions')
    .innerJoin('builds', 'builds.id', 'versions.build_id')
    .innerJoin('algorithms', 'algorithms.id', 'versions.algorithm_id')
    .selectAll('builds')
    .select(['algorithms.name as algorithm', 'versions.major', 'versions.minor', 'versions.revision'])
    .where('algorithms.owner_id', '=', ownerId)
    .where('builds.status', '=', 'failed')
    .orderBy('algorithms.name')
    .orderBy('builds.number')
    .execute()
}

/** Lets a failed build begin again; false when somebody else has. */
export async function resetBuild(transaction: Database, id: string): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('builds')
    .set({ status: 'in-progress', finished_at: null, log: null })
    .where('id', '=', id)
    .where('status', '=', 'failed')
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += ROWS) yield items.slice(at, at + ROWS)
}
