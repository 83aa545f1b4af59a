/** How far a database is behind this server, without changing it: what an upgrade has to know before it begins. */
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { DatabaseOptions } from './database.ts'
import { MIGRATIONS } from './migrate.ts'
import { createPostgresDialect } from './postgres-dialect.ts'

export interface SchemaState {
  /** Number of the last migration that was applied; 0 for a new database. */
  readonly applied: number
  /** Number of the last migration that this server knows. */
  readonly known: number
}

/** @throws Error when the database cannot be read */
export async function readSchemaState(
  options: Pick<DatabaseOptions, 'url' | 'sqlitePath' | 'maxConnections'>,
): Promise<SchemaState> {
  const applied = options.url === null ? readSqlite(options.sqlitePath) : await readPostgres(options.url)
  return { applied, known: MIGRATIONS.length }
}

function readSqlite(path: string): number {
  if (!existsSync(path)) return 0
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  try {
    const hasTable = db.prepare(`select 1 from sqlite_master where type = 'table' and name = 'migrations'`).get()
    return hasTable ? Number(db.prepare('select max(number) as last from migrations').get()?.last ?? 0) : 0
  } finally {
    db.close()
  }
}

async function readPostgres(url: string): Promise<number> {
  const dialect = createPostgresDialect({ url, maxConnections: 1, onConnectionLost: () => {} })
  const db = new Kysely<{ migrations: { number: number } }>({ dialect })
  try {
    const tables = await db.introspection.getTables()
    if (!tables.some(({ name }) => name === 'migrations')) return 0
    const row = await db
      .selectFrom('migrations')
      .select(({ fn }) => fn.max('number').as('last'))
      .executeTakeFirst()
    return Number(row?.last ?? 0)
  } finally {
    await db.destroy()
  }
}
