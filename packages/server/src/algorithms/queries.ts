/** SQL of algorithms. Each statement takes a database or a transaction. */
import type { Database } from '../db/schema.ts'
import type { AlgorithmDetails, AlgorithmSettings } from './settings.ts'

/** An algorithm as stored, its JSON members parsed. */
export interface AlgorithmRecord {
  readonly id: string
  readonly ownerId: string
  readonly name: string
  readonly language: string
  readonly environmentId: string
  readonly details: AlgorithmDetails
  readonly settings: AlgorithmSettings
  readonly sampleInput: string | null
}

export async function readAlgorithm(db: Database, id: string): Promise<AlgorithmRecord | undefined> {
  const row = await db.selectFrom('algorithms').selectAll().where('id', '=', id).executeTakeFirst()
  return (
    row && {
      id: row.id,
      ownerId: row.owner_id,
      name: row.name,
      language: row.language,
      environmentId: row.environment_id,
      details: JSON.parse(row.details) as AlgorithmDetails,
      settings: JSON.parse(row.settings) as AlgorithmSettings,
      sampleInput: row.sample_input,
    }
  )
}

/**
 * Holds the algorithm for the rest of the transaction, so that what is read next stays true until it ends. An update
 * locks the row on both engines. False when there is no such algorithm.
 */
export async function lockAlgorithm(transaction: Database, algorithmId: string): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('algorithms')
    .set((expression) => ({ name: expression.ref('name') }))
    .where('id', '=', algorithmId)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

export async function insertAlgorithm(db: Database, algorithm: AlgorithmRecord, createdBy: string): Promise<void> {
  await db
    .insertInto('algorithms')
    .values({
      id: algorithm.id,
      owner_id: algorithm.ownerId,
      name: algorithm.name,
      name_lower: algorithm.name.toLowerCase(),
      language: algorithm.language,
      environment_id: algorithm.environmentId,
      details: JSON.stringify(algorithm.details),
      settings: JSON.stringify(algorithm.settings),
      sample_input: algorithm.sampleInput,
      created_by: createdBy,
      created_at: new Date().toISOString(),
    })
    .execute()
}

export type AlgorithmPart = Pick<AlgorithmRecord, 'details' | 'settings' | 'sampleInput' | 'environmentId'>

export async function updateAlgorithmRow(db: Database, id: string, part: AlgorithmPart): Promise<void> {
  await db
    .updateTable('algorithms')
    .set({
      details: JSON.stringify(part.details),
      settings: JSON.stringify(part.settings),
      sample_input: part.sampleInput,
      environment_id: part.environmentId,
    })
    .where('id', '=', id)
    .execute()
}

export async function hasPublicVersion(db: Database, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('versions')
    .select('id')
    .where('algorithm_id', '=', id)
    .where('callability', '=', 'public')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Deletes the algorithm with its versions and builds and returns the names of their artifacts. */
export async function deleteAlgorithmRows(transaction: Database, id: string): Promise<string[]> {
  const artifacts = await transaction
    .selectFrom('builds')
    .select('artifact')
    .where('algorithm_id', '=', id)
    .where('artifact', 'is not', null)
    .execute()
  await transaction.deleteFrom('versions').where('algorithm_id', '=', id).execute()
  await transaction.deleteFrom('builds').where('algorithm_id', '=', id).execute()
  await transaction.deleteFrom('algorithms').where('id', '=', id).execute()
  return artifacts.flatMap(({ artifact }) => artifact ?? [])
}
