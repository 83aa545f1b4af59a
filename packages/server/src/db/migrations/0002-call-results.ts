/** Asynchronous calls whose results are kept, and idempotency keys. */
import { columnTypes } from '../column-types.ts'
import type { Migration } from '../migrate.ts'
import { addColumn, index, key, required, table } from './statements.ts'

export const callResultsMigration: Migration = {
  name: 'call results',
  async up(db, engine) {
    const { text, integer, bytes } = columnTypes(engine)
    for (const name of ['started_at', 'reply_options', 'idempotency_key', 'request_digest']) {
      await addColumn(db, 'pending_calls', name, text)
    }
    // Most calls have no key; both engines let any number of rows have none.
    await index(db, 'pending_calls', ['idempotency_key']).unique().execute()

    await table(db, 'call_results')
      .addColumn('request_id', text, key)
      .addColumn('account_id', text, required)
      .addColumn('identity', text, required)
      .addColumn('kind', text, required)
      .addColumn('status', text, required)
      .addColumn('accepted_at', text, required)
      .addColumn('started_at', text)
      .addColumn('finished_at', text, required)
      .addColumn('reply_status', integer)
      .addColumn('reply_type', text)
      .addColumn('kept_bytes', integer, required)
      .addColumn('idempotency_key', text)
      .addColumn('request_digest', text)
      // Last: SQLite reads a row up to the last column that is asked for.
      .addColumn('reply_body', bytes)
      .execute()
    await index(db, 'call_results', ['idempotency_key']).unique().execute()
    await index(db, 'call_results', ['account_id', 'finished_at', 'kept_bytes']).execute()
    await index(db, 'call_results', ['finished_at']).execute()
  },
}
