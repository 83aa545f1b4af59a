/** SQL of what an export reads: everything of one owner, in pages where it can be much. */
import type { CollectionsTable, FilesTable } from '../db/hosted-tables.ts'
import type { Database } from '../db/schema.ts'

export function selectOwner(db: Database, id: string) {
  return db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

export function selectMembers(db: Database, organizationId: string) {
  return db
    .selectFrom('organization_members')
    .innerJoin('accounts', 'accounts.id', 'organization_members.user_id')
    .select(['accounts.name', 'accounts.email', 'organization_members.role'])
    .where('organization_members.organization_id', '=', organizationId)
    .orderBy('accounts.name_lower')
    .execute()
}

export async function selectTypeName(db: Database, id: string): Promise<string | undefined> {
  return (await db.selectFrom('organization_types').select('name').where('id', '=', id).executeTakeFirst())?.name
}

/** Standard keys, oldest first, with whom they were given to. */
export function selectStandardKeys(db: Database, accountId: string) {
  return db
    .selectFrom('api_keys')
    .leftJoin('accounts', 'accounts.id', 'api_keys.assignee_id')
    .selectAll('api_keys')
    .select(['accounts.name as assignee_name', 'accounts.email as assignee_email'])
    .where('account_id', '=', accountId)
    .where('api_keys.kind', '<>', 'PlatformAdminKey')
    .orderBy('api_keys.created_at')
    .orderBy('api_keys.id')
    .execute()
}

export function selectConnectors(db: Database, ownerId: string) {
  return db
    .selectFrom('connectors')
    .select(['protocol', 'label', 'is_default', 'path_glob', 'is_writeable', 'cred_type'])
    .where('owner_id', '=', ownerId)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

/** Of the owner itself, an organization, and of its algorithms; no values. */
export function selectSecretNames(db: Database, ownerId: string) {
  const algorithms = db.selectFrom('algorithms').select('id').where('owner_id', '=', ownerId)
  return db
    .selectFrom('secrets')
    .leftJoin('algorithms', 'algorithms.id', 'secrets.owner_id')
    .select(['algorithms.name as algorithm', 'secrets.short_name', 'secrets.secret_key'])
    .where(({ or, eb }) => or([eb('secrets.owner_id', '=', ownerId), eb('secrets.owner_id', 'in', algorithms)]))
    .orderBy('secrets.owner_id')
    .orderBy('secrets.short_name')
    .execute()
}

export async function selectAlgorithmIds(db: Database, ownerId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('algorithms')
    .select('id')
    .where('owner_id', '=', ownerId)
    .orderBy('name_lower')
    .execute()
  return rows.map(({ id }) => id)
}

export function selectAlgorithm(db: Database, id: string) {
  return db.selectFrom('algorithms').selectAll().where('id', '=', id).executeTakeFirst()
}

export function selectVersions(db: Database, algorithmId: string) {
  return db
    .selectFrom('versions')
    .selectAll()
    .where('algorithm_id', '=', algorithmId)
    .orderBy('major')
    .orderBy('minor')
    .orderBy('revision')
    .execute()
}

/** Builds that versions need, and the newest that succeeded. */
export function selectNeededBuilds(db: Database, algorithmId: string) {
  const newest = db
    .selectFrom('builds')
    .select(({ fn }) => fn.max('number').as('number'))
    .where('algorithm_id', '=', algorithmId)
    .where('status', '=', 'succeeded')
  return db
    .selectFrom('builds')
    .leftJoin('versions', 'versions.build_id', 'builds.id')
    .select(['builds.id', 'builds.number', 'builds.commit_sha', 'builds.language', 'builds.status'])
    .select(['builds.started_at', 'builds.finished_at'])
    .where('builds.algorithm_id', '=', algorithmId)
    .where(({ or, eb }) => or([eb('versions.id', 'is not', null), eb('builds.number', '=', newest)]))
    .orderBy('builds.number')
    .execute()
}

/** Collections that the owner named, then those of its own algorithms. */
export async function selectCollections(
  db: Database,
  ownerId: string,
): Promise<(CollectionsTable & { readonly algorithm: string | null })[]> {
  const algorithms = await db.selectFrom('algorithms').select(['id', 'name']).where('owner_id', '=', ownerId).execute()
  const names = new Map(algorithms.map(({ id, name }) => [`algo:${id}`, name]))
  const rows = await db
    .selectFrom('collections')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .orderBy('scope')
    .orderBy('name_lower')
    .execute()
  return rows
    .filter(({ scope }) => scope === '' || names.has(scope))
    .map((row) => ({ ...row, algorithm: names.get(row.scope) ?? null }))
}

export function selectFiles(db: Database, collectionId: string, after: string, limit: number): Promise<FilesTable[]> {
  return db
    .selectFrom('files')
    .selectAll()
    .where('collection_id', '=', collectionId)
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute()
}

export function selectFile(db: Database, { collection_id, name }: FilesTable): Promise<FilesTable | undefined> {
  return db
    .selectFrom('files')
    .selectAll()
    .where('collection_id', '=', collection_id)
    .where('name', '=', name)
    .executeTakeFirst()
}
