/** The one statement that writes the call log: two features do. */
import type { CallLogTable } from './call-log-tables.ts'
import { createInsert, replacing } from './many-rows.ts'

export type CallLogRow = CallLogTable

const columns = {
  request_id: 'text',
  session_id: 'text',
  depth: 'integer',
  caller_id: 'text',
  algorithm_id: 'text',
  root_algorithm_id: 'text',
  owner_id: 'text',
  build_id: 'text',
  version: 'text',
  ended_at: 'text',
  outcome: 'text',
  error_type: 'text',
  message: 'text',
  stacktrace: 'text',
  input: 'text',
  output: 'text',
  content_type: 'text',
  input_bytes: 'integer',
  answer_bytes: 'integer',
  accept_us: 'integer',
  reply_us: 'integer',
  wait_us: 'integer',
  start_us: 'integer',
  load_us: 'integer',
  start_cause: 'text',
  run_us: 'integer',
  cpu_us: 'integer',
  peak_memory_bytes: 'integer',
} as const satisfies Record<keyof CallLogTable, 'text' | 'integer'>

const later = replacing(Object.keys(columns).filter((name) => name !== 'request_id'))

/**
 * Writes entries, all or none. A call that is there already, such as one that a server began and the next one finished,
 * has its later end. No request id may be in `rows` twice.
 */
export const writeCallLog = createInsert<CallLogRow>({
  table: 'call_log',
  columns,
  onConflict: `(request_id) do update set ${later} where call_log.ended_at <= excluded.ended_at`,
})
