/** SQL of versions and of releases: a build, published or not, with its version. */
import type { SemanticVersion } from '@algorist/contract/version.ts'
import { sql } from 'kysely'
import type { Database, Schema } from '../db/schema.ts'

/** A build with the version it carries, if it carries one. */
export interface ReleaseRow {
  readonly id: string
  readonly algorithm_id: string
  readonly number: number
  readonly commit_sha: string
  readonly status: 'in-progress' | 'succeeded' | 'failed'
  readonly started_at: string
  readonly finished_at: string | null
  /** Null until it succeeded, and once its files are no longer kept. */
  readonly artifact: string | null
  readonly build_sample_output: string | null
  readonly version_id: string | null
  readonly major: number | null
  readonly minor: number | null
  readonly revision: number | null
  readonly callability: 'public' | 'private' | null
  /** AlgorithmSettings in force for the version, as JSON. */
  readonly settings: string | null
  readonly release_notes: string | null
  readonly sample_input: string | null
  readonly sample_output: string | null
  /** Time of publication, or of the build's start: what lists are sorted by. */
  readonly released_at: string
}

const releasedAt = sql<string>`coalesce(versions.published_at, builds.started_at)`

const releases = (db: Database) =>
  db
    .selectFrom('builds')
    .leftJoin('versions', 'versions.build_id', 'builds.id')
    .select([
      'builds.id',
      'builds.algorithm_id',
      'builds.number',
      'builds.commit_sha',
      'builds.status',
      'builds.started_at',
      'builds.finished_at',
      'builds.artifact',
      'builds.sample_output as build_sample_output',
      'versions.id as version_id',
      'versions.major',
      'versions.minor',
      'versions.revision',
      'versions.callability',
      'versions.settings',
      'versions.release_notes',
      'versions.sample_input',
      'versions.sample_output',
    ])
    .select(releasedAt.as('released_at'))

export interface ReleasesPage {
  readonly algorithmId: string
  readonly limit: number
  readonly after: { readonly releasedAt: string; readonly number: number } | undefined
  readonly isPublished: boolean | undefined
  /** A build that is not published counts as private. */
  readonly callability: 'public' | 'private' | undefined
  /** True: also versions that were imported and have no successful build here. */
  readonly hasUnbuilt: boolean
}

/** Successful builds, newest release first, and where they are asked for versions whose build is not. */
export function readReleases(db: Database, page: ReleasesPage): Promise<ReleaseRow[]> {
  const { algorithmId, limit, after, isPublished, callability, hasUnbuilt } = page
  let query = releases(db)
    .where('builds.algorithm_id', '=', algorithmId)
    .where(({ or, eb }) =>
      or([eb('builds.status', '=', 'succeeded'), ...(hasUnbuilt ? [eb('versions.id', 'is not', null)] : [])]),
    )
  if (isPublished !== undefined) query = query.where('versions.id', isPublished ? 'is not' : 'is', null)
  if (callability === 'public') query = query.where('versions.callability', '=', 'public')
  if (callability === 'private') {
    query = query.where(({ or, eb }) => or([eb('versions.id', 'is', null), eb('versions.callability', '=', 'private')]))
  }
  if (after) {
    query = query.where(({ or, and, eb }) =>
      or([
        eb(releasedAt, '<', after.releasedAt),
        and([eb(releasedAt, '=', after.releasedAt), eb('builds.number', '<', after.number)]),
      ]),
    )
  }
  return query.orderBy(releasedAt, 'desc').orderBy('builds.number', 'desc').limit(limit).execute()
}

export function readReleaseOfBuild(db: Database, buildId: string): Promise<ReleaseRow | undefined> {
  return releases(db).where('builds.id', '=', buildId).executeTakeFirst()
}

export type VersionReference = SemanticVersion | { readonly id: string }

/** A version by its number or id, whatever became of its build. */
export function readReleaseOfVersion(
  db: Database,
  algorithmId: string,
  version: VersionReference,
): Promise<ReleaseRow | undefined> {
  const ofAlgorithm = releases(db).where('builds.algorithm_id', '=', algorithmId)
  if ('id' in version) return ofAlgorithm.where('versions.id', '=', version.id).executeTakeFirst()
  return ofAlgorithm
    .where('versions.major', '=', version.major)
    .where('versions.minor', '=', version.minor)
    .where('versions.revision', '=', version.revision)
    .executeTakeFirst()
}

/** The newest successful build, or the newest of all when none succeeded. */
export function readNewestRelease(db: Database, algorithmId: string): Promise<ReleaseRow | undefined> {
  return releases(db)
    .where('builds.algorithm_id', '=', algorithmId)
    .orderBy(sql`case builds.status when 'succeeded' then 0 else 1 end`)
    .orderBy('builds.number', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** The newest successful build of a commit, or its newest build when none succeeded. */
export function readReleaseOfCommit(
  db: Database,
  algorithmId: string,
  commitSha: string,
): Promise<ReleaseRow | undefined> {
  return releases(db)
    .where('builds.algorithm_id', '=', algorithmId)
    .where('builds.commit_sha', '=', commitSha)
    .orderBy(sql`case builds.status when 'succeeded' then 0 else 1 end`)
    .orderBy('builds.number', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export interface HighestVersion {
  readonly major: number
  readonly minor: number
  readonly revision: number
  readonly settings: string
}

export function readHighestVersion(db: Database, algorithmId: string): Promise<HighestVersion | undefined> {
  return db
    .selectFrom('versions')
    .select(['major', 'minor', 'revision', 'settings'])
    .where('algorithm_id', '=', algorithmId)
    .orderBy('major', 'desc')
    .orderBy('minor', 'desc')
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export type NewVersion = Schema['versions']

export async function insertVersion(db: Database, version: NewVersion): Promise<void> {
  await db.insertInto('versions').values(version).execute()
}

export async function setVersionSampleOutput(db: Database, versionId: string, sampleOutput: string): Promise<void> {
  await db.updateTable('versions').set({ sample_output: sampleOutput }).where('id', '=', versionId).execute()
}

/** True for an owner of the organization; plain members may publish privately only (rest-api.md 3.2, row 60). */
export async function isOrganizationOwner(db: Database, organizationId: string, userId: string): Promise<boolean> {
  const row = await db
    .selectFrom('organization_members')
    .select('role')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row?.role === 'owner'
}
