/** The one statement that writes the call log: two features do. */
import type { Insertable } from 'kysely'
import type { CallLogTable } from './call-log-tables.ts'
import type { Database } from './schema.ts'

export type CallLogRow = CallLogTable

const COLUMNS = [
  ...['session_id', 'depth', 'caller_id', 'algorithm_id', 'root_algorithm_id', 'owner_id', 'build_id', 'version'],
  ...['ended_at', 'outcome', 'error_type', 'message', 'stacktrace', 'input', 'output', 'content_type'],
  ...['input_bytes', 'answer_bytes', 'wait_us', 'start_us', 'run_us', 'cpu_us', 'peak_memory_bytes'],
] as const satisfies readonly Exclude<keyof CallLogTable, 'request_id'>[]

/**
 * Writes entries, all or none. A call that is there already, such as one that a server began and the next one finished,
 * has its later end. No request id may be in `rows` twice.
 */
export async function writeCallLog(db: Database, rows: readonly Insertable<CallLogTable>[]): Promise<void> {
  await db
    .insertInto('call_log')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .column('request_id')
        .doUpdateSet((eb) => Object.fromEntries(COLUMNS.map((name) => [name, eb.ref(`excluded.${name}`)])))
        .whereRef('call_log.ended_at', '<=', 'excluded.ended_at' as never),
    )
    .execute()
}
