/**
 * The workers of one version for one caller, and the calls that wait for them. Owns the queue, its bounds, growth and what
 * holds it back; the room that all pools share is pools.ts.
 */
import { createBackOff } from './back-off.ts'
import { createCrashLoop } from './crash-loop.ts'
import { cancelled, type Failure, loadingFailed, timedOut } from './failure.ts'
import type { Job } from './job.ts'
import type { Ground } from './launch.ts'
import type { KeptWarm, Pool, SharedRoom } from './pooling.ts'
import { createReadAhead } from './read-ahead.ts'
import { crashing, hostBusy, loadErrorOutcome, refused } from './refusals.ts'
import { createRenewal, identityOfSpare } from './renewal.ts'
import type { LastEnd } from './start-history.ts'
import type { CallIdentity, CallOutcome, StartCause, WorkerSpec } from './types.ts'
import { createWorker } from './worker.ts'
import type { LoadFailure } from './worker-end.ts'
import type { Worker, WorkerEnd } from './worker-states.ts'

/** A shorter back-off is waited for by calls. */
const PATIENCE_MS = 1000

const NOT_STARTED = loadingFailed('The server could not start a worker; its log has the reason.')

export function createPool(ground: Ground, spec: WorkerSpec, room: SharedRoom): Pool {
  const { limits } = ground
  const workers = new Set<Worker>()
  /** The most recently used last: it is the warmest, and the others grow old in peace. */
  const idle: Worker[] = []
  const waiting: Job[] = []
  let waitingBytes = 0
  let loading = 0
  let loadedBytes = 0
  let warm: KeptWarm | null = null
  /** Who called last. */
  let caller: CallIdentity | null = null
  const backOff = createBackOff()
  const crashes = createCrashLoop()
  const causes = new WeakMap<Worker, StartCause>()
  const ahead = createReadAhead(limits.shortCallMs)
  const renewal = createRenewal({
    maxAgeMs: limits.maxAgeMs,
    workers,
    isKept: () => warm !== null,
    startSpare,
    replace,
  })

  const pool: Pool = {
    spec,
    call(job) {
      caller = job.request.identity
      const mayGoAhead = waiting.length === 0 && !room.mustYield(pool)
      const worker = takeIdle() ?? (mayGoAhead ? ahead.takerOf(job, workers) : undefined)
      if (worker !== undefined) worker.run(job)
      else enqueue(job)
      room.watch()
    },
    cancel,
    grow,
    tick,
    oldestIdleMs: () => oldestBeyond(warm?.count),
    oldestForOthersMs: () => oldestBeyond(warm?.reserved),
    endOldestIdle() {
      const oldest = idle.shift()
      if (oldest !== undefined) void sendAway(oldest, 'evicted')
    },
    renew: renewal.begin,
    keepWarm(wanted) {
      warm = wanted
      grow()
    },
    async recycle() {
      const gone = idle.splice(0).map((worker) => sendAway(worker, 'recycled'))
      for (const worker of workers) void sendAway(worker, 'recycled')
      await Promise.all(gone)
    },
    refuseWaiting(outcome) {
      waitingBytes = 0
      for (const job of waiting.splice(0)) job.settle(outcome)
    },
    async drain() {
      idle.length = 0
      await Promise.all([...workers].map((worker) => worker.retire()))
    },
    async kill() {
      await Promise.all([...workers].map((worker) => worker.kill()))
    },
    stats() {
      const busyWorkers = [...workers].filter((worker) => worker.state === 'busy').length
      return { workers: workers.size, busyWorkers, loadingWorkers: loading, waitingCalls: waiting.length }
    },
    loadedBytes: () => loadedBytes,
    isEmpty: (nowMs) => workers.size === 0 && waiting.length === 0 && warm === null && !isHeldBack(nowMs),
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
    waitingBytes += job.request.body.length
    grow()
  }

  /** The answer to a call that cannot wait, or null when it can. */
  function turnAway(job: Job): CallOutcome | null {
    const reason = backOff.reason(performance.now())
    if (reason !== null && !hasLoadedWorker()) {
      if (reason.failure === NOT_STARTED) return refused('sandbox-unavailable', NOT_STARTED.message)
      return loadErrorOutcome(job, reason)
    }
    const crashed = longCrash()
    if (crashed !== null && !hasLoadedWorker()) return crashed
    if (room.isHostBusy() && workers.size === 0) return hostBusy
    const isFull =
      waiting.length >= limits.waitingCalls ||
      (waiting.length > 0 && waitingBytes + job.request.body.length > limits.waitingBytes)
    return isFull ? refused('queue-full', `${waiting.length} calls of this version are waiting already`) : null
  }

  function dequeue(index = 0): Job | undefined {
    const [job] = index < 0 ? [] : waiting.splice(index, 1)
    if (job !== undefined) waitingBytes -= job.request.body.length
    return job
  }

  /** Looks through them all: calls are cancelled rarely, and a call should pay nothing for it. */
  function cancel(requestId: string): boolean {
    const at = waiting.findIndex(({ request }) => request.requestId === requestId)
    const job = at < 0 ? undefined : dequeue(at)
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

  function grow(): void {
    while (workers.size < limits.workersPerVersion && loading < limits.loadingPerVersion) {
      const loadsFor = whoNeedsAnother()
      if (loadsFor === null || isHeldBack(performance.now()) || !mayTakeRoom()) return
      start(loadsFor)
    }
  }

  /** Workers that nobody calls yet take room from others only when they are reserved. */
  function mayTakeRoom(): boolean {
    const isCalled = waiting.length > loading || workers.size < (warm?.reserved ?? 0)
    return isCalled ? room.mayStart(pool) : room.hasPlace(pool)
  }

  const isHeldBack = (nowMs: number) => backOff.isInForce(nowMs) || crashes.isInForce(nowMs)

  function start(loadsFor: CallIdentity): Worker {
    const cause = whyStart()
    loading++
    room.watch()
    const events = { ready, answered, idle: finished, reachedOut: ahead.forbid, ended }
    const worker = createWorker(ground, spec, events, loadsFor)
    workers.add(worker)
    causes.set(worker, cause)
    return worker
  }

  /** One that crashed is told of as ended when all of it is gone, which is later than its call's end. */
  function whyStart(): StartCause {
    const all = [...workers]
    if (all.some((worker) => isEnding(worker) && !worker.isRetired)) room.starts.noteEnd(spec, 'crashed')
    return room.starts.causeOf(spec, !all.every(isEnding))
  }

  function startSpare(): Worker | null {
    const mayStart = workers.size < limits.workersPerVersion && !isHeldBack(performance.now()) && room.hasPlace(pool)
    const last = caller ?? warm?.identity
    return mayStart && last !== undefined ? start(identityOfSpare(last, limits.loadTimeoutMs)) : null
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

  /** A call that no worker loads for yet, or whoever wants some ready. */
  function whoNeedsAnother(): CallIdentity | null {
    const first = waiting[loading]
    if (first !== undefined) return first.request.identity
    return warm !== null && workers.size < warm.count ? warm.identity : null
  }

  /** Null when there are no more workers than are kept. */
  const oldestBeyond = (kept = 0) => (workers.size <= kept ? null : (idle[0]?.idleSinceMs ?? null))

  function ready(worker: Worker): void {
    loading--
    loadedBytes = Math.max(loadedBytes, worker.loadedBytes)
    backOff.clear()
    crashes.ready(worker)
    renewal.ready(worker)
    const first = waiting[0]
    if (first !== undefined) {
      first.startMs = worker.readyAtMs - Math.max(worker.startedAtMs, first.arrivedAtMs)
      first.startCause = causes.get(worker) ?? null
    }
    dispatch(worker)
  }

  function finished(worker: Worker, runMs: number): void {
    crashes.answered()
    ahead.note(runMs)
    dispatch(worker)
  }

  function answered(worker: Worker, runMs: number): void {
    crashes.answered()
    ahead.note(runMs)
    fill(worker)
  }

  /** Gives a busy worker what it may have ahead of those that wait. */
  function fill(worker: Worker): void {
    if (room.mustYield(pool)) return
    for (let [next] = waiting; next !== undefined && ahead.mayTake(worker, next); [next] = waiting) {
      dequeue()
      worker.run(next)
    }
  }

  function dispatch(worker: Worker): void {
    if (workers.size > (warm?.reserved ?? 0) && room.takesBack(pool, waiting.length > 0)) {
      void sendAway(worker, 'evicted')
      return
    }
    const job = waiting.length === 0 ? undefined : dequeue()
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
    if (worker.readyAtMs === 0) loading--
    renewal.ended(worker)
    for (const [index, job] of [...unstarted.entries()].reverse()) {
      putBack(job, isFirstSuspect && index === 0 ? failure : null)
    }
    if (loadFailure !== null) failWaiting(loadFailure)
    else if (!worker.isRetired) noteCrash(worker, failure)
    room.freed()
    grow()
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
    waitingBytes += job.request.body.length
  }

  /** While another worker of the version works, a load failure is none of the callers' business. */
  function failWaiting({ fault, failure }: LoadFailure): void {
    // What the machine lacks is for the operator; callers learn that it is not their code.
    const isMachine = fault === 'machine'
    if (isMachine) ground.log.error({ worker: spec.key, reason: failure.message }, 'worker could not be started')
    backOff.begin(isMachine ? NOT_STARTED : failure, performance.now())
    if (hasLoadedWorker()) return
    for (let job = dequeue(); job !== undefined; job = dequeue()) {
      if (isMachine) job.settle(refused('sandbox-unavailable', NOT_STARTED.message))
      else job.settle({ kind: 'error', ...failure, timing: job.timing() })
    }
  }

  function noteCrash(worker: Worker, failure: Failure): void {
    room.starts.noteEnd(spec, 'crashed')
    crashes.ended(worker, failure, performance.now())
    const crashed = longCrash()
    if (crashed !== null && !hasLoadedWorker()) pool.refuseWaiting(crashed)
  }

  /** The answer to calls that would wait long for the next worker, as others before it crashed; null when they need not. */
  function longCrash(): CallOutcome | null {
    const reason = crashes.reason(performance.now())
    return reason !== null && reason.forMs > PATIENCE_MS ? crashing(reason) : null
  }

  function hasLoadedWorker(): boolean {
    for (const worker of workers) if (worker.readyAtMs > 0 && !worker.isRetired) return true
    return false
  }

  function tick(nowMs: number): boolean {
    for (let index = waiting.length - 1; index >= 0; index--) {
      const outcome = overdue(waiting[index], index, nowMs)
      if (outcome !== null) dequeue(index)?.settle(outcome)
    }
    let isActive = waiting.length > 0
    for (const worker of workers) {
      endOverdue(worker, nowMs)
      const isLoading = worker.readyAtMs === 0
      if (isLoading && nowMs - worker.startedAtMs >= limits.loadTimeoutMs) worker.loadTimeOut()
      isActive ||= isLoading || worker.jobs.length > 0
    }
    grow()
    return isActive || loading > 0
  }

  /** What was given ahead stays with the worker, which will run it for nobody. */
  function endOverdue(worker: Worker, nowMs: number): void {
    for (const job of worker.jobs.slice(1)) {
      if (nowMs >= job.deadlineAtMs) job.settle({ kind: 'error', ...timedOut, timing: job.timing() })
    }
    const [running] = worker.jobs
    if (running !== undefined && nowMs >= running.deadlineAtMs) worker.timeOut()
  }

  /** The first calls wait for workers that load, which may take as long as their deadline; the rest wait in a queue. */
  function overdue(job: Job | undefined, index: number, nowMs: number): CallOutcome | null {
    if (job === undefined) return null
    const isPastDeadline = nowMs >= job.deadlineAtMs
    if (index < loading) return isPastDeadline ? { kind: 'error', ...timedOut, timing: job.timing() } : null
    if (!isPastDeadline && nowMs - job.arrivedAtMs < limits.waitMs) return null
    return refused('waited-too-long', 'No worker became free in time')
  }

  return pool
}

/** Killed ones are busy without a call until they are gone. */
const isEnding = ({ isRetired, state, jobs }: Worker) =>
  isRetired || state === 'ended' || (state === 'busy' && jobs.length === 0)
