/**
 * One worker: a process that runs one algorithm, one call at a time; the next calls may be given to it before it has
 * answered, and it answers them in order. Owns its states and turns every way a call can end
 * into an outcome; not which call it gets (pool.ts), nor how bytes travel (transport/), nor the sandbox (launch.ts).
 */
import { setImmediate as turn } from 'node:timers/promises'
import { createCallOutput } from './call-output.ts'
import { workerFields } from './containment.ts'
import { cancelled, exited, type Failure, loadingFailed, loadTimedOut, strayAnswer, timedOut } from './failure.ts'
import type { Job } from './job.ts'
import { type Ground, type Launched, launch } from './launch.ts'
import { workerLimits } from './limits.ts'
import { onEnd } from './pipes.ts'
import { killGroup } from './sandbox/sandbox.ts'
import type { Throttle } from './throttle.ts'
import { connect } from './transport/connect.ts'
import type { Transport, TransportEvents } from './transport/transport.ts'
import type { CallIdentity, CallUsage, WorkerSpec } from './types.ts'
import { createWorkerCalls, type MakeOutcome } from './worker-calls.ts'
import { explainExit, explainLoadExit, type LoadFailure, loadErrorType, readExit } from './worker-end.ts'
import { createWorkerMeter, type WorkerMeter } from './worker-meter.ts'
import { nextStates, type Worker, type WorkerEvents, type WorkerState } from './worker-states.ts'

/** Time a process gets to exit after it was told that no call follows (runtime.md 2.7). */
const EXIT_GRACE_MS = 3000

/**
 * Starts a worker; everything else arrives as events.
 *
 * @param loadsFor who it acts as while it loads: a call that waits for it, as much that of its caller as any it gets
 */
export function createWorker(ground: Ground, spec: WorkerSpec, events: WorkerEvents, loadsFor: CallIdentity): Worker {
  const { limits } = ground
  const output = createCallOutput(limits.outputBytes)
  const gone = Promise.withResolvers<void>()
  const calls = createWorkerCalls({ output, takeUsage: (nowMs) => meter?.take(nowMs), onUnclaimed: tellUnclaimed })
  const { jobs } = calls
  let launched: Launched | null = null
  let meter: WorkerMeter | null = null
  let transport: Transport | null = null
  let throttle: Throttle | null = null
  let loadFailure: LoadFailure | null = null
  /** Failure that explains an exit which we caused. */
  let verdict: Failure | null = null
  /** Makes the outcome of a call that is answered while its late output is read. */
  let pending: MakeOutcome | null = null
  let wasKilled = false
  let graceTimer: NodeJS.Timeout | undefined

  const worker: Worker = {
    spec,
    state: 'starting',
    jobs,
    takesAhead: () => launched?.fifo === null && !wasKilled,
    startedAtMs: performance.now(),
    loadsSinceMs: 0,
    readyAtMs: 0,
    loadedBytes: 0,
    idleSinceMs: 0,
    isRetired: false,
    run,
    retire,
    timeOut: () => void endRunning(timedOut),
    cancel: () => void endRunning(cancelled),
    loadTimeOut: () => failLoading('algorithm', loadTimedOut(limits.loadTimeoutMs)),
    kill() {
      killNow()
      return gone.promise
    },
  }
  // The members above are read-only for everybody else.
  const own = worker as {
    -readonly [K in 'state' | 'loadsSinceMs' | 'readyAtMs' | 'loadedBytes' | 'idleSinceMs' | 'isRetired']: Worker[K]
  }

  function enter(to: WorkerState): void {
    if (!nextStates[own.state].includes(to)) throw new Error(`A worker that is ${own.state} cannot become ${to}`)
    own.state = to
  }

  async function start(): Promise<void> {
    try {
      launched = await launch(ground, spec, identity)
    } catch (error) {
      loadFailure = machineFault(error as Error)
      return end()
    }
    meter = createWorkerMeter(launched.group)
    const { child } = launched
    child.once('error', (error) => {
      loadFailure ??= machineFault(error)
      // A process that never started has no exit to wait for.
      if (child.pid === undefined) end()
    })
    child.once('exit', () => {
      if (ground.sandbox.mode === 'trusted') killGroup(child)
    })
    onEnd(child, launched.output, (code, signal) => onExit(code ?? 0, signal))
    ;({ transport, throttle } = connect(launched, limits, heard))
    enter('loading')
    own.loadsSinceMs = performance.now()
    if (wasKilled) killGroup(child)
  }

  /**
   * Who requests of this worker act as: the call that it loads for, the running one, and nobody between calls. While calls
   * are ahead, the answer and the start mark that came before a request may still be unread.
   */
  function identity(): CallIdentity | null | Promise<CallIdentity | null> {
    if (worker.state === 'starting' || worker.state === 'loading') return loadsFor
    events.reachedOut()
    if (jobs.length <= 1 || transport === null) return jobs[0]?.request.identity ?? null
    return transport.caughtUp().then(() => (jobs[0]?.isStarted === true ? jobs[0].request.identity : null))
  }

  const heard: TransportEvents = {
    ready() {
      if (worker.state !== 'loading' || wasKilled) return
      enter('ready')
      output.loaded()
      own.readyAtMs = own.idleSinceMs = performance.now()
      own.loadedBytes = launched?.group.memoryBytes() ?? 0
      ground.zygotes?.loaded(spec, own.loadedBytes)
      if (worker.isRetired) stop()
      else events.ready(worker)
    },
    loadFailed: (failure) => failLoading('algorithm', { ...failure, errorType: loadErrorType(failure) }),
    started(call) {
      if (jobs[0] !== undefined && call === calls.running()) jobs[0].isStarted = true
    },
    output(call, stream, bytes) {
      throttle?.count(bytes.length)
      if (call === 0 && worker.state === 'busy') {
        events.reachedOut()
        // Which of several calls it is of nobody can tell.
        if (jobs.length > 1) return
      }
      // Printed by a thread of an earlier call: there is nobody to give it to.
      if (call !== 0 && call !== calls.running()) return
      output.push(stream, bytes)
    },
    value(call, contentType, body) {
      if (isCurrent(call)) answer((done) => ({ kind: 'result', contentType, body, ...done }))
    },
    failed(call, failure) {
      if (!isCurrent(call)) return
      // A load error that the program keeps to answer calls with: a new process may fare better (runtime.md 2.7).
      if (failure.errorType === 'LoadingError') own.isRetired = true
      tell(failure)
      answer((done) => ({ kind: 'error', ...failure, ...done }))
    },
    broken(failure) {
      if (worker.state === 'loading') failLoading('algorithm', failure)
      else failAndKill(failure)
    },
  }

  function isCurrent(call: number): boolean {
    if (wasKilled || pending !== null) return false
    if (worker.state === 'busy' && call === calls.running()) return true
    failAndKill(strayAnswer(call))
    return false
  }

  function run(given: Job): void {
    if (worker.state !== 'busy') enter('busy')
    transport?.send(calls.add(given), given.request.contentType, given.request.body)
  }

  function answer(make: MakeOutcome): void {
    const [job] = jobs
    if (job === undefined) return
    job.endAtMs = performance.now()
    pending = make
    if (job.request.wantsStdout && transport !== null) void transport.settleOutput().then(settle)
    else settle()
  }

  function settle(): void {
    if (pending === null) return
    const runMs = closeJob(pending)
    if (jobs.length > 0) {
      events.answered(worker, runMs)
      return
    }
    enter('ready')
    own.idleSinceMs = performance.now()
    if (worker.isRetired) stop()
    else events.idle(worker, runMs)
  }

  /** The operator learns of everything that was stopped. */
  function tell({ cause }: Failure): void {
    if (cause !== undefined) ground.contained(cause, workerFields(spec))
  }

  /** An answer that has arrived counts, even when the process ends while its late output is read. */
  function failJob(failure: Failure): void {
    const [job] = jobs
    if (job === undefined) return
    job.endAtMs ||= performance.now()
    closeJob(pending ?? ((done) => ({ kind: 'error', ...failure, ...done })))
  }

  /** Returns how long it ran. */
  function closeJob(make: MakeOutcome): number {
    pending = null
    return calls.close(make)
  }

  function tellUnclaimed(usage: CallUsage): void {
    ground.onUnclaimedUsage(spec, usage)
  }

  /** Its answer may be here unread, and a call that was given ahead may run by now: that one is not to be killed. */
  async function endRunning(failure: Failure): Promise<void> {
    const [running] = jobs
    if (jobs.length > 1) {
      await turn()
      await turn()
    }
    if (jobs[0] === running) failAndKill(failure)
  }

  function failAndKill(failure: Failure): void {
    if (worker.state === 'ended') return
    tell(failure)
    verdict = failure
    killNow()
    failJob(failure)
  }

  function failLoading(fault: LoadFailure['fault'], failure: Failure): void {
    if (worker.state !== 'loading' && worker.state !== 'starting') return
    if (loadFailure === null) tell(failure)
    loadFailure ??= { fault, failure }
    killNow()
  }

  function retire(): Promise<void> {
    own.isRetired = true
    if (worker.state === 'ready') stop()
    else if (worker.state !== 'busy') killNow()
    return gone.promise
  }

  /** Asks an idle process to exit, and kills it when it does not. */
  function stop(): void {
    own.isRetired = true
    transport?.end()
    graceTimer ??= setTimeout(killNow, EXIT_GRACE_MS)
  }

  function killNow(): void {
    wasKilled = true
    if (launched !== null && worker.state !== 'ended') killGroup(launched.child)
  }

  function onExit(code: number, signal: string | null): void {
    const stderr = output.errorTail(8192)
    const ending = readExit(code, signal, launched?.group.usage())
    const { memoryBytes } = workerLimits(limits.worker, spec.limits)
    if (worker.state === 'loading') loadFailure ??= wasKilled ? null : explainLoadExit(ending, stderr, memoryBytes)
    const explained = explainExit(ending)
    tell(explained)
    // A call without start mark may be given to another worker, which the pool decides.
    const failure = verdict ?? explained
    const ranFirst = verdict !== null || jobs[0]?.isStarted === true
    if (jobs[0]?.isStarted === true) failJob(explained)
    end(failure, !ranFirst)
  }

  function end(failure: Failure = exited(0, null), isFirstSuspect = true): void {
    if (worker.state === 'ended') return
    enter('ended')
    clearTimeout(graceTimer)
    calls.tell()
    const rest = meter?.take(Number.POSITIVE_INFINITY)
    if (rest !== undefined) tellUnclaimed(rest)
    const unstarted = calls.takeRest()
    const finish = () => {
      gone.resolve()
      events.ended(worker, { unstarted, isFirstSuspect, failure, loadFailure })
    }
    throttle?.close()
    transport?.release()
    if (launched === null) finish()
    else
      void launched
        .release()
        .catch(() => {})
        .then(finish)
  }

  void start()
  return worker
}

function machineFault({ message }: Error): LoadFailure {
  return { fault: 'machine', failure: loadingFailed(message) }
}
