/** Stored builds, for the rules of other features. */
import type { Database } from '../db/schema.ts'
import { type BuildRow, insertBuild, type NewBuild, readLog } from './queries.ts'

export type { BuildRow } from './queries.ts'

/** Adds a build in progress with the next number; the algorithm is held or new. It runs once the queue is told. */
export function recordBuild(transaction: Database, build: NewBuild): Promise<BuildRow> {
  return insertBuild(transaction, build)
}

/** The log of a build that has ended. */
export function logOfBuild(db: Database, buildId: string): Promise<string | null> {
  return readLog(db, buildId)
}
