/** Usage by day, and what accounts may use. */
import { columnTypes } from '../column-types.ts'
import type { Migration } from '../migrate.ts'
import { index, key, required, table } from './statements.ts'

export const usageMigration: Migration = {
  name: 'usage',
  async up(db, engine) {
    const { text, integer } = columnTypes(engine)
    await table(db, 'usage_days')
      .addColumn('caller_id', text, required)
      .addColumn('algorithm_id', text, required)
      .addColumn('version', text, required)
      .addColumn('day', text, required)
      .addColumn('owner_id', text, required)
      .addColumn('machine_type', text, required)
      .addColumn('calls', integer, required)
      .addColumn('errors', integer, required)
      .addColumn('rounded_seconds', integer, required)
      .addColumn('rounded_error_seconds', integer, required)
      .addColumn('wait_us', integer, required)
      .addColumn('start_us', integer, required)
      .addColumn('run_us', integer, required)
      .addColumn('error_run_us', integer, required)
      .addColumn('cpu_us', integer, required)
      .addColumn('peak_memory_bytes', integer, required)
      .addColumn('input_bytes', integer, required)
      .addColumn('answer_bytes', integer, required)
      .addPrimaryKeyConstraint('usage_days_key', ['caller_id', 'algorithm_id', 'version', 'day'])
      .execute()
    await index(db, 'usage_days', ['algorithm_id', 'version', 'day']).execute()
    await index(db, 'usage_days', ['owner_id', 'day']).execute()
    await index(db, 'usage_days', ['day']).execute()
    await table(db, 'account_quotas')
      .addColumn('account_id', text, (column) => key(column).references('accounts.id').onDelete('cascade'))
      .addColumn('calls_per_day', integer)
      .addColumn('cpu_seconds_per_day', integer)
      .addColumn('data_bytes', integer)
      .execute()
  },
}
