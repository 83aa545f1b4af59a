/**
 * The call log: what became of each call, and what algorithms printed. Nobody writes to `call_errors` from here on but a server
 * of before that is still at work, so it stays.
 */
import { sql } from 'kysely'
import { columnTypes } from '../column-types.ts'
import type { Migration } from '../migrate.ts'
import { index, key, required, table } from './statements.ts'

export const callLogMigration: Migration = {
  name: 'call log',
  async up(db, engine) {
    const { text, integer } = columnTypes(engine)
    await table(db, 'call_log')
      .addColumn('request_id', text, key)
      .addColumn('session_id', text, required)
      .addColumn('depth', integer, required)
      .addColumn('caller_id', text, required)
      .addColumn('algorithm_id', text, required)
      .addColumn('root_algorithm_id', text)
      .addColumn('owner_id', text, required)
      .addColumn('build_id', text, required)
      .addColumn('version', text, required)
      .addColumn('ended_at', text, required)
      .addColumn('outcome', text, required)
      .addColumn('error_type', text)
      .addColumn('message', text)
      .addColumn('stacktrace', text)
      .addColumn('input', text)
      .addColumn('output', text)
      .addColumn('content_type', text, required)
      .addColumn('input_bytes', integer, required)
      .addColumn('answer_bytes', integer, required)
      .addColumn('wait_us', integer, required)
      .addColumn('start_us', integer, required)
      .addColumn('run_us', integer, required)
      .addColumn('cpu_us', integer)
      .addColumn('peak_memory_bytes', integer)
      .execute()
    const order = ['ended_at', 'request_id']
    // One for each way in which a page is read, so that every page costs the same however long the log is.
    for (const columns of [[], ['caller_id'], ['version']]) {
      await index(db, 'call_log', ['algorithm_id', ...columns, ...order]).execute()
    }
    // Few calls fail: these are small, whatever is asked about failures.
    for (const columns of [['algorithm_id', 'outcome'], ['root_algorithm_id'], ['caller_id'], ['owner_id']]) {
      await index(db, 'call_log', [...columns, ...order])
        .where(sql`outcome`, '<>', 'succeeded')
        .execute()
    }
    await index(db, 'call_log', ['ended_at']).execute()
    await index(db, 'call_log', ['session_id']).execute()
  },
}
