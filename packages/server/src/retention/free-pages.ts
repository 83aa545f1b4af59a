/** Gives back to the disk what removed rows took in the database file. */
import { giveBackPages } from '../db/free-pages.ts'
import type { Engine } from '../db/migrate.ts'
import type { Database } from '../db/schema.ts'
import { type Chore, NOTHING } from './kind.ts'

/** New rows will come; a file that shrinks and grows all the time is of no use. */
const KEPT_SHARE = 0.2

export function freePagesChore(db: Database, engine: Engine): Chore {
  return {
    name: 'free pages',
    async *run({ isUrgent }) {
      if (engine !== 'sqlite') return
      for await (const bytes of giveBackPages(db, isUrgent ? 0 : KEPT_SHARE)) yield { ...NOTHING, bytes }
    },
  }
}
