/** Asynchronous calls whose results are kept, and idempotency keys. */
import type { Transaction } from 'kysely'
import { columnTypes } from '../column-types.ts'
import type { Migration } from '../migrate.ts'

export const callResultsMigration: Migration = {
  name: 'call results',
  async up(db, engine) {
    const { text, integer, bytes } = columnTypes(engine)
    const known = await columnsOf(db, 'pending_calls')
    for (const name of ['started_at', 'reply_options', 'idempotency_key', 'request_digest']) {
      if (!known.has(name)) await db.schema.alterTable('pending_calls').addColumn(name, text).execute()
    }
    await uniqueKey(db, 'pending_calls')

    await db.schema
      .createTable('call_results')
      .ifNotExists()
      .addColumn('request_id', text, (column) => column.primaryKey().notNull())
      .addColumn('account_id', text, (column) => column.notNull())
      .addColumn('identity', text, (column) => column.notNull())
      .addColumn('kind', text, (column) => column.notNull())
      .addColumn('status', text, (column) => column.notNull())
      .addColumn('accepted_at', text, (column) => column.notNull())
      .addColumn('started_at', text)
      .addColumn('finished_at', text, (column) => column.notNull())
      .addColumn('reply_status', integer)
      .addColumn('reply_type', text)
      .addColumn('kept_bytes', integer, (column) => column.notNull())
      .addColumn('idempotency_key', text)
      .addColumn('request_digest', text)
      // Last: SQLite reads a row up to the last column that is asked for.
      .addColumn('reply_body', bytes)
      .execute()
    await uniqueKey(db, 'call_results')
    await index(db, ['account_id', 'finished_at', 'kept_bytes'])
    await index(db, ['finished_at'])
  },
}

async function columnsOf(db: Transaction<unknown>, table: string): Promise<ReadonlySet<string>> {
  const tables = await db.introspection.getTables()
  return new Set(tables.find(({ name }) => name === table)?.columns.map(({ name }) => name))
}

/** Most calls have no key; both engines let any number of rows have none. */
async function uniqueKey(db: Transaction<unknown>, table: string): Promise<void> {
  await db.schema
    .createIndex(`${table}_by_idempotency_key`)
    .ifNotExists()
    .unique()
    .on(table)
    .columns(['idempotency_key'])
    .execute()
}

async function index(db: Transaction<unknown>, columns: string[]): Promise<void> {
  await db.schema
    .createIndex(`call_results_by_${columns.join('_')}`)
    .ifNotExists()
    .on('call_results')
    .columns(columns)
    .execute()
}
