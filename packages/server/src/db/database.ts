/** Opens the database, on either engine, with the schema of this server. */
import { Kysely } from 'kysely'
import { type Engine, migrate } from './migrate.ts'
import { createPostgresDialect } from './postgres-dialect.ts'
import type { Database, Schema } from './schema.ts'
import { createSqliteDialect } from './sqlite-dialect.ts'

export interface DatabaseOptions {
  /** `postgres://…`, or null for SQLite. */
  readonly url: string | null
  /** Used when `url` is null; its folder exists. */
  readonly sqlitePath: string
  readonly maxConnections: number
  /** Told when SQLite's thread died: nothing works after it, so the process should end and be started again. */
  readonly onLost?: (error: Error) => void
  /** Told when an idle PostgreSQL connection breaks. */
  readonly onConnectionLost?: (error: Error) => void
}

export interface OpenDatabase {
  readonly db: Database
  readonly engine: Engine
  /** Waits for running statements. */
  close(): Promise<void>
}

/**
 * Opens and migrates the database.
 *
 * @throws Error when it cannot be opened, or was changed by a newer server
 */
export async function createDatabase(options: DatabaseOptions): Promise<OpenDatabase> {
  const engine = options.url === null ? 'sqlite' : 'postgres'
  const db = new Kysely<Schema>({ dialect: dialectOf(options) })
  try {
    await migrate(db, engine)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return { db, engine, close: () => db.destroy() }
}

function dialectOf({ url, sqlitePath, maxConnections, onLost, onConnectionLost }: DatabaseOptions) {
  const ignore = () => {}
  return url === null
    ? createSqliteDialect(sqlitePath, onLost ?? ignore)
    : createPostgresDialect({ url, maxConnections, onConnectionLost: onConnectionLost ?? ignore })
}
