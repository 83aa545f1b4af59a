/** Usage by day, what accounts may use, and what it costs. */
import type { CreateTableBuilder } from 'kysely'
import { type ColumnTypes, columnTypes } from '../column-types.ts'
import type { Migration } from '../migrate.ts'
import { index, key, required, table } from './statements.ts'

const MEASURES = [
  'calls',
  'errors',
  'rounded_seconds',
  'rounded_error_seconds',
  'wait_us',
  'start_us',
  'run_us',
  'error_run_us',
  'cpu_us',
  'input_bytes',
  'answer_bytes',
  'peak_memory_bytes',
]

export const usageMigration: Migration = {
  name: 'usage',
  async up(db, engine) {
    const { text, integer } = columnTypes(engine)
    const days = table(db, 'usage_days')
      .addColumn('caller_id', text, required)
      .addColumn('algorithm_id', text, required)
      .addColumn('version', text, required)
      .addColumn('day', text, required)
      .addColumn('owner_id', text, required)
      .addColumn('machine_type', text, required)
      .addPrimaryKeyConstraint('usage_days_key', ['caller_id', 'algorithm_id', 'version', 'day'])
    await withMeasures(days, integer).execute()
    await index(db, 'usage_days', ['algorithm_id', 'caller_id', 'day']).execute()
    await index(db, 'usage_days', ['day', 'caller_id', 'algorithm_id', 'version']).execute()
    const sums = table(db, 'usage_sums')
      .addColumn('kind', text, required)
      .addColumn('scope_id', text, required)
      .addColumn('item_id', text, required)
      .addColumn('day', text, required)
      .addPrimaryKeyConstraint('usage_sums_key', ['kind', 'scope_id', 'item_id', 'day'])
    await withMeasures(sums, integer).execute()
    await index(db, 'usage_sums', ['day', 'kind', 'scope_id', 'item_id']).execute()
    await table(db, 'usage_algorithms')
      .addColumn('id', text, key)
      .addColumn('owner_id', text, required)
      .addColumn('name', text, required)
      .execute()
    await table(db, 'usage_writers')
      .addColumn('id', text, key)
      .addColumn('number', integer, required)
      .addColumn('written_at', text, required)
      .execute()
    await table(db, 'account_quotas')
      .addColumn('account_id', text, (column) => key(column).references('accounts.id').onDelete('cascade'))
      .addColumn('calls_per_day', integer)
      .addColumn('cpu_seconds_per_day', integer)
      .addColumn('data_bytes', integer)
      .execute()
    await table(db, 'cost_rates').addColumn('name', text, key).addColumn('ten_thousandths', integer, required).execute()
  },
}

function withMeasures(
  builder: CreateTableBuilder<string, string>,
  integer: ColumnTypes['integer'],
): CreateTableBuilder<string, string> {
  return MEASURES.reduce((wide, name) => wide.addColumn(name, integer, required), builder)
}
