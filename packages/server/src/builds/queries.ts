/** SQL of builds. Each statement takes a database or a transaction. */
import { randomUUID } from 'node:crypto'
import type { Database } from '../db/schema.ts'

/** A build without its log, which can be megabytes. */
export interface BuildRow {
  readonly id: string
  readonly algorithm_id: string
  readonly number: number
  readonly commit_sha: string
  readonly status: 'in-progress' | 'succeeded' | 'failed'
  readonly artifact: string | null
  readonly language: string
  readonly started_at: string
  readonly finished_at: string | null
  readonly sample_output: string | null
  readonly requested_by: string
}

/** A build together with the number it was published under, if it was. */
export interface BuildWithVersion extends BuildRow {
  readonly major: number | null
  readonly minor: number | null
  readonly revision: number | null
}

const columns = [
  'builds.id',
  'builds.algorithm_id',
  'builds.number',
  'builds.commit_sha',
  'builds.status',
  'builds.artifact',
  'builds.language',
  'builds.started_at',
  'builds.finished_at',
  'builds.sample_output',
  'builds.requested_by',
] as const

export interface NewBuild {
  readonly algorithmId: string
  readonly commitSha: string
  readonly language: string
  readonly requestedBy: string
}

/** Adds a build in progress with the next number; the algorithm is held or new. */
export async function insertBuild(transaction: Database, build: NewBuild): Promise<BuildRow> {
  const { newest } = await transaction
    .selectFrom('builds')
    .select((expression) => expression.fn.max('number').as('newest'))
    .where('algorithm_id', '=', build.algorithmId)
    .executeTakeFirstOrThrow()
  const row = {
    id: randomUUID(),
    algorithm_id: build.algorithmId,
    number: Number(newest ?? 0) + 1,
    commit_sha: build.commitSha,
    status: 'in-progress' as const,
    artifact: null,
    language: build.language,
    started_at: new Date().toISOString(),
    finished_at: null,
    sample_output: null,
    requested_by: build.requestedBy,
  }
  await transaction
    .insertInto('builds')
    .values({ ...row, log: null })
    .execute()
  return row
}

export interface BuildEnd {
  readonly status: 'succeeded' | 'failed'
  readonly artifact: string | null
  readonly log: string
}

/** Writes the end of a build in one statement. False when the build is gone or had ended before. */
export async function finishBuild(db: Database, buildId: string, end: BuildEnd): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('builds')
    .set({ ...end, finished_at: new Date().toISOString() })
    .where('id', '=', buildId)
    .where('status', '=', 'in-progress')
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

export async function setSampleOutput(db: Database, buildId: string, sampleOutput: string): Promise<void> {
  await db.updateTable('builds').set({ sample_output: sampleOutput }).where('id', '=', buildId).execute()
}

export function readBuild(db: Database, buildId: string): Promise<BuildRow | undefined> {
  return db.selectFrom('builds').select(columns).where('id', '=', buildId).executeTakeFirst()
}

export function readBuildsInProgress(db: Database): Promise<BuildRow[]> {
  return db.selectFrom('builds').select(columns).where('status', '=', 'in-progress').orderBy('started_at').execute()
}

/** Artifacts that builds refer to. */
export async function readArtifacts(db: Database): Promise<string[]> {
  const rows = await db.selectFrom('builds').select('artifact').where('artifact', 'is not', null).execute()
  return rows.flatMap(({ artifact }) => artifact ?? [])
}

/** Artifacts that builds no longer refer to and that calls were accepted for before. */
export async function readAwaitedArtifacts(db: Database): Promise<string[]> {
  const rows = await db
    .selectFrom('pending_calls')
    .leftJoin('builds', 'builds.id', 'pending_calls.build_id')
    .select('pending_calls.identity')
    .where('builds.artifact', 'is', null)
    .execute()
  return rows.map(({ identity }) => (JSON.parse(identity) as { worker: { artifact: string } }).worker.artifact)
}

export async function readAlgorithmsBuiltSince(db: Database, since: Date): Promise<string[]> {
  const rows = await db
    .selectFrom('builds')
    .select('algorithm_id')
    .where('finished_at', '>=', since.toISOString())
    .distinct()
    .execute()
  return rows.map(({ algorithm_id }) => algorithm_id)
}

/** `algorithm id/commit` of every build there is. */
export async function readBuiltCommits(db: Database): Promise<ReadonlySet<string>> {
  const rows = await db.selectFrom('builds').select(['algorithm_id', 'commit_sha']).distinct().execute()
  return new Set(rows.map(({ algorithm_id, commit_sha }) => `${algorithm_id}/${commit_sha}`))
}

export async function hasBuildOf(db: Database, algorithmId: string, commitSha: string): Promise<boolean> {
  const row = await db
    .selectFrom('builds')
    .select('id')
    .where('algorithm_id', '=', algorithmId)
    .where('commit_sha', '=', commitSha)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

const withVersion = (db: Database) =>
  db
    .selectFrom('builds')
    .leftJoin('versions', 'versions.build_id', 'builds.id')
    .select([...columns, 'versions.major', 'versions.minor', 'versions.revision'])

export interface BuildsPage {
  readonly algorithmId: string
  /** Only builds with a lower number. */
  readonly before: number | undefined
  readonly limit: number
  /** Only these builds. */
  readonly only: readonly string[] | undefined
}

/** Newest first. */
export function readBuildsPage(
  db: Database,
  { algorithmId, before, limit, only }: BuildsPage,
): Promise<BuildWithVersion[]> {
  return withVersion(db)
    .where('builds.algorithm_id', '=', algorithmId)
    .$if(only !== undefined, (query) => query.where('builds.id', 'in', [...(only ?? []), '']))
    .$if(before !== undefined, (query) => query.where('builds.number', '<', before ?? 0))
    .orderBy('builds.number', 'desc')
    .limit(limit)
    .execute()
}

export function readBuildWithVersion(
  db: Database,
  algorithmId: string,
  buildId: string,
): Promise<BuildWithVersion | undefined> {
  return withVersion(db)
    .where('builds.algorithm_id', '=', algorithmId)
    .where('builds.id', '=', buildId)
    .executeTakeFirst()
}

export async function readLog(db: Database, buildId: string): Promise<string | null> {
  const row = await db.selectFrom('builds').select('log').where('id', '=', buildId).executeTakeFirst()
  return row?.log ?? null
}
