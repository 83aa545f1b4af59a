/** Repositories of many pushes: one at a time, while nobody pushes to it, its packs are put together. */
import type { Logger } from 'pino'
import type { Catalog } from '../algorithms/catalog.ts'
import type { RemovalHold } from '../backup/removal-hold.ts'
import { countPacks, repack } from '../git/repack.ts'
import type { Repositories } from '../git/repositories.ts'
import { type Chore, NOTHING } from './kind.ts'

export interface RepackOptions {
  readonly catalog: Pick<Catalog, 'ids' | 'byId'>
  readonly repositories: Repositories
  isPushing(repositoryId: string): boolean
  /** Old packs are removed, so it waits while a backup copies them. */
  readonly removals: Pick<RemovalHold, 'run'>
  /** Packs above which it is worth it. */
  readonly maxPacks: number
  readonly log: Logger
}

/** Repositories looked at in one turn. */
const STRIDE = 50

export function repackChore({ catalog, repositories, isPushing, removals, maxPacks, log }: RepackOptions): Chore {
  /** Of those that could not be done: how many packs they had, so that they are tried again when they have many more. */
  const failed = new Map<string, number>()
  const putOff = new Set<string>()

  async function isDue(id: string): Promise<boolean> {
    const repository = catalog.byId(id)
    if (!repository) return false
    const packs = await countPacks(repositories, repository).catch(() => 0)
    return packs > maxPacks + (failed.get(id) ?? 0)
  }

  /** While a backup holds removals back it is put off, once. @returns true when it was not */
  async function doOne(id: string, signal: AbortSignal): Promise<boolean> {
    if (putOff.has(id)) return false
    putOff.add(id)
    await removals.run(() => repackNow(id, signal))
    return !putOff.has(id)
  }

  async function repackNow(id: string, signal: AbortSignal): Promise<void> {
    putOff.delete(id)
    const repository = catalog.byId(id)
    if (!repository || isPushing(id) || signal.aborted) return
    try {
      await repack(repositories, repository, signal)
      failed.delete(id)
    } catch (err) {
      if (signal.aborted) return
      failed.set(id, await countPacks(repositories, repository).catch(() => 0))
      log.warn({ err, algorithmId: id }, 'the packs of a repository could not be put together')
    }
  }

  return {
    name: 'repositories',
    async *run({ isUrgent, signal }) {
      // It needs the room of the whole repository once more.
      if (isUrgent) return
      let count = 0
      for (const id of catalog.ids()) {
        if (await isDue(id)) yield { ...NOTHING, rows: (await doOne(id, signal)) ? 1 : 0 }
        else if (++count % STRIDE === 0) yield NOTHING
      }
    },
  }
}
