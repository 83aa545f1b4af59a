/** SQL of builds that may go. */
import { type ExpressionBuilder, sql } from 'kysely'
import type { Database, Schema } from '../db/schema.ts'

/** A build as the keeper sees it. */
export interface KeptBuild {
  readonly id: string
  readonly algorithm_id: string
  readonly number: number
  readonly commit_sha: string
  readonly status: 'in-progress' | 'succeeded' | 'failed'
  readonly artifact: string | null
  readonly started_at: string
  readonly finished_at: string | null
  /** Length of its log; null: it has none. */
  readonly log_bytes: number | null
  /** Null: no version has it. */
  readonly version_id: string | null
}

/** Builds algorithm by algorithm, of each the newest first. */
export function readBuildsAfter(
  db: Database,
  after: Pick<KeptBuild, 'algorithm_id' | 'number'> | undefined,
  limit: number,
): Promise<KeptBuild[]> {
  return db
    .selectFrom('builds')
    .leftJoin('versions', 'versions.build_id', 'builds.id')
    .select([
      'builds.id',
      'builds.algorithm_id',
      'builds.number',
      'builds.commit_sha',
      'builds.status',
      'builds.artifact',
      'builds.started_at',
      'builds.finished_at',
      'versions.id as version_id',
    ])
    .select(sql<number | null>`octet_length(builds.log)`.as('log_bytes'))
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`(builds.algorithm_id, builds.number) < (${after?.algorithm_id}, ${after?.number})`),
    )
    .orderBy('builds.algorithm_id', 'desc')
    .orderBy('builds.number', 'desc')
    .limit(limit)
    .execute()
}

/**
 * Forgets artifacts of builds of an algorithm that is held; those that a version has stay. Returns the ids of the builds
 * whose artifact is no longer named.
 */
export async function forgetArtifacts(transaction: Database, ids: readonly string[]): Promise<string[]> {
  const rows = await transaction
    .updateTable('builds')
    .set({ artifact: null })
    .where('id', 'in', ids)
    .where('status', '=', 'succeeded')
    .where(isUnpublished)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

export async function forgetLogs(db: Database, ids: readonly string[]): Promise<void> {
  await db
    .updateTable('builds')
    .set({ log: null })
    .where('id', 'in', ids)
    .where('status', '!=', 'in-progress')
    .where(isUnpublished)
    .execute()
}

/** Deletes records that name no artifact. Returns how many. */
export async function deleteBuilds(transaction: Database, ids: readonly string[]): Promise<number> {
  const { numDeletedRows } = await transaction
    .deleteFrom('builds')
    .where('id', 'in', ids)
    .where('status', '!=', 'in-progress')
    .where('artifact', 'is', null)
    .where(isUnpublished)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

function isUnpublished({ not, exists, selectFrom }: ExpressionBuilder<Schema, 'builds'>) {
  return not(exists(selectFrom('versions').select('versions.id').whereRef('versions.build_id', '=', 'builds.id')))
}

/** Of calls that wait or run and are stored: id and build, in the order of their ids. */
export function readPendingBuilds(db: Database, after: string, limit: number) {
  return db
    .selectFrom('pending_calls')
    .select(['request_id', 'build_id'])
    .where('request_id', '>', after)
    .orderBy('request_id')
    .limit(limit)
    .execute()
}
