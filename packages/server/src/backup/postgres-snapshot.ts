/** A snapshot of PostgreSQL: one repeatable-read transaction, each table read through a cursor. */
import pg from 'pg'
import type { SqlValue } from '../db/sqlite-messages.ts'
import { BackupError } from './format.ts'
import { OWN_TABLES, quoted, type Row, type Snapshot } from './snapshot.ts'

const ROWS_AT_ONCE = 200
/** Of tables with bodies, which can be megabytes each. */
const LARGE_ROWS_AT_ONCE = 4

const TABLES = `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = current_schema() and c.relkind = 'r' order by c.oid`
const COLUMNS = `select column_name, data_type from information_schema.columns
  where table_schema = current_schema() and table_name = $1 order by ordinal_position`

export async function openPostgresSnapshot(url: string): Promise<Snapshot> {
  const client = new pg.Client({ connectionString: url, application_name: 'algorist backup' })
  await client.connect()
  // A connection that breaks fails the query that waits for it.
  client.on('error', () => {})
  const select = async (text: string, values: readonly string[] = []): Promise<Row[]> =>
    (await client.query<SqlValue[]>({ text, values: [...values], rowMode: 'array' })).rows
  try {
    await client.query('begin isolation level repeatable read read only')
    const names = (await select(TABLES)).map(([name]) => String(name))
    if (!names.includes('migrations'))
      throw new BackupError('The database is not one of Algorist: has a server ever run?')
    const [last] = await select('select max(number) from migrations')
    return {
      engine: 'postgres',
      schema: Number(last?.[0] ?? 0),
      tables: names.filter((name) => !OWN_TABLES.includes(name)),
      columns: async (table) => (await select(COLUMNS, [table])).map(([name]) => String(name)),
      rows: (table, columns) => rowsOf(select, table, columns),
      close: () => client.end(),
    }
  } catch (error) {
    await client.end()
    throw error
  }
}

type Select = (text: string, values?: readonly string[]) => Promise<Row[]>

async function* rowsOf(select: Select, table: string, columns: readonly string[]): AsyncGenerator<Row> {
  const types = new Map((await select(COLUMNS, [table])).map(([name, type]) => [String(name), String(type)]))
  const isNumber = columns.map((name) => types.get(name) === 'bigint')
  const atOnce = columns.some((name) => types.get(name) === 'bytea') ? LARGE_ROWS_AT_ONCE : ROWS_AT_ONCE
  await select(`declare backup_rows no scroll cursor for select ${quoted(columns)} from ${quoted([table])}`)
  for (;;) {
    const rows = await select(`fetch ${atOnce} from backup_rows`)
    for (const row of rows) yield row.map((value, at) => (isNumber[at] && value !== null ? Number(value) : value))
    if (rows.length < atOnce) break
  }
  await select('close backup_rows')
}
