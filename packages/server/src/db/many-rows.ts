/**
 * Statements about many rows at a time whose text is made once, however many there are: the rows come as one JSON text,
 * their bytes as one value. Kysely would make a text of thousands of parameters for each group, on the event loop. PostgreSQL
 * reads the JSON by itself; for SQLite its thread does, which takes half of the time that SQLite's own reading does.
 */
import { CompiledQuery, type RawBuilder, sql } from 'kysely'
import { engineOf } from './engine-of.ts'
import type { Engine } from './migrate.ts'
import type { Database, Schema } from './schema.ts'
import type { Rows } from './sqlite-messages.ts'

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
  const shape: Shape = options
  const columns = columnsOf(shape)
  const texts: Record<Engine, string> = {
    sqlite: insertText(shape, `values (${columns.map(() => '?').join(', ')})`),
    postgres: postgresText(shape),
  }
  const bytesColumn = columns.find(({ kind }) => kind === 'bytes')?.name as keyof Row | undefined
  const names = columns.map(({ name }) => name as keyof Row)

  function forSqlite(rows: readonly Row[]): [Rows] {
    const { all, places } = bytesOf(rows, bytesColumn)
    const values = rows.map((row, index) => names.map((name) => (name === bytesColumn ? places[index] : row[name])))
    return [{ rows: JSON.stringify(values), bytes: all }]
  }

  function forPostgres(rows: readonly Row[]): [string] | [Uint8Array | null, string] {
    if (bytesColumn === undefined) return [JSON.stringify(rows)]
    const { all, places } = bytesOf(rows, bytesColumn)
    // Its strings begin at 1.
    const placed = rows.map((row, index) => {
      const place = places[index]
      return { ...row, [bytesColumn]: place ? [place[0] + 1, place[1]] : null }
    })
    return [all, JSON.stringify(placed)]
  }

  return async (db, rows) => {
    if (rows.length === 0) return
    const engine = engineOf(db)
    const parameters: readonly unknown[] = engine === 'sqlite' ? forSqlite(rows) : forPostgres(rows)
    await db.executeQuery(CompiledQuery.raw(texts[engine], [...parameters]))
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

/** The bytes of all rows one after the other, and where each row's begin, counted from 0. */
function bytesOf<Row extends object>(rows: readonly Row[], column: keyof Row | undefined): Bytes {
  if (column === undefined) return { all: null, places: [] }
  const parts: Uint8Array[] = []
  let end = 0
  const places = rows.map((row): Place | null => {
    const bytes = row[column] as Uint8Array | null
    if (bytes === null) return null
    parts.push(bytes)
    const first = end
    end += bytes.length
    return [first, bytes.length]
  })
  return { all: joined(parts, end), places }
}

type Place = readonly [first: number, size: number]

interface Bytes {
  readonly all: Uint8Array | null
  readonly places: readonly (Place | null)[]
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
