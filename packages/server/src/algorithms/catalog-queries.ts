/** SQL of the catalog: three reads, whole or for one algorithm. */
import type { Database } from '../db/schema.ts'
import type { Callability } from './settings.ts'

export interface CatalogRows {
  readonly algorithms: readonly { id: string; owner_id: string; name: string; settings: string }[]
  /** Successful builds, oldest first. */
  readonly builds: readonly {
    id: string
    algorithm_id: string
    commit_sha: string
    /** Null once its files are no longer kept. */
    artifact: string | null
    language: string
  }[]
  readonly versions: readonly {
    id: string
    algorithm_id: string
    build_id: string
    major: number
    minor: number
    revision: number
    callability: Callability
    settings: string
    published_at: string
  }[]
}

export function readAllCatalogRows(db: Database): Promise<CatalogRows> {
  return readRows(db, undefined)
}

export function readCatalogRows(db: Database, algorithmId: string): Promise<CatalogRows> {
  return readRows(db, algorithmId)
}

/** Versions are read first: a build that one of them names is then certainly among the builds. */
async function readRows(db: Database, id: string | undefined): Promise<CatalogRows> {
  const versions = await db
    .selectFrom('versions')
    .select(['id', 'algorithm_id', 'build_id', 'major', 'minor', 'revision', 'callability', 'settings', 'published_at'])
    .$if(id !== undefined, (query) => query.where('algorithm_id', '=', id ?? ''))
    .execute()
  const builds = await db
    .selectFrom('builds')
    .select(['id', 'algorithm_id', 'commit_sha', 'artifact', 'language'])
    .where('status', '=', 'succeeded')
    .$if(id !== undefined, (query) => query.where('algorithm_id', '=', id ?? ''))
    .orderBy('number')
    .execute()
  const algorithms = await db
    .selectFrom('algorithms')
    .select(['id', 'owner_id', 'name', 'settings'])
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
    .execute()
  return { algorithms, builds, versions }
}
