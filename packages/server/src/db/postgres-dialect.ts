/** Kysely's dialect for PostgreSQL, with results in the same types that SQLite gives. */
import { type Dialect, PostgresDialect } from 'kysely'
import pg from 'pg'

const INT8_OID = 20

export interface PostgresOptions {
  readonly url: string
  readonly maxConnections: number
  /** Told when an idle connection breaks; the pool replaces it by itself. */
  readonly onConnectionLost: (error: Error) => void
}

export function createPostgresDialect({ url, maxConnections, onConnectionLost }: PostgresOptions): Dialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: 10_000,
    application_name: 'algorist',
    types: { getTypeParser },
  })
  // Without a listener a broken idle connection would end the process.
  pool.on('error', onConnectionLost)
  return new PostgresDialect({ pool })
}

/** `pg` gives bigint columns as text; ours hold nothing that a number cannot. */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === INT8_OID && format !== 'binary') return parseInteger
  return pg.types.getTypeParser(oid, format as 'text')
}

function parseInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value))
    throw new RangeError(`Expected an integer up to 2^53 from the database, got ${text}`)
  return value
}
