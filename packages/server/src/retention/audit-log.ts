/** The audit log as a kind: it goes by its age alone, and a full disk takes nothing of it. */
import { countEntries, removeOldEntries } from '../audit/shorten.ts'
import type { Engine } from '../db/migrate.ts'
import type { Database } from '../db/schema.ts'
import type { Kind } from './kind.ts'

const BATCH = 200
/** An entry and its index, about. */
const ENTRY_BYTES = 300

export function auditLogKind(db: Database, engine: Engine, maxAgeMs: number): Kind {
  const amount = (rows: number) => ({ rows, bytes: rows * ENTRY_BYTES })
  return {
    name: 'audit log',
    limits: { maxAgeMs, quota: null, floorMs: null },
    async *survey() {
      yield null
      return amount(await countEntries(db))
    },
    count: async (before) => amount(await countEntries(db, before)),
    async *remove({ before }) {
      for (let rows = BATCH; rows === BATCH; ) {
        rows = await removeOldEntries(db, { engine, before, limit: BATCH })
        yield amount(rows)
      }
    },
  }
}
