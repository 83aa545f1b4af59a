/** Writes down which keys were used, in groups: a call must not wait for it (design.md 4). */
import type { Logger } from 'pino'
import type { Database } from '../db/schema.ts'
import type { KeyRing } from './key-ring.ts'
import { updateLastUsed } from './queries.ts'

const EVERY_MS = 60_000
/** Parameters of one statement. */
const MAX_IDS = 500

export interface LastUsedOptions {
  readonly db: Database
  readonly keyRing: Pick<KeyRing, 'takeUsed'>
  readonly log: Logger
  /** For tests. */
  readonly everyMs?: number
}

/** Keeps `last_used_at` of keys, to the minute. `close` writes what is left. */
export function keepLastUsed({ db, keyRing, log, everyMs = EVERY_MS }: LastUsedOptions): { close(): Promise<void> } {
  const timer = setInterval(() => void write(), everyMs).unref()
  let writing = Promise.resolve()

  function write(): Promise<void> {
    writing = writing.then(writeAll).catch((error) => log.error({ err: error }, 'last use of keys not written'))
    return writing
  }

  async function writeAll(): Promise<void> {
    const ids = [...keyRing.takeUsed()]
    const time = new Date().toISOString()
    for (let at = 0; at < ids.length; at += MAX_IDS) await updateLastUsed(db, ids.slice(at, at + MAX_IDS), time)
  }

  return {
    async close() {
      clearInterval(timer)
      await write()
    },
  }
}
