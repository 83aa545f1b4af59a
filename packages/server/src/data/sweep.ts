/**
 * Removes what nobody needs any more, in the background: at start and every hour the data of accounts and algorithms that
 * were deleted (nobody reaches it from then on), temporary files of algorithms, and what a failure left; at start objects
 * that a crash left without a file.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { CollectionsTable } from '../db/hosted-tables.ts'
import type { Database } from '../db/schema.ts'
import type { ObjectPage, Objects } from './objects.ts'
import type { Store } from './open-store.ts'
import { addUsage, holdData, selectNamedObjects } from './queries.ts'
import type { Reclaimer } from './reclaimer.ts'
import {
  deleteFilesOfObjects,
  hasCollections,
  selectAbandonedCollections,
  selectFilesBefore,
  selectRetiredIds,
  selectTempCollections,
} from './sweep-queries.ts'

export interface SweepOptions {
  readonly db: Database
  readonly objects: Objects
  readonly reclaimer: Reclaimer
  readonly log: Logger
  /** Objects without a file, and collections of sessions, that are younger than it says may be in use. */
  readonly store: Pick<Store, 'leftoversBefore' | 'removeUnfinished'>
  /** How long a temporary file of an algorithm stays (rest-api.md 5.2). */
  readonly tempMs?: number
}

export interface Sweep {
  /** Settles when the part at the start is through. */
  readonly started: Promise<void>
  close(): Promise<void>
}

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS
const BATCH = 500
/** Between two pages of objects, so that requests come first. */
const PAUSE_MS = 20

type Step = readonly [what: string, step: () => Promise<void>]

/** Begins at once. */
export function startSweep(options: SweepOptions): Sweep {
  const { log, tempMs = DAY_MS } = options
  const stop = new AbortController()
  const hourly: readonly Step[] = [
    ['deleted collections', () => finishDeleting(options)],
    ['collections of nobody', () => retireAbandoned(options)],
    ['temporary files', () => expireTemps(options, tempMs)],
  ]
  const atStart: readonly Step[] = [
    ['objects of no file', () => deleteOrphans(options, stop.signal)],
    ['unfinished uploads', () => options.store.removeUnfinished(stop.signal)],
  ]
  const started = run([...hourly, ...atStart])
  let running: Promise<void> = started
  const timer = setInterval(() => {
    running = running.then(() => run(hourly))
  }, HOUR_MS).unref()

  async function run(steps: readonly Step[]): Promise<void> {
    for (const [what, step] of steps) {
      if (stop.signal.aborted) return
      try {
        await step()
      } catch (err) {
        if (!stop.signal.aborted) log.warn({ err }, `${what} could not be removed; the next sweep tries again`)
      }
    }
  }

  return {
    started,
    async close() {
      clearInterval(timer)
      stop.abort()
      await running
    },
  }
}

async function finishDeleting({ db, reclaimer }: SweepOptions): Promise<void> {
  for (const id of await selectRetiredIds(db)) reclaimer.reclaim(id)
}

/** Of sessions that ended, of algorithms and of accounts that were deleted. */
async function retireAbandoned({ db, reclaimer, store }: SweepOptions): Promise<void> {
  for (const row of await selectAbandonedCollections(db, store.leftoversBefore().toISOString()))
    await reclaimer.retire(row)
}

async function expireTemps(options: SweepOptions, tempMs: number): Promise<void> {
  const before = new Date(Date.now() - tempMs).toISOString()
  for (const collection of await selectTempCollections(options.db)) {
    while ((await expireBatch(options, collection, before)) === BATCH);
  }
}

async function expireBatch(
  { db, objects }: SweepOptions,
  { id, owner_id }: CollectionsTable,
  before: string,
): Promise<number> {
  if ((await selectFilesBefore(db, id, before, 1)).length === 0) return 0
  const rows = await db.transaction().execute(async (transaction) => {
    await holdData(transaction, owner_id)
    const expired = await selectFilesBefore(transaction, id, before, BATCH)
    const bytes = expired.reduce((sum, { size_bytes }) => sum + size_bytes, 0)
    await deleteFilesOfObjects(transaction, idsOf(expired))
    await addUsage(transaction, owner_id, { files: -expired.length, bytes: -bytes })
    return expired
  })
  await objects.delete(idsOf(rows))
  return rows.length
}

function idsOf(rows: readonly { readonly object_id: string }[]): string[] {
  return rows.map(({ object_id }) => object_id)
}

/** A database without a single collection is not the one that the objects were written with: better too many than too few. */
async function deleteOrphans(options: SweepOptions, signal: AbortSignal): Promise<void> {
  if (!(await hasCollections(options.db))) return
  let count = 0
  for await (const page of options.objects.pages(signal)) {
    count += await deleteOrphansOf(options, page)
    await sleep(PAUSE_MS, undefined, { signal })
  }
  if (count > 0) options.log.info({ count }, 'objects that belonged to no file were removed')
}

async function deleteOrphansOf({ db, objects, store }: SweepOptions, page: ObjectPage): Promise<number> {
  const before = store.leftoversBefore()
  const old = page.objects.filter(({ id, writtenAt }) => writtenAt < before && !objects.isUnderWay(id))
  const ids = old.map(({ id }) => id)
  if (ids.length === 0) return 0
  const named = await selectNamedObjects(db, ids)
  const orphans = ids.filter((id) => !named.has(id))
  await objects.delete(orphans)
  return orphans.length
}
