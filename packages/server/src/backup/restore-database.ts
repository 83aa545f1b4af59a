/**
 * The database that a restore fills: first the schema that the backup was of, then its rows. In PostgreSQL the rows come in
 * one transaction, beside a mark that tells a restore which was cut off from a database that is in use; SQLite's file is in a
 * folder that no server opens before the end (restore-folder.ts).
 */
import { CompiledQuery, type ControlledTransaction, Kysely, sql } from 'kysely'
import type { DatabaseOptions } from '../db/database.ts'
import { type Engine, MIGRATIONS, migrate } from '../db/migrate.ts'
import { createPostgresDialect } from '../db/postgres-dialect.ts'
import { createSqliteDialect } from '../db/sqlite-dialect.ts'
import type { SqlValue } from '../db/sqlite-messages.ts'
import { BackupError } from './format.ts'
import { quoted, type Row } from './snapshot.ts'
import type { TableHead } from './table-lines.ts'

export interface RestoreDatabase {
  readonly engine: Engine
  /** Adds rows to a table; the first time, what a migration has put there is removed. */
  load(head: TableHead, rows: readonly Row[]): Promise<void>
  /** How many characters NUL, which PostgreSQL cannot keep, became U+FFFD. */
  replacedNuls(): number
  /** Makes the rows count. */
  settle(): Promise<void>
  /** Takes the mark away. */
  finish(): Promise<void>
  /** Removes all that was made. */
  undo(): Promise<void>
  close(): Promise<void>
}

interface RestoreDatabaseOptions {
  readonly database: Pick<DatabaseOptions, 'url' | 'sqlitePath'>
  /** Number of the last migration of the backup. */
  readonly schema: number
  /** See RestoreFolder. */
  readonly restoreId: string
}

type AnyDatabase = Kysely<{ restoring: { id: string } }>

/** Bound values of one statement; both engines take some more. */
const MAX_VALUES = 30_000
const MAX_BATCH_BYTES = 4 * 1024 * 1024

/** @throws BackupError when there are tables already */
export async function openRestoreDatabase(options: RestoreDatabaseOptions): Promise<RestoreDatabase> {
  const { database, schema, restoreId } = options
  const { url, sqlitePath } = database
  const engine: Engine = url === null ? 'sqlite' : 'postgres'
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  const dialect =
    url === null
      ? createSqliteDialect(sqlitePath, failed.reject)
      : createPostgresDialect({ url, maxConnections: 2, onConnectionLost: () => {} })
  const db: AnyDatabase = new Kysely({ dialect })
  let isClaimed = false
  try {
    if (engine === 'postgres') await claim(db, restoreId)
    isClaimed = engine === 'postgres'
    await migrate(db, engine, MIGRATIONS.slice(0, schema))
    return await filled(db, engine)
  } catch (error) {
    if (isClaimed) await dropAll(db).catch(() => {})
    await db.destroy()
    throw error
  }
}

async function filled(db: AnyDatabase, engine: Engine): Promise<RestoreDatabase> {
  let transaction: ControlledTransaction<{ restoring: { id: string } }> | undefined = await db
    .startTransaction()
    .execute()
  const known = new Set<string>()
  let nuls = 0

  async function run(text: string, values: readonly SqlValue[] = []): Promise<void> {
    await transaction?.executeQuery(CompiledQuery.raw(text, [...values]))
  }

  async function insert({ table, columns }: TableHead, rows: readonly Row[]): Promise<void> {
    const values = engine === 'sqlite' ? rows.flat() : rows.flat().map(withoutNul)
    await run(
      `insert into ${quoted([table])} (${quoted(columns)}) values ${places(engine, rows.length, columns.length)}`,
      values,
    )
  }

  function withoutNul(value: SqlValue): SqlValue {
    if (typeof value !== 'string' || !value.includes('\0')) return value
    nuls += value.split('\0').length - 1
    return value.replaceAll('\0', '\uFFFD')
  }

  async function commit(): Promise<void> {
    await transaction?.commit().execute()
    transaction = undefined
  }

  return {
    engine,
    replacedNuls: () => nuls,
    async load(head, rows) {
      if (!known.has(head.table)) await run(`delete from ${quoted([head.table])}`)
      known.add(head.table)
      for (const batch of batches(rows, head.columns.length)) await insert(head, batch)
      if (engine === 'postgres') return
      // Nobody looks before the end, and the log stays short.
      await commit()
      transaction = await db.startTransaction().execute()
    },
    async settle() {
      if (engine === 'postgres') for (const text of await sequenceCorrections(db)) await run(text)
      await commit()
    },
    async finish() {
      if (engine === 'postgres') await db.schema.dropTable('restoring').execute()
    },
    async undo() {
      await transaction?.rollback().execute()
      transaction = undefined
      if (engine === 'postgres') await dropAll(db)
    },
    close: async () => {
      await transaction?.rollback().execute()
      await db.destroy()
    },
  }
}

/** Marks an empty database, or empties one with the same mark. */
async function claim(db: AnyDatabase, restoreId: string): Promise<void> {
  const tables = (await db.introspection.getTables()).map(({ name }) => name)
  if (tables.length > 0) {
    const mark = tables.includes('restoring') && (await db.selectFrom('restoring').select('id').executeTakeFirst())
    if (mark && mark.id !== restoreId) {
      throw new BackupError(
        'The database is not empty: it has what a restore to another data folder left; run that one again, or make the database anew',
      )
    }
    if (!mark) {
      throw new BackupError(`The database is not empty: expected no tables, got ${tables.slice(0, 3).join(', ')}…`)
    }
    await dropAll(db)
  }
  await db.schema.createTable('restoring').addColumn('id', 'text').execute()
  await db.insertInto('restoring').values({ id: restoreId }).execute()
}

/** The mark goes last. */
async function dropAll(db: AnyDatabase): Promise<void> {
  const tables = (await db.introspection.getTables()).map(({ name }) => name)
  const others = tables.filter((name) => name !== 'restoring')
  for (const name of others) await sql`drop table ${sql.id(name)} cascade`.execute(db)
  if (tables.includes('restoring')) await db.schema.dropTable('restoring').execute()
}

/** The next number of the audit log comes after those that were restored. */
async function sequenceCorrections(db: AnyDatabase): Promise<string[]> {
  const { rows } = await sql<{ tablename: string; column: string }>`
    select table_name as tablename, column_name as column from information_schema.columns
    where table_schema = current_schema() and column_default like 'nextval(%'`.execute(db)
  return rows.map(({ tablename, column }) => {
    const [table, name] = [quoted([tablename]), quoted([column])]
    return `select setval(pg_get_serial_sequence('${table}', '${column}'), coalesce(max(${name}), 0) + 1, false) from ${table}`
  })
}

function* batches(rows: readonly Row[], columns: number): Generator<readonly Row[]> {
  let batch: Row[] = []
  let bytes = 0
  for (const row of rows) {
    batch.push(row)
    bytes += row.reduce<number>((sum, value) => sum + lengthOf(value), 0)
    if ((batch.length + 1) * columns <= MAX_VALUES && bytes < MAX_BATCH_BYTES) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}

function lengthOf(value: SqlValue): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 8
}

/** `(?, ?), (?, ?)` and `($1, $2), ($3, $4)` */
function places(engine: Engine, rows: number, columns: number): string {
  const row = (at: number) =>
    `(${Array.from({ length: columns }, (_, column) => (engine === 'sqlite' ? '?' : `$${at * columns + column + 1}`)).join(', ')})`
  return Array.from({ length: rows }, (_, at) => row(at)).join(', ')
}
