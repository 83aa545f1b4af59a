import { PostgresAdapter } from 'kysely'
import type { Engine } from './migrate.ts'
import type { Database } from './schema.ts'

/** On which engine a database, or a transaction of it, is; for SQL that is not the same on both. */
export function engineOf(db: Database): Engine {
  return db.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite'
}
