/** What a reader of the tail missed while it was away. */
import type { CallLogRow } from '../db/call-log-rows.ts'
import type { Database } from '../db/schema.ts'
import { type Position, selectAfter } from './queries.ts'

/** Calls that are in memory at a time: what they printed can be long, and a reader may not read. */
const GROUP = 10

/** Oldest first, in small groups, of which the next is read when the one before was taken. At most so many calls in all. */
export async function* readMissed(
  db: Database,
  { algorithmId, after, most }: { readonly algorithmId: string; readonly after: Position; readonly most: number },
): AsyncGenerator<readonly CallLogRow[]> {
  let place = after
  for (let left = most; left > 0; left -= GROUP) {
    const limit = Math.min(GROUP, left)
    const rows = await selectAfter(db, { algorithmId, after: place, limit })
    if (rows.length > 0) yield rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < limit) return
    place = { ended_at: last.ended_at, request_id: last.request_id }
  }
}
