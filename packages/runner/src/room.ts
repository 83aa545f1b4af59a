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
/**
 * Nor for a further worker of its own account before this. Two hundred algorithms that are called in turns otherwise take each
 * other's workers as long as the calls last, and starting them takes the processors that the calls need (decision 0086).
 */
const LEFT_ALONE_BY_ITS_OWN_MS = 1000

export interface RoomOptions {
  readonly limits: Pick<RunnerLimits, 'workers' | 'workersPerAccount'>
  readonly pressure: Pick<Pressure, 'isShort' | 'roomBytes'>
  pools(): Iterable<Pool>
  isClosing(): boolean
  watch(): void
}

export interface Room extends SharedRoom {
  /** There may be room that was not there: memory, or a worker's place. */
  freed(): void
  /** The pool is no more. */
  forget(pool: Pool): void
}

export function createRoom({ limits, pressure, pools, isClosing, watch }: RoomOptions): Room {
  /** Kept by each start and end: it is asked with each call while others wait for room, and there may be many pools. */
  const byAccount = new Map<string, number>()
  let all = 0
  /** Pools whose calls wait for room, in the order they asked. */
  const starved = new Set<Pool>()
  /** A worker that was taken back is ending. */
  let isMakingRoom = false

  const ofItsAccount = ({ spec }: Pool): number => byAccount.get(spec.key.accountId) ?? 0

  function count(pool: Pool, change: 1 | -1): void {
    const left = ofItsAccount(pool) + change
    if (left === 0) byAccount.delete(pool.spec.key.accountId)
    else byAccount.set(pool.spec.key.accountId, left)
    all += change
  }

  function mayStart(pool: Pool): boolean {
    // Who waits for room has its turn in `freed`, and not before others that wait.
    if (isClosing() || starved.has(pool)) return false
    const others = whoseIdleWould(pool)
    if (others === null) return true
    starved.add(pool)
    longestIdle([...others].filter((other) => other !== pool && mayTakeIdle(pool, other)))?.endOldestIdle()
    return false
  }

  /**
   * Who calls now and then would otherwise find its worker gone at every call beside one whose calls never stop, and wait for
   * that one's worker to end and its own to start.
   */
  function mayTakeIdle(pool: Pool, other: Pool): boolean {
    const sinceMs = other.oldestForOthersMs()
    if (sinceMs === null) return false
    const idleForMs = performance.now() - sinceMs
    if (isOfSameAccount(pool, other)) return goesBefore(pool, other) || idleForMs >= LEFT_ALONE_BY_ITS_OWN_MS
    return ofItsAccount(other) > ofItsAccount(pool) || idleForMs >= LEFT_ALONE_MS
  }

  /** The pools whose idle workers would make room for one of this pool; null when there is room. */
  function whoseIdleWould(pool: Pool): Iterable<Pool> | null {
    if (pressure.isShort()) return []
    if (isAccountFull(pool)) return [...pools()].filter((each) => isOfSameAccount(each, pool))
    return all >= limits.workers || !isMemoryLeft(pool) ? pools() : null
  }

  const isAccountFull = (pool: Pool) => ofItsAccount(pool) >= limits.workersPerAccount

  /** Counts those that load as if they had: what they will take shows in a moment only. */
  function isMemoryLeft(pool: Pool): boolean {
    let neededBytes = pool.loadedBytes()
    for (const each of pools()) neededBytes += each.stats().loadingWorkers * each.loadedBytes()
    return all === 0 || neededBytes <= pressure.roomBytes()
  }

  /** Those whose accounts have the fewest workers first; of equals the one that asked first. */
  function freed(): void {
    isMakingRoom = false
    for (const pool of [...starved].sort((a, b) => ofItsAccount(a) - ofItsAccount(b))) {
      starved.delete(pool)
      pool.grow()
    }
  }

  function takesBack(pool: Pool, hasCalls: boolean): boolean {
    if (starved.size === 0 || isMakingRoom) return false
    isMakingRoom = hasCalls ? mustYield(pool) : isWanted(pool)
    return isMakingRoom
  }

  /** A place that the other account may not fill is of no use to it. */
  function isWanted(pool: Pool): boolean {
    if (starved.has(pool)) return false
    return [...starved].some((other) => {
      if (isOfSameAccount(pool, other)) return goesBefore(other, pool)
      return !isAccountFull(other) && ofItsAccount(pool) > ofItsAccount(other)
    })
  }

  function mustYield(pool: Pool): boolean {
    if (starved.size === 0 || isMakingRoom) return false
    return [...starved].some((other) => {
      if (other === pool) return false
      if (isOfSameAccount(pool, other)) return hasClearlyMore(pool.workers(), other.workers())
      return !isAccountFull(other) && hasClearlyMore(ofItsAccount(pool), ofItsAccount(other))
    })
  }

  return {
    starts: createStartHistory(),
    mayStart,
    hasPlace: (pool) => !isClosing() && starved.size === 0 && whoseIdleWould(pool) === null,
    started: (pool) => count(pool, 1),
    ended(pool) {
      count(pool, -1)
      freed()
    },
    freed,
    takesBack,
    mustYield,
    isHostBusy: pressure.isShort,
    watch,
    forget: (pool) => void starved.delete(pool),
  }
}

const isOfSameAccount = (a: Pool, b: Pool) => a.spec.key.accountId === b.spec.key.accountId

/** For an idle worker of the other, of the same account: the calls of one have none, and those of the other have. */
const goesBefore = (pool: Pool, other: Pool): boolean =>
  pool.workers() === 0 || hasClearlyMore(other.workers(), pool.workers())

/** Two more than the other, so that a place does not go to and fro. */
const hasClearlyMore = (workers: number, others: number): boolean => workers > others + 1

function longestIdle(pools: readonly Pool[]): Pool | undefined {
  const idle = pools.filter((pool) => pool.oldestForOthersMs() !== null)
  return idle.sort((a, b) => (a.oldestForOthersMs() ?? 0) - (b.oldestForOthersMs() ?? 0))[0]
}
