/** Which server process runs an asynchronous call, for the time in which two work on one data folder (decision 0063). */
import { columnTypes } from '../column-types.ts'
import type { Migration } from '../migrate.ts'
import { addColumn } from './statements.ts'

export const instancesMigration: Migration = {
  name: 'instances',
  async up(db, engine) {
    await addColumn(db, 'pending_calls', 'instance', columnTypes(engine).text)
  },
}
