/** A call log to remove rows from, for tests and for benchmarks/retention.bench.ts. Not part of the server. */
import { sql } from 'kysely'
import type { Database } from '../db/schema.ts'
import { CALL_LOG } from './tables.ts'

const OUTPUT = 'x'.repeat(1000)
const FIRST_MS = Date.parse('2026-01-01T00:00:00Z')
const ROWS_AT_ONCE = 500
/** What each row counts for. */
export const FILLED_ROW_BYTES = CALL_LOG.rowBytes + OUTPUT.length

/** When the call of this number ended: there is one each second. */
export const timeOf = (number: number): string => new Date(FIRST_MS + number * 1000).toISOString()

/** Calls `req-0`, `req-1`… of `algorithm-0`, `algorithm-1`… in turns. */
export async function fillCallLog(
  db: Database,
  { rows, algorithms }: { readonly rows: number; readonly algorithms: number },
): Promise<void> {
  const common = {
    ...{ depth: 0, caller_id: 'ann', root_algorithm_id: null, owner_id: 'o', build_id: 'b', version: '1.0.0' },
    ...{ outcome: 'succeeded' as const, error_type: null, message: null, stacktrace: null, input: null },
    ...{ content_type: 'json', input_bytes: 1, answer_bytes: 1, accept_us: 1, wait_us: 1, start_us: 1 },
    ...{ load_us: 1, run_us: 1, reply_us: 1 },
    ...{ cpu_us: 1, peak_memory_bytes: 1, output: OUTPUT },
  }
  for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
    const some = Array.from({ length: Math.min(ROWS_AT_ONCE, rows - from) }, (_, index) => {
      const request_id = `req-${from + index}`
      const algorithm_id = `algorithm-${(from + index) % algorithms}`
      return { ...common, request_id, session_id: request_id, algorithm_id, ended_at: timeOf(from + index) }
    })
    await db.insertInto('call_log').values(some).execute()
  }
  // PostgreSQL does so by itself, a minute later.
  await sql`analyze`.execute(db)
}

/** Drives turns to their end; says how long each took. */
export async function drive<T, R>(turns: AsyncGenerator<T, R, void>) {
  const values: T[] = []
  const tookMs: number[] = []
  for (;;) {
    const beganMs = performance.now()
    const turn = await turns.next()
    tookMs.push(performance.now() - beganMs)
    if (turn.done) return { values, result: turn.value, tookMs }
    values.push(turn.value)
  }
}
