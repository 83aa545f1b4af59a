/**
 * SQL over tables whose rows have a time and go by their age. Each statement touches a bounded number of rows by an index.
 * Bytes are those of the texts of a row and an allowance for the rest; both engines know the length of a text without
 * reading it.
 */
import { type RawBuilder, sql } from 'kysely'
import type { Database, Schema } from '../db/schema.ts'
import type { Amount, Cut } from './kind.ts'

export interface RowTable {
  readonly table: keyof Schema
  /** ISO text, or the beginning of one, such as a day. */
  readonly time: string
  /** How many characters of a time the column has; absent: all. */
  readonly timeLength?: number
  readonly key: readonly string[]
  /** Texts that count. */
  readonly texts: readonly string[]
  /** What the rest of a row and its entries in indexes take, about. */
  readonly rowBytes: number
  /** Column of the holder; an index begins with it and the time. Absent: an index begins with the time. */
  readonly holder?: string
}

/** Rows of one moment. */
export interface Moment extends Amount {
  readonly time: string
}

/** Of what a statement may see. */
export interface Range {
  readonly holderId?: string | undefined
  /** Older ones only. */
  readonly before?: string | undefined
  /** No newer ones. */
  readonly upTo?: string | undefined
}

/** At most `limit` rows of a range, the newest, by moments; the last moment may be cut short. */
export async function readNewest(db: Database, table: RowTable, range: Range, limit: number): Promise<Moment[]> {
  const time = sql.ref(table.time)
  const { rows } = await sql<Moment>`
    select time, count(*) as rows, sum(size) as bytes
    from (select ${time} as time, ${sizeOf(table)} as size from ${sql.table(table.table)}
          where ${within(table, range)} order by ${time} desc limit ${sql.lit(limit)}) as newest
    group by time order by time desc`.execute(db)
  return rows.map((row) => ({ time: row.time, rows: Number(row.rows), bytes: Number(row.bytes) }))
}

/** All rows of one moment. */
export async function readMoment(db: Database, table: RowTable, range: Range, time: string): Promise<Moment> {
  const { rows } = await sql<Amount>`
    select count(*) as rows, coalesce(sum(${sizeOf(table)}), 0) as bytes from ${sql.table(table.table)}
    where ${within(table, range)} and ${sql.ref(table.time)} = ${time}`.execute(db)
  return { time, rows: Number(rows[0]?.rows ?? 0), bytes: Number(rows[0]?.bytes ?? 0) }
}

/** The holder that comes after another in the index, or null. */
export async function readNextHolder(db: Database, { table, holder = '' }: RowTable, after: string) {
  const { rows } = await sql<{ next: string | null }>`
    select min(${sql.ref(holder)}) as next from ${sql.table(table)} where ${sql.ref(holder)} > ${after}`.execute(db)
  return rows[0]?.next ?? null
}

/** Deletes at most `limit` rows, the oldest of a cut. */
export async function deleteOldest(db: Database, table: RowTable, cut: Cut, limit: number): Promise<Amount> {
  const key = sql.join(table.key.map((column) => sql.ref(column)))
  const { rows } = await sql<{ size: number }>`
    delete from ${sql.table(table.table)} where (${key}) in (
      select ${key} from ${sql.table(table.table)} where ${within(table, cut)}
      order by ${sql.ref(table.time)} limit ${sql.lit(limit)})
    returning ${sizeOf(table)} as size`.execute(db)
  return { rows: rows.length, bytes: rows.reduce((all, { size }) => all + Number(size), 0) }
}

/** As the column has times. */
export function shortened({ timeLength }: RowTable, time: string): string {
  return timeLength === undefined ? time : time.slice(0, timeLength)
}

function within(table: RowTable, { holderId, before, upTo }: Range): RawBuilder<unknown> {
  const time = sql.ref(table.time)
  const conditions = [
    ...(holderId === undefined ? [] : [sql`${sql.ref(table.holder ?? '')} = ${holderId}`]),
    ...(before === undefined ? [] : [sql`${time} < ${shortened(table, before)}`]),
    ...(upTo === undefined ? [] : [sql`${time} <= ${upTo}`]),
  ]
  return conditions.length === 0 ? sql`1 = 1` : sql.join(conditions, sql` and `)
}

function sizeOf({ texts, rowBytes }: RowTable): RawBuilder<number> {
  const lengths = texts.map((column) => sql`coalesce(octet_length(${sql.ref(column)}), 0)`)
  return sql<number>`${sql.join([sql.lit(rowBytes), ...lengths], sql` + `)}`
}
