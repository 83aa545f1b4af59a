/** All parts of a call's time: what the server took before and behind its run, and loading apart from starting. */
import { columnTypes } from '../column-types.ts'
import type { Migration } from '../migrate.ts'
import { addColumn } from './statements.ts'

export const partsOfCallsMigration: Migration = {
  name: 'parts-of-calls',
  async up(db, engine) {
    const { integer } = columnTypes(engine)
    for (const name of ['accept_us', 'reply_us', 'load_us']) await addColumn(db, 'call_log', name, integer)
  },
}
