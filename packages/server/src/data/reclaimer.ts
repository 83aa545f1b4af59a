/**
 * Deleting whole collections. What counts is one transaction that takes the collection out of sight; its objects and rows
 * are removed in batches afterwards, and after a crash by the sweep.
 */
import type { Logger } from 'pino'
import type { CollectionsTable } from '../db/hosted-tables.ts'
import type { Database } from '../db/schema.ts'
import type { Objects } from './objects.ts'
import { addUsage, deleteCollectionRow, holdData, sumFiles } from './queries.ts'
import { deleteFilesOfObjects, retireCollectionRow, selectObjectIds } from './sweep-queries.ts'

export interface Reclaimer {
  /**
   * Deletes a collection with what is in it; nobody sees it any more once this resolves.
   *
   * @returns how many files were in it, undefined when it was gone
   */
  retire(collection: Pick<CollectionsTable, 'id' | 'owner_id'>): Promise<number | undefined>
  /** The same in the background. */
  retireSoon(collection: Pick<CollectionsTable, 'id' | 'owner_id'>): void
  /** Removes objects and rows of a retired collection in the background. */
  reclaim(collectionId: string): void
  /** Resolves once nothing is left to remove. */
  idle(): Promise<void>
  /** Stops after the batch at hand; the next start goes on. */
  close(): Promise<void>
}

const BATCH = 500
const LEFT = 'files of a deleted collection are left; the next start goes on'

export function createReclaimer({ db, objects, log }: { db: Database; objects: Objects; log: Logger }): Reclaimer {
  const waiting = new Set<string>()
  const retiring = new Set<Promise<void>>()
  let working: Promise<void> | undefined
  let isClosing = false

  async function work(): Promise<void> {
    for (const id of waiting) {
      if (isClosing) break
      try {
        await remove(id)
      } catch (err) {
        log.warn({ err, collection: id }, LEFT)
      }
      waiting.delete(id)
    }
    // In the same turn as the last look at what waits, so that whatever is added next begins anew.
    working = undefined
  }

  async function remove(collectionId: string): Promise<void> {
    for (;;) {
      const ids = await selectObjectIds(db, collectionId, BATCH)
      if (ids.length === 0) return deleteCollectionRow(db, collectionId)
      if (isClosing) return
      await objects.delete(ids)
      await deleteFilesOfObjects(db, ids)
    }
  }

  const reclaimer: Reclaimer = {
    async retire({ id, owner_id }) {
      const files = await db.transaction().execute(async (transaction) => {
        await holdData(transaction, owner_id)
        if (!(await retireCollectionRow(transaction, id))) return undefined
        const sums = await sumFiles(transaction, id)
        await addUsage(transaction, owner_id, { files: -sums.files, bytes: -sums.bytes })
        return sums.files
      })
      reclaimer.reclaim(id)
      return files
    },
    retireSoon(collection) {
      const done = reclaimer
        .retire(collection)
        .catch((err: unknown) => log.warn({ err, collection: collection.id }, LEFT))
        .then(() => void retiring.delete(done))
      retiring.add(done)
    },
    reclaim(collectionId) {
      waiting.add(collectionId)
      working ??= work()
    },
    async idle() {
      await Promise.all(retiring)
      await working
    },
    async close() {
      isClosing = true
      await reclaimer.idle()
    },
  }
  return reclaimer
}
