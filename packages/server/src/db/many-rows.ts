/**
 * Statements about many rows at a time whose text is made once, however many there are: the rows come as one JSON text,
 * their bytes as one value. Kysely would make a text of thousands of parameters for each group, on the event loop.
 */
import { CompiledQuery, type RawBuilder, sql } from 'kysely'
import { engineOf } from './engine-of.ts'
import type { Engine } from './migrate.ts'
import type { Database, Schema } from './schema.ts'

type ColumnKind = 'text' | 'integer' | 'bytes'

export interface InsertOptions<Row> {
  readonly table: keyof Schema
  /** All columns of a row; one at most has bytes. Texts must be such as both engines store: without NUL, well-formed. */
  readonly columns: { readonly [Name in keyof Row]-?: ColumnKind }
  /** What follows `on conflict`; without it a row that is there already fails the statement. */
  readonly onConflict?: string
}

type Shape = Pick<InsertOptions<unknown>, 'table' | 'onConflict'> & {
  readonly columns: Readonly<Record<string, ColumnKind>>
}

/** Inserts all rows or none, in one statement. */
export type InsertRows<Row> = (db: Database, rows: readonly Row[]) => Promise<void>

export function createInsert<Row extends object>(options: InsertOptions<Row>): InsertRows<Row> {
  const texts: Record<Engine, string> = { sqlite: sqliteText(options), postgres: postgresText(options) }
  const bytesColumn = columnsOf(options).find(({ kind }) => kind === 'bytes')?.name as keyof Row | undefined
  return async (db, rows) => {
    if (rows.length === 0) return
    const parameters = bytesColumn === undefined ? [JSON.stringify(rows)] : withBytesApart(rows, bytesColumn)
    await db.executeQuery(CompiledQuery.raw(texts[engineOf(db)], parameters))
  }
}

/** What is in a list of texts, for `where … in`, as one parameter. */
export function eachOf(db: Database, texts: readonly string[]): RawBuilder<string> {
  const list = JSON.stringify(texts)
  return engineOf(db) === 'sqlite'
    ? sql<string>`(select value from json_each(${list}))`
    : sql<string>`(select json_array_elements_text(${list}::json))`
}

/** `set` of an `on conflict`: each of these columns becomes what comes. */
export function replacing(columns: readonly string[]): string {
  return columns.map((name) => `${name} = excluded.${name}`).join(', ')
}

function columnsOf({ columns }: Shape) {
  return Object.entries(columns).map(([name, kind]) => ({ name, kind }))
}

/** In SQLite a member of JSON has its own type. `where true` tells its parser that `on` begins no join. */
function sqliteText(options: Shape): string {
  const values = columnsOf(options).map(({ name, kind }) =>
    kind === 'bytes' ? `substr(?, value ->> '$.${name}[0]', value ->> '$.${name}[1]')` : `value ->> '${name}'`,
  )
  return insertText(options, `select ${values.join(', ')} from json_each(?) where true`)
}

function postgresText(options: Shape): string {
  const columns = columnsOf(options)
  const types = { text: 'text', integer: 'bigint', bytes: 'json' }
  const record = columns.map(({ name, kind }) => `${name} ${types[kind]}`).join(', ')
  const hasBytes = columns.some(({ kind }) => kind === 'bytes')
  const values = columns.map(({ name, kind }) =>
    kind === 'bytes' ? `substr($1::bytea, (${name} ->> 0)::integer, (${name} ->> 1)::integer)` : name,
  )
  const source = `json_to_recordset($${hasBytes ? 2 : 1}::json) as coming(${record})`
  return insertText(options, `select ${values.join(', ')} from ${source}`)
}

function insertText(options: Shape, source: string): string {
  const names = columnsOf(options).map(({ name }) => name)
  const onConflict = options.onConflict === undefined ? '' : ` on conflict ${options.onConflict}`
  return `insert into ${options.table} (${names.join(', ')}) ${source}${onConflict}`
}

/** The bytes of all rows one after the other, and the rows with where theirs begin, counted from 1, and how many they are. */
function withBytesApart<Row extends object>(rows: readonly Row[], column: keyof Row): [Uint8Array, string] {
  const parts: Uint8Array[] = []
  let end = 1
  const placed = rows.map((row) => {
    const bytes = row[column] as Uint8Array | null
    if (bytes === null) return row
    parts.push(bytes)
    const at = end
    end += bytes.length
    return { ...row, [column]: [at, bytes.length] }
  })
  return [joined(parts, end - 1), JSON.stringify(placed)]
}

/** In memory of their own: what goes to another thread takes all of the memory along that it is a part of. */
function joined(parts: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const [only] = parts
  if (only && parts.length === 1 && only.length === only.buffer.byteLength) return only
  const all = Buffer.allocUnsafeSlow(sizeBytes)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
