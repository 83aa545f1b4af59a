/** SQL of insights. */
import type { Insertable, Selectable } from 'kysely'
import type { InsightsConnectionsTable, InsightsTable } from '../db/insight-tables.ts'
import type { Database } from '../db/schema.ts'

export type InsightRow = Selectable<InsightsTable>
type ConnectionRow = Selectable<InsightsConnectionsTable>

/** Each call once: the first of those with the same request id stays. */
export async function insertInsights(db: Database, rows: readonly Insertable<InsightsTable>[]): Promise<void> {
  await db
    .insertInto('insights')
    .values([...rows])
    .onConflict((conflict) => conflict.column('request_id').doNothing())
    .execute()
}

/** Where a page goes on. */
export interface InsightPlace {
  readonly time: string
  readonly requestId: string
}

export interface InsightSelection {
  readonly algorithmId: string
  /** Times as stored: the first is part of it, the second is not. */
  readonly since: string
  readonly until: string
  /** The last row of the page before. */
  readonly after: InsightPlace | undefined
  readonly limit: number
}

/** Newest first, along the index of algorithm, time and request id. */
export function selectInsights(db: Database, selection: InsightSelection): Promise<InsightRow[]> {
  const { algorithmId, since, until, after, limit } = selection
  const rows = db
    .selectFrom('insights')
    .selectAll()
    .where('algorithm_id', '=', algorithmId)
    .where('time', '>=', since)
    .where('time', '<', until)
  const page =
    after === undefined
      ? rows
      : rows.where('time', '<=', after.time).where(({ or, eb }) =>
          // The line above is for the index, this one for calls that ended in the same millisecond.
          or([eb('time', '<', after.time), eb('request_id', '<', after.requestId)]),
        )
  return page.orderBy('time', 'desc').orderBy('request_id', 'desc').limit(limit).execute()
}

export function selectConnection(db: Database): Promise<ConnectionRow | undefined> {
  return db.selectFrom('insights_connections').selectAll().where('is_current', '=', 1).executeTakeFirst()
}

/** There is one connection: another one takes its place and keeps its id. */
export function upsertConnection(db: Database, row: Omit<ConnectionRow, 'is_current'>): Promise<ConnectionRow> {
  return db
    .insertInto('insights_connections')
    .values({ ...row, is_current: 1 })
    .onConflict((conflict) => conflict.column('is_current').doUpdateSet({ sealed: row.sealed }))
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function deleteConnection(db: Database): Promise<void> {
  await db.deleteFrom('insights_connections').execute()
}
