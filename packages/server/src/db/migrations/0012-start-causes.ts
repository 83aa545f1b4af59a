/** Why the worker was started that a call waited for; null when it waited for none, and in rows of before. */
import { columnTypes } from '../column-types.ts'
import type { Migration } from '../migrate.ts'
import { addColumn } from './statements.ts'

export const startCausesMigration: Migration = {
  name: 'start-causes',
  async up(db, engine) {
    await addColumn(db, 'call_log', 'start_cause', columnTypes(engine).text)
  },
}
