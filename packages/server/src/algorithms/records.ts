/** Stored algorithms, for the rules of this feature and of others: read one, hold one, change one. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { Database } from '../db/schema.ts'
import type { Services } from '../services.ts'
import { type AlgorithmRecord, lockAlgorithm, readAlgorithm, updateAlgorithmRow } from './queries.ts'

export type { AlgorithmRecord } from './queries.ts'

/** @throws AlgorithmNameDoesNotExist when it was deleted meanwhile */
export async function getRecord(db: Database, id: string): Promise<AlgorithmRecord> {
  const algorithm = await readAlgorithm(db, id)
  if (!algorithm) throw new ApiError('AlgorithmNameDoesNotExist')
  return algorithm
}

/**
 * Reads an algorithm and holds it for the rest of the transaction: nobody else changes it, builds it, publishes it or
 * deletes it until then. Undefined when there is none.
 */
export async function holdAlgorithm(transaction: Database, id: string): Promise<AlgorithmRecord | undefined> {
  return (await lockAlgorithm(transaction, id)) ? readAlgorithm(transaction, id) : undefined
}

/** Writes the parts that can change; the algorithm is held, and the catalog is refreshed after the commit. */
export function saveAlgorithm(transaction: Database, algorithm: AlgorithmRecord): Promise<void> {
  return updateAlgorithmRow(transaction, algorithm.id, algorithm)
}

/**
 * Reads, changes and writes an algorithm while nobody else does, and lets calls know.
 * @throws AlgorithmNameDoesNotExist when it was deleted meanwhile, and what `change` throws
 */
export async function changeAlgorithm(
  { db, catalog }: Pick<Services, 'db' | 'catalog'>,
  id: string,
  change: (current: AlgorithmRecord) => AlgorithmRecord,
): Promise<AlgorithmRecord> {
  const changed = await db.transaction().execute(async (transaction) => {
    const current = await holdAlgorithm(transaction, id)
    if (!current) throw new ApiError('AlgorithmNameDoesNotExist')
    const next = change(current)
    await saveAlgorithm(transaction, next)
    return next
  })
  await catalog.refresh(id)
  return changed
}
