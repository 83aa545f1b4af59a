/**
 * Who may have one more worker when there is not room for everybody's: the ceilings of all workers and of one account's, and
 * the memory that is left. An account that has few goes before one that has many, also while that has calls to run.
 */
import type { RunnerLimits } from './limits.ts'
import type { Pool, SharedRoom } from './pooling.ts'
import type { Pressure } from './pressure.ts'
import { createStartHistory } from './start-history.ts'

export interface RoomOptions {
  readonly limits: Pick<RunnerLimits, 'workers' | 'workersPerAccount'>
  readonly pressure: Pick<Pressure, 'isShort' | 'roomBytes'>
  pools(): Iterable<Pool>
  isClosing(): boolean
  watch(): void
}

export interface Room extends SharedRoom {
  /** The pool is no more. */
  forget(pool: Pool): void
}

export function createRoom({ limits, pressure, pools, isClosing, watch }: RoomOptions): Room {
  /** Pools whose calls wait for room, in the order they asked. */
  const starved = new Set<Pool>()
  /** A worker that was taken back is ending. */
  let isMakingRoom = false

  function mayStart(pool: Pool): boolean {
    // Who waits for room has its turn in `freed`, and not before others that wait.
    if (isClosing() || starved.has(pool)) return false
    const others = whoseIdleWould(pool)
    if (others === null) return true
    starved.add(pool)
    longestIdle([...others].filter((other) => other !== pool))?.endOldestIdle()
    return false
  }

  /** The pools whose idle workers would make room for one of this pool; null when there is room. */
  function whoseIdleWould(pool: Pool): Iterable<Pool> | null {
    if (pressure.isShort()) return []
    if (isAccountFull(pool)) return ofAccount(pool)
    return countWorkers(pools()) >= limits.workers || !isMemoryLeft(pool) ? pools() : null
  }

  const isAccountFull = (pool: Pool) => countWorkers(ofAccount(pool)) >= limits.workersPerAccount

  function ofAccount(pool: Pool): Pool[] {
    return [...pools()].filter((each) => isOfSameAccount(each, pool))
  }

  /** Counts those that load as if they had: what they will take shows in a moment only. */
  function isMemoryLeft(pool: Pool): boolean {
    let neededBytes = pool.loadedBytes()
    let workers = 0
    for (const each of pools()) {
      const stats = each.stats()
      workers += stats.workers
      neededBytes += stats.loadingWorkers * each.loadedBytes()
    }
    return workers === 0 || neededBytes <= pressure.roomBytes()
  }

  /** Those whose accounts have the fewest workers first; of equals the one that asked first. */
  function freed(): void {
    isMakingRoom = false
    const workers = new Map([...starved].map((pool) => [pool, countWorkers(ofAccount(pool))]))
    for (const [pool] of [...workers].sort(([, a], [, b]) => a - b)) {
      starved.delete(pool)
      pool.grow()
    }
  }

  function takesBack(pool: Pool, hasCalls: boolean): boolean {
    if (starved.size === 0 || isMakingRoom) return false
    isMakingRoom = hasCalls ? mustYield(pool) : isWanted(pool)
    return isMakingRoom
  }

  /** An idle worker is worth less than a call that waits, unless its place is of no use to that. */
  function isWanted(pool: Pool): boolean {
    if (starved.has(pool)) return false
    return [...starved].some((other) => isOfSameAccount(pool, other) || !isAccountFull(other))
  }

  /** Two more than the other has, so that a place does not go to and fro. */
  function mustYield(pool: Pool): boolean {
    if (starved.size === 0 || isMakingRoom) return false
    return [...starved].some((other) => {
      if (other === pool) return false
      if (isOfSameAccount(pool, other)) return pool.stats().workers > other.stats().workers + 1
      return !isAccountFull(other) && countWorkers(ofAccount(pool)) > countWorkers(ofAccount(other)) + 1
    })
  }

  return {
    starts: createStartHistory(),
    mayStart,
    hasPlace: (pool) => !isClosing() && starved.size === 0 && whoseIdleWould(pool) === null,
    freed,
    takesBack,
    mustYield,
    isHostBusy: pressure.isShort,
    watch,
    forget: (pool) => void starved.delete(pool),
  }
}

const isOfSameAccount = (a: Pool, b: Pool) => a.spec.key.accountId === b.spec.key.accountId

function countWorkers(pools: Iterable<Pool>): number {
  let count = 0
  for (const pool of pools) count += pool.stats().workers
  return count
}

function longestIdle(pools: readonly Pool[]): Pool | undefined {
  const idle = pools.filter((pool) => pool.oldestForOthersMs() !== null)
  return idle.sort((a, b) => (a.oldestForOthersMs() ?? 0) - (b.oldestForOthersMs() ?? 0))[0]
}
