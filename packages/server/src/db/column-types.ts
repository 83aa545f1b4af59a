/** Portable column types: the same values in and out on both engines, and the same order. */
import { type RawBuilder, sql } from 'kysely'

export interface ColumnTypes {
  /** Compared byte by byte, whatever the locale of the database. */
  readonly text: 'text' | RawBuilder<unknown>
  /** Up to 2^53. */
  readonly integer: 'bigint'
  readonly bytes: 'blob' | 'bytea'
}

/** The types for an engine. */
export function columnTypes(engine: 'sqlite' | 'postgres'): ColumnTypes {
  return engine === 'sqlite'
    ? { text: 'text', integer: 'bigint', bytes: 'blob' }
    : { text: sql`text collate "C"`, integer: 'bigint', bytes: 'bytea' }
}
