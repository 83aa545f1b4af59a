/**
 * Who may have one more worker when there is not room for everybody's: the ceilings of all workers and of one account's, and
 * the memory that is left. An account that has few goes before one that has many, also while that has calls to run.
 */
import type { RunnerLimits } from './limits.ts'
import type { Pool, SharedRoom } from './pooling.ts'
import type { Pressure } from './pressure.ts'
import { createStartHistory } from './start-history.ts'

/** An idle worker makes no room for an account with as many workers or more before it has been idle for so long. */
const LEFT_ALONE_MS = 5000

export interface RoomOptions {
  readonly limits: Pick<RunnerLimits, 'workers' | 'workersPerAccount'>
  readonly pressure: Pick<Pressure, 'isShort' | 'roomBytes'>
  pools(): Iterable<Pool>
  isClosing(): boolean
  watch(): void
}

/** How many workers the account of a pool has. */
type WorkersOfAccounts = (pool: Pool) => number

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
    const workers = workersOfAccounts()
    longestIdle([...others].filter((other) => other !== pool && mayTakeIdle(pool, other, workers)))?.endOldestIdle()
    return false
  }

  /**
   * Who calls now and then would otherwise find its worker gone at every call beside one whose calls never stop, and wait for
   * that one's worker to end and its own to start.
   */
  function mayTakeIdle(pool: Pool, other: Pool, workers: WorkersOfAccounts): boolean {
    if (isOfSameAccount(pool, other) || workers(other) > workers(pool)) return true
    const sinceMs = other.oldestForOthersMs()
    return sinceMs !== null && performance.now() - sinceMs >= LEFT_ALONE_MS
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

  /** Counts them all once, however many pools are compared then. */
  function workersOfAccounts(): WorkersOfAccounts {
    const counts = new Map<string, number>()
    for (const { spec, stats } of pools()) {
      counts.set(spec.key.accountId, (counts.get(spec.key.accountId) ?? 0) + stats().workers)
    }
    return ({ spec }) => counts.get(spec.key.accountId) ?? 0
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
    const workers = workersOfAccounts()
    for (const pool of [...starved].sort((a, b) => workers(a) - workers(b))) {
      starved.delete(pool)
      pool.grow()
    }
  }

  function takesBack(pool: Pool, hasCalls: boolean): boolean {
    if (starved.size === 0 || isMakingRoom) return false
    isMakingRoom = hasCalls ? mustYield(pool) : isWanted(pool)
    return isMakingRoom
  }

  /** An idle worker is worth less than a call that waits, unless its place is of no use to that or its account has no more. */
  function isWanted(pool: Pool): boolean {
    if (starved.has(pool)) return false
    const workers = workersOfAccounts()
    return [...starved].some(
      (other) => isOfSameAccount(pool, other) || (!isAccountFull(other) && workers(pool) > workers(other)),
    )
  }

  /** Two more than the other has, so that a place does not go to and fro. */
  function mustYield(pool: Pool): boolean {
    if (starved.size === 0 || isMakingRoom) return false
    const workers = workersOfAccounts()
    return [...starved].some((other) => {
      if (other === pool) return false
      if (isOfSameAccount(pool, other)) return pool.stats().workers > other.stats().workers + 1
      return !isAccountFull(other) && workers(pool) > workers(other) + 1
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
