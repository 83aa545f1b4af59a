/** Insights: one event per call, and the sink that administrators name (rest-api.md 3.10, 3.11). */
import { columnTypes } from '../column-types.ts'
import type { Migration } from '../migrate.ts'
import { index, key, required, table } from './statements.ts'

export const insightsMigration: Migration = {
  name: 'insights',
  async up(db, engine) {
    const { text, integer } = columnTypes(engine)
    await table(db, 'insights')
      .addColumn('request_id', text, key)
      .addColumn('algorithm_id', text, required)
      .addColumn('owner_id', text, required)
      .addColumn('time', text, required)
      .addColumn('event', text, required)
      .execute()
    await index(db, 'insights', ['algorithm_id', 'time', 'request_id']).execute()
    await index(db, 'insights', ['time']).execute()
    await table(db, 'insights_connections')
      .addColumn('id', text, key)
      .addColumn('is_current', integer, (column) => required(column).unique())
      .addColumn('sealed', text, required)
      .addColumn('created_at', text, required)
      .execute()
  },
}
