/**
 * All pools: finds the one for a call, shares the machine's room among them, and watches their clocks with one timer that
 * runs only while there is something to watch. A call costs no timer of its own.
 */
import { createJob } from './job.ts'
import type { Ground } from './launch.ts'
import { createPool } from './pool.ts'
import type { KeptWarm, Pool } from './pooling.ts'
import { hostBusy, refused } from './refusals.ts'
import { createRoom } from './room.ts'
import type { CallOutcome, CallRequest, RecycleFilter, WarmWorkers, WorkerSpec } from './types.ts'

/** Deadlines are kept to this. */
const TICK_MS = 25
const LONGEST_SWEEP_MS = 5000

export interface Pools {
  call(request: CallRequest): Promise<CallOutcome>
  cancel(requestId: string): boolean
  recycle(filter: RecycleFilter): Promise<void>
  stats(): ReturnType<Pool['stats']>
  isInUse(artifact: string): boolean
  keepWarm(wanted: readonly WarmWorkers[]): void
  close(graceMs: number): Promise<void>
}

export function createPools(ground: Ground): Pools {
  const { limits, pressure } = ground
  const pools = new Map<string, Pool>()
  let bySpec = new WeakMap<WorkerSpec, Pool>()
  let isClosing = false
  let ticker: NodeJS.Timeout | null = null
  const sweeper = setInterval(sweep, Math.min(LONGEST_SWEEP_MS, limits.idleMs / 4, limits.maxAgeMs / 4)).unref()

  pressure.onSample(relieve)

  const room = createRoom({
    limits,
    pressure,
    pools: () => pools.values(),
    isClosing: () => isClosing,
    watch() {
      ticker ??= setInterval(tick, TICK_MS)
    },
  })

  /** Idle workers go first, one of each version with each look; calls that could only be run by a new one are refused. */
  function relieve(): void {
    if (!pressure.isShort()) {
      room.freed()
      return
    }
    for (const pool of pools.values()) pool.endOldestIdle()
    for (const pool of pools.values()) if (pool.stats().workers === 0) pool.refuseWaiting(hostBusy)
  }

  function tick(): void {
    const nowMs = performance.now()
    let isActive = false
    for (const pool of pools.values()) if (pool.tick(nowMs)) isActive = true
    if (isActive || ticker === null) return
    clearInterval(ticker)
    ticker = null
  }

  function sweep(): void {
    const nowMs = performance.now()
    for (const [key, pool] of pools) {
      for (
        let since = pool.oldestIdleMs();
        since !== null && nowMs - since >= limits.idleMs;
        since = pool.oldestIdleMs()
      ) {
        pool.endOldestIdle()
      }
      pool.renew(nowMs)
      if (pool.isEmpty(nowMs)) {
        pools.delete(key)
        bySpec = new WeakMap()
        room.forget(pool)
      }
    }
  }

  /** The same spec comes with many calls, and to put its key together costs more than to look it up. */
  function poolFor(spec: WorkerSpec): Pool {
    let pool = bySpec.get(spec)
    if (pool === undefined) {
      pool = poolOf(spec)
      bySpec.set(spec, pool)
    }
    return pool
  }

  function poolOf(spec: WorkerSpec): Pool {
    const key = poolKeyOf(spec)
    let pool = pools.get(key)
    if (pool === undefined) {
      pool = createPool(ground, spec, room)
      pools.set(key, pool)
    }
    return pool
  }

  function call(request: CallRequest): Promise<CallOutcome> {
    if (isClosing) return Promise.resolve(closing)
    return new Promise((resolve) => poolFor(request.worker).call(createJob(request, resolve)))
  }

  function cancel(requestId: string): boolean {
    for (const pool of pools.values()) if (pool.cancel(requestId)) return true
    return false
  }

  async function recycle(filter: RecycleFilter): Promise<void> {
    const matching = [...pools.values()].filter(({ spec }) => matches(filter, spec.key))
    await Promise.all(matching.map((pool) => pool.recycle()))
  }

  function stats() {
    const sum = { workers: 0, busyWorkers: 0, loadingWorkers: 0, waitingCalls: 0 }
    for (const pool of pools.values()) {
      const { workers, busyWorkers, loadingWorkers, waitingCalls } = pool.stats()
      sum.workers += workers
      sum.busyWorkers += busyWorkers
      sum.loadingWorkers += loadingWorkers
      sum.waitingCalls += waitingCalls
    }
    return sum
  }

  function isInUse(artifact: string): boolean {
    return [...pools.values()].some((pool) => {
      if (pool.spec.artifact !== artifact) return false
      const { workers, waitingCalls } = pool.stats()
      return workers + waitingCalls > 0
    })
  }

  function keepWarm(wanted: readonly WarmWorkers[]): void {
    if (isClosing) return
    const byPool = new Map<Pool, KeptWarm>()
    for (const { worker, identity, count, isReserved } of wanted) {
      const pool = poolFor(worker)
      const others = byPool.get(pool)
      const reserved = (others?.reserved ?? 0) + (isReserved ? count : 0)
      byPool.set(pool, { identity, count: count + (others?.count ?? 0), reserved })
    }
    for (const pool of pools.values()) pool.keepWarm(byPool.get(pool) ?? null)
  }

  /** Refuses what waits, lets what runs finish within `graceMs`, kills the rest; resolves when no worker is left. */
  async function close(graceMs: number): Promise<void> {
    isClosing = true
    clearInterval(sweeper)
    const all = [...pools.values()]
    for (const pool of all) pool.refuseWaiting(closing)
    const drained = Promise.all(all.map((pool) => pool.drain()))
    const grace = setTimeout(() => all.map((pool) => pool.kill()), graceMs)
    await drained
    clearTimeout(grace)
    if (ticker !== null) clearInterval(ticker)
    ticker = null
  }

  return { call, cancel, recycle, stats, isInUse, keepWarm, close }
}

const closing = refused('closing', 'The server is shutting down')

/** The same for workers that can take each other's calls. */
export function poolKeyOf({ key, network, limits }: WorkerSpec): string {
  const { accountId, algorithmId, buildId, rights } = key
  return `${accountId} ${algorithmId} ${buildId} ${network} ${limits === undefined ? '' : JSON.stringify(limits)} ${rights}`
}

/** Does a worker with this key belong to what the filter names? */
export function matches(filter: RecycleFilter, key: WorkerSpec['key']): boolean {
  return (
    (filter.accountId ?? key.accountId) === key.accountId &&
    (filter.algorithmId ?? key.algorithmId) === key.algorithmId &&
    (filter.buildId ?? key.buildId) === key.buildId
  )
}
