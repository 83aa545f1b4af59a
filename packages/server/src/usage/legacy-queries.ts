/** SQL about algorithms of the older kind. */
import type { Database } from '../db/schema.ts'

export interface LegacyRow {
  readonly id: string
  readonly language: string
  readonly created_at: string
  readonly last_compiled_at: string | null
}

/** Of these algorithms, oldest first. */
export async function selectLegacy(db: Database, ids: readonly string[]): Promise<LegacyRow[]> {
  if (ids.length === 0) return []
  return db
    .selectFrom('algorithms')
    .leftJoin('builds', 'builds.algorithm_id', 'algorithms.id')
    .select(({ fn }) => [
      'algorithms.id',
      'algorithms.language',
      'algorithms.created_at',
      fn.max('builds.finished_at').as('last_compiled_at'),
    ])
    .where('algorithms.id', 'in', ids)
    .groupBy(['algorithms.id', 'algorithms.language', 'algorithms.created_at'])
    .orderBy('algorithms.created_at')
    .orderBy('algorithms.id')
    .execute()
}
