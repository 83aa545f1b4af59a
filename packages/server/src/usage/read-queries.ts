/**
 * SQL that reads pages of usage. A page is the smallest keys after a marker, each with its sums over a range of days. There
 * are two ways to read one, and each costs what a page costs in its own case:
 *
 * - by key: walks the primary key and adds up each key's days until the page is full;
 * - by day: takes the first keys of each single day, to be merged (pages.ts). It never looks at a key that has no calls in
 *   the range, however many of those there are.
 */
import { type SelectQueryBuilder, sql } from 'kysely'
import type { Database, Schema } from '../db/schema.ts'
import type { SumKind } from '../db/usage-tables.ts'
import type { Days } from './days.ts'
import { type MEASURES, type Measures, measuresOf, SUMMED } from './measures.ts'

/** A line of a report before it has names. */
export interface Line {
  readonly key: readonly string[]
  readonly measures: Measures
}

export interface PageOf {
  readonly days: Days
  /** Key of the last line before; undefined on the first page. */
  readonly after: readonly string[] | undefined
  readonly limit: number
}

type Table = 'usage_days' | 'usage_sums'
type Rows = SelectQueryBuilder<Schema, Table, object>

/** What lines are made of: columns of the key, in the order of an index, and the rows that count. */
export interface Source {
  readonly table: Table
  readonly key: readonly string[]
  /** The same value in every row that counts; they come before the key in the index. */
  readonly fixed: Readonly<Record<string, string>>
  /** No index has its keys behind the day, so it is read by key alone. */
  readonly isByKey?: true
  /** Rows of these owners alone; undefined: of all. */
  readonly owners?: Owners | undefined
}

export type Owners = { readonly kind: 'organization' } | { readonly ids: readonly string[] }

/** By key. */
export async function selectByKey(db: Database, source: Source, { days, after, limit }: PageOf): Promise<Line[]> {
  const keys = source.key.map((name) => sql.ref(name))
  const rows = await matching(db, source, after)
    .select(summed())
    .where(within(days))
    .groupBy(keys)
    .orderBy(sql`${sql.join(keys)}`)
    .limit(limit)
    .execute()
  return rows.map((row) => lineOf(source, row))
}

/** By day: those of one day. */
export async function selectOfDay(
  db: Database,
  source: Source,
  { day, after, limit }: Omit<PageOf, 'days'> & { readonly day: string },
): Promise<Line[]> {
  const keys = source.key.map((name) => sql.ref(name))
  const rows = await matching(db, source, after)
    .select(summed())
    .where('day', '=', day)
    .groupBy(keys)
    .orderBy(sql`${sql.join(keys)}`)
    .limit(limit)
    .execute()
  return rows.map((row) => lineOf(source, row))
}

/** Sums by day over all lines of a source, of days with calls. */
export async function selectSeries(
  db: Database,
  source: Omit<Source, 'key'>,
  days: Days,
): Promise<ReadonlyMap<string, Measures>> {
  const rows = await matching(db, { ...source, key: ['day'] }, undefined)
    .select(summed())
    .where(within(days))
    .groupBy('day')
    .execute()
  return new Map(rows.map((row) => [String((row as unknown as { day: string }).day), measuresOf(asMeasures(row))]))
}

function matching(db: Database, { table, key, fixed, owners }: Source, after: readonly string[] | undefined): Rows {
  let rows = db.selectFrom(table).select(key.map((name) => sql.ref(name).as(name))) as unknown as Rows
  for (const [name, value] of Object.entries(fixed)) rows = rows.where(sql.ref(name), '=', value)
  if (owners !== undefined) rows = rows.where(ofOwners(table, owners))
  if (after === undefined) return rows
  const columns = sql.join(key.map((name) => sql.ref(name)))
  return rows.where(sql<boolean>`(${columns}) > (${sql.join(after)})`)
}

/**
 * `is true` keeps both engines from taking an index of days for it, and leaves PostgreSQL its estimate of how many rows there
 * are: with an expression instead of the column it sorts all rows for every page.
 */
function within({ first, last }: Days) {
  const day = sql.ref('day')
  return sql<boolean>`(${day} >= ${first} and ${day} <= ${last}) is true`
}

/** In `usage_sums` the owner of what was called is the item of its kind. */
function ofOwners(table: Table, owners: Owners) {
  const column = sql.ref(table === 'usage_days' ? 'owner_id' : 'item_id')
  if ('ids' in owners) return sql<boolean>`${column} in (${sql.join(['', ...owners.ids])})`
  return sql<boolean>`${column} in (select id from accounts where kind = 'organization')`
}

function summed() {
  return [
    ...SUMMED.map((name) => sql<number | string>`sum(${sql.ref(name)})`.as(name)),
    sql<number | string>`max(${sql.ref('peak_memory_bytes')})`.as('peak_memory_bytes'),
  ]
}

function lineOf({ key }: Source, row: object): Line {
  const columns = row as Readonly<Record<string, unknown>>
  return { key: key.map((name) => String(columns[name])), measures: measuresOf(asMeasures(row)) }
}

const asMeasures = (row: object) => row as Readonly<Record<(typeof MEASURES)[number], number | string | null>>

/** Algorithms by id that were called once, also those that are deleted. */
export async function selectAlgorithmNames(
  db: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, { readonly name: string; readonly owner_id: string }>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('usage_algorithms').selectAll().where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, row]))
}

export interface CallerOfDay {
  readonly callerId: string
  readonly calls: number
  readonly cpuMicroseconds: number
}

/** What every account used on a day. */
export async function selectUsedOn(db: Database, day: string): Promise<CallerOfDay[]> {
  const kind: SumKind = 'caller'
  const rows = await db
    .selectFrom('usage_sums')
    .select(({ fn }) => [
      'item_id',
      fn.sum<number | string>('calls').as('calls'),
      fn.sum<number | string>('cpu_us').as('cpu_us'),
    ])
    .where('day', '=', day)
    .where('kind', '=', kind)
    .groupBy('item_id')
    .execute()
  return rows.map((row) => ({
    callerId: row.item_id,
    calls: Number(row.calls),
    cpuMicroseconds: Number(row.cpu_us),
  }))
}
