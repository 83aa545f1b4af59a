/**
 * The workers of one version for one caller, and the calls that wait for them. Owns which worker gets which call; when there
 * are to be more is growth.ts, what holds that back start-trouble.ts, and the room that all pools share is pools.ts.
 */
import { cancelled, type Failure } from './failure.ts'
import { createGrowth } from './growth.ts'
import type { Job } from './job.ts'
import type { Ground } from './launch.ts'
import { endOverdue, overdueAnswer } from './overdue.ts'
import type { Pool, SharedRoom } from './pooling.ts'
import { createReadAhead } from './read-ahead.ts'
import { hostBusy, refused } from './refusals.ts'
import { createRenewal } from './renewal.ts'
import type { LastEnd } from './start-history.ts'
import { createStartTrouble } from './start-trouble.ts'
import type { CallIdentity, CallOutcome, WorkerSpec } from './types.ts'
import { createWaitingCalls } from './waiting-calls.ts'
import { createWorker } from './worker.ts'
import type { LoadFailure } from './worker-end.ts'
import type { Worker, WorkerEnd } from './worker-states.ts'

export function createPool(ground: Ground, spec: WorkerSpec, room: SharedRoom): Pool {
  const { limits } = ground
  const workers = new Set<Worker>()
  /** The most recently used last: it is the warmest, and the others grow old in peace. */
  const idle: Worker[] = []
  const waiting = createWaitingCalls(limits)
  let loadedBytes = 0
  /** Who called last. */
  let caller: CallIdentity | null = null
  const trouble = createStartTrouble(spec, ground.log)
  const growth = createGrowth({
    spec,
    limits,
    workers,
    waiting,
    trouble,
    starts: room.starts,
    hasLoadedWorker,
    areProcessorsBusy: ground.processors.areBusy,
    mayStart: () => room.mayStart(pool),
    hasPlace: () => room.hasPlace(pool),
    create,
    lastCaller: () => caller,
  })
  const ahead = createReadAhead(limits.shortCallMs, limits.processors)
  const renewal = createRenewal({
    maxAgeMs: limits.maxAgeMs,
    workers,
    isKept: () => growth.warm() !== null,
    startSpare: growth.startSpare,
    replace,
  })

  const pool: Pool = {
    spec,
    call(job) {
      caller = job.request.identity
      const mayGoAhead = waiting.count() === 0 && !room.mustYield(pool)
      const rather = mayGoAhead ? ahead.takerRatherThanIdle(job, workers) : undefined
      const worker = rather ?? takeIdle() ?? (mayGoAhead ? ahead.takerOf(job, workers) : undefined)
      if (worker !== undefined) worker.run(job)
      else enqueue(job)
      room.watch()
    },
    cancel,
    grow: growth.grow,
    tick,
    oldestIdleMs: () => oldestBeyond(growth.warm()?.count),
    oldestForOthersMs: () => oldestBeyond(growth.warm()?.reserved),
    endOldestIdle() {
      const oldest = idle.shift()
      if (oldest !== undefined) void sendAway(oldest, 'evicted')
    },
    renew: renewal.begin,
    keepWarm: growth.keepWarm,
    async recycle() {
      const gone = idle.splice(0).map((worker) => sendAway(worker, 'recycled'))
      for (const worker of workers) void sendAway(worker, 'recycled')
      await Promise.all(gone)
    },
    refuseWaiting(outcome) {
      for (const job of waiting.takeAll()) job.settle(outcome)
    },
    async drain() {
      idle.length = 0
      await Promise.all([...workers].map((worker) => worker.retire()))
    },
    async kill() {
      await Promise.all([...workers].map((worker) => worker.kill()))
    },
    workers: () => workers.size,
    stats() {
      const busyWorkers = [...workers].filter((worker) => worker.state === 'busy').length
      return { workers: workers.size, busyWorkers, loadingWorkers: growth.loading(), waitingCalls: waiting.count() }
    },
    loadedBytes: () => loadedBytes,
    isEmpty: (nowMs) =>
      workers.size === 0 && waiting.count() === 0 && growth.warm() === null && !trouble.isInForce(nowMs),
  }

  /** Author code can end its process while it is idle; it is told of as ended when all it had is given back. */
  function takeIdle(): Worker | undefined {
    for (let worker = idle.pop(); worker !== undefined; worker = idle.pop()) if (worker.state === 'ready') return worker
    return undefined
  }

  function enqueue(job: Job): void {
    const turnedAway = turnAway(job)
    if (turnedAway !== null) {
      job.settle(turnedAway)
      return
    }
    waiting.push(job)
    // Whoever works is often free again before another one would be ready.
    if (hasLoadedWorker()) growth.growSoon()
    else growth.grow()
  }

  /** The answer to a call that cannot wait, or null when it can. */
  function turnAway(job: Job): CallOutcome | null {
    const troubled = hasLoadedWorker() ? null : trouble.answerTo(job)
    if (troubled !== null) return troubled
    if (room.isHostBusy() && workers.size === 0) return hostBusy
    const full = waiting.whyFullFor(job)
    return full === null ? null : refused('queue-full', full)
  }

  function cancel(requestId: string): boolean {
    const job = waiting.takeById(requestId)
    if (job !== undefined) {
      job.settle({ kind: 'error', ...cancelled, timing: job.timing() })
      return true
    }
    for (const worker of workers) {
      const job = worker.jobs.find((each) => each.request.requestId === requestId && !each.isSettled)
      if (job === undefined) continue
      if (job === worker.jobs[0]) worker.cancel()
      else job.settle({ kind: 'error', ...cancelled, timing: job.timing() })
      return true
    }
    return false
  }

  function create(loadsFor: CallIdentity): Worker {
    room.started(pool)
    room.watch()
    const events = { ready, answered, idle: finished, reachedOut: ahead.forbid, ended }
    return createWorker(ground, spec, events, loadsFor)
  }

  function replace(old: Worker): void {
    const at = idle.indexOf(old)
    if (at >= 0) idle.splice(at, 1)
    void sendAway(old, 'recycled')
  }

  /** Resolves when it is gone. */
  function sendAway(worker: Worker, how: LastEnd): Promise<void> {
    room.starts.noteEnd(spec, how)
    return worker.retire()
  }

  /** Null when there are no more workers than are kept. */
  const oldestBeyond = (kept = 0) => (workers.size <= kept ? null : (idle[0]?.idleSinceMs ?? null))

  function ready(worker: Worker): void {
    const cause = growth.ready(worker)
    loadedBytes = Math.max(loadedBytes, worker.loadedBytes)
    trouble.ready(worker)
    renewal.ready(worker)
    waiting.at()?.waitedFor(worker, cause)
    dispatch(worker)
    if (waiting.count() > 0) growth.growSoon()
  }

  function finished(worker: Worker, runMs: number): void {
    trouble.answered()
    ahead.note(runMs)
    dispatch(worker)
  }

  function answered(worker: Worker, runMs: number): void {
    trouble.answered()
    ahead.note(runMs)
    fill(worker)
  }

  /** Gives a busy worker what it may have ahead of those that wait. */
  function fill(worker: Worker): void {
    if (room.mustYield(pool)) return
    for (let next = waiting.at(); next !== undefined && ahead.mayTake(worker, next); next = waiting.at()) {
      waiting.take()
      worker.run(next)
    }
  }

  function dispatch(worker: Worker): void {
    if (workers.size > (growth.warm()?.reserved ?? 0) && room.takesBack(pool, waiting.count() > 0)) {
      void sendAway(worker, 'evicted')
      return
    }
    const job = waiting.count() === 0 ? undefined : waiting.take()
    if (job === undefined) {
      idle.push(worker)
      return
    }
    worker.run(job)
    fill(worker)
  }

  function ended(worker: Worker, { unstarted, isFirstSuspect, failure, loadFailure }: WorkerEnd): void {
    workers.delete(worker)
    const at = idle.indexOf(worker)
    if (at >= 0) idle.splice(at, 1)
    growth.ended(worker)
    renewal.ended(worker)
    for (const [index, job] of [...unstarted.entries()].reverse()) {
      putBack(job, isFirstSuspect && index === 0 ? failure : null)
    }
    if (loadFailure !== null) failWaiting(loadFailure)
    else if (!worker.isRetired) noteCrash(worker, failure)
    room.ended(pool)
    growth.grow()
  }

  /** A call that no author code saw is run by another worker; but once only when it may be what the worker died of. */
  function putBack(job: Job, suspicion: Failure | null): void {
    if (suspicion !== null && job.wasRetried) {
      job.settle({ kind: 'error', ...suspicion, timing: job.timing() })
      return
    }
    if (job.isSettled) return
    job.wasRetried ||= suspicion !== null
    job.runAtMs = 0
    waiting.unshift(job)
  }

  /** While another worker of the version works, a load failure is none of the callers' business. */
  function failWaiting(load: LoadFailure): void {
    const answerTo = trouble.loadFailed(load)
    if (hasLoadedWorker()) return
    for (const job of waiting.takeAll()) job.settle(answerTo(job))
  }

  function noteCrash(worker: Worker, failure: Failure): void {
    room.starts.noteEnd(spec, 'crashed')
    trouble.crashed(worker, failure)
    const first = waiting.at()
    const answer = first === undefined || hasLoadedWorker() ? null : trouble.answerTo(first)
    if (answer !== null) pool.refuseWaiting(answer)
  }

  function hasLoadedWorker(): boolean {
    for (const worker of workers) if (worker.readyAtMs > 0 && !worker.isRetired) return true
    return false
  }

  function tick(nowMs: number): boolean {
    for (let index = waiting.count() - 1; index >= 0; index--) {
      const job = waiting.at(index)
      const outcome = job === undefined ? null : overdueAnswer(job, index < growth.loading(), nowMs, limits.waitMs)
      if (outcome !== null) waiting.take(index)?.settle(outcome)
    }
    let isActive = waiting.count() > 0
    for (const worker of workers) if (endOverdue(worker, nowMs, limits)) isActive = true
    growth.growSoon()
    return isActive || growth.loading() > 0
  }

  return pool
}
