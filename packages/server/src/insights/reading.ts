/**
 * Reads events in small groups: they can be large, others' requests are served between two groups, and a page is cut off
 * before it is more than one answer should hold.
 */
import type { Page } from '@algorist/contract/page.ts'
import type { Database } from '../db/schema.ts'
import { type InsightPlace, type InsightRow, type InsightSelection, selectInsights } from './queries.ts'

const GROUP = 50
const PAGE_CHARACTERS = 1024 * 1024

export type InsightRange = Omit<InsightSelection, 'limit'>

/** Newest first, all there are: whoever reads stops when it has enough. */
export async function* readInsights(db: Database, range: InsightRange): AsyncGenerator<InsightRow> {
  let after: InsightPlace | undefined = range.after
  for (;;) {
    const rows = await selectInsights(db, { ...range, after, limit: GROUP })
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < GROUP) return
    after = { time: last.time, requestId: last.request_id }
  }
}

/**
 * A page and one row more when there are others behind it. Large events make it shorter than was asked for: the page that is
 * returned says how long it is.
 */
export async function readPage(
  db: Database,
  range: InsightRange,
  page: Page,
): Promise<{ readonly rows: readonly InsightRow[]; readonly page: Page }> {
  const rows: InsightRow[] = []
  let characters = 0
  for await (const row of readInsights(db, range)) {
    rows.push(row)
    if (rows.length > page.limit) break
    characters += row.event.length
    if (characters > PAGE_CHARACTERS) return { rows, page: { ...page, limit: rows.length - 1 } }
  }
  return { rows, page }
}
