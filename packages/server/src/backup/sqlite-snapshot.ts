/**
 * A snapshot of SQLite: a read transaction on a connection of its own. It holds up no writer; what is written meanwhile stays
 * in the write-ahead log, which grows until the snapshot is closed.
 */
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { BackupError } from './format.ts'
import { OWN_TABLES, quoted, type Row, type Snapshot } from './snapshot.ts'

export async function openSqliteSnapshot(path: string): Promise<Snapshot> {
  if (!existsSync(path)) throw new BackupError(`There is no database at ${path}: has a server ever run here?`)
  // Not read-only: what a killed server has left in the log may have to be recovered.
  const db = new DatabaseSync(path, { timeout: 10_000 })
  try {
    db.exec('PRAGMA query_only = 1; BEGIN')
    const names = select(db, "select name from sqlite_master where type = 'table' order by rowid").map(
      ([name]) => `${name}`,
    )
    if (!names.includes('migrations')) throw new BackupError(`The database at ${path} is not one of Algorist`)
    const [last] = select(db, 'select max(number) from migrations')
    return {
      engine: 'sqlite',
      schema: Number(last?.[0] ?? 0),
      tables: names.filter((name) => !name.startsWith('sqlite_') && !OWN_TABLES.includes(name)),
      columns: async (table) => select(db, `select name from pragma_table_info('${table}')`).map(([name]) => `${name}`),
      rows: (table, columns) => iterate(db, `select ${quoted(columns)} from ${quoted([table])}`),
      close: async () => db.close(),
    }
  } catch (error) {
    db.close()
    throw error
  }
}

function select(db: DatabaseSync, sql: string): Row[] {
  return [...iterate(db, sql)]
}

/** One row at a time: some hold megabytes. */
function* iterate(db: DatabaseSync, sql: string): Generator<Row> {
  const statement = db.prepare(sql)
  statement.setReturnArrays(true)
  yield* statement.iterate() as unknown as Iterable<Row>
}
