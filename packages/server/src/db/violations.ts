/** Reading of what a database refused, the same for both engines. */
import { SqliteError } from './sqlite-thread.ts'

/** Extended result codes of SQLite for a unique index and for a primary key. */
const SQLITE_UNIQUE_CODES = [2067, 1555]
const POSTGRES_UNIQUE_CODE = '23505'
const POSTGRES_ENCODING_CODE = '22021'

/**
 * The columns of the unique index that a statement violated, as `accounts.name_lower` or
 * `algorithms.owner_id,name_lower`; undefined for every other error.
 */
export function uniqueViolation(error: unknown): string | undefined {
  if (error instanceof SqliteError) return sqliteColumns(error)
  return error instanceof Error ? postgresColumns(error) : undefined
}

/** True when `error` is a violation of the unique index on exactly these columns, given as in {@link uniqueViolation}. */
export function isUniqueViolation(error: unknown, columns: string): boolean {
  return uniqueViolation(error) === columns
}

/** True when PostgreSQL refused a text for a zero byte in it; SQLite keeps those. */
export function isUnstorableText(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === POSTGRES_ENCODING_CODE
}

/** From `UNIQUE constraint failed: algorithms.owner_id, algorithms.name_lower`. */
function sqliteColumns({ code, message }: SqliteError): string | undefined {
  if (!SQLITE_UNIQUE_CODES.includes(code)) return undefined
  const columns = message.slice(message.lastIndexOf(': ') + 2).split(', ')
  const table = columns[0]?.split('.')[0]
  return `${table}.${columns.map((column) => column.split('.')[1]).join()}`
}

/** From `Key (owner_id, name_lower)=(…) already exists.`; only the words around are translated by the server. */
function postgresColumns(error: Error & { code?: unknown; table?: unknown; detail?: unknown }): string | undefined {
  if (error.code !== POSTGRES_UNIQUE_CODE) return undefined
  const columns = /\(([^)]*)\)=/.exec(String(error.detail))?.[1] ?? ''
  return `${error.table}.${columns.split(', ').join()}`
}
