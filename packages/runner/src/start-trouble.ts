/**
 * What holds back the starts of one version for one caller, and what its calls are told meanwhile: that it does not load, that
 * the machine cannot start it, that its workers end by themselves again and again.
 */
import { createBackOff } from './back-off.ts'
import { createCrashLoop } from './crash-loop.ts'
import { type Failure, loadingFailed } from './failure.ts'
import type { Job } from './job.ts'
import type { Logger } from './options.ts'
import { crashing, loadErrorOutcome, refused } from './refusals.ts'
import type { CallOutcome, WorkerSpec } from './types.ts'
import type { LoadFailure } from './worker-end.ts'
import type { Worker } from './worker-states.ts'

const NOT_STARTED = loadingFailed('The server could not start a worker; its log has the reason.')

/** A shorter back-off after crashes is waited for by calls. */
const PATIENCE_MS = 1000

export interface StartTrouble {
  isInForce(nowMs: number): boolean
  /** The answer to a call that would wait in vain, or long; null when it may wait. */
  answerTo(job: Job): CallOutcome | null
  ready(worker: Worker): void
  /** A call was answered, and its worker lives. */
  answered(): void
  /** Returns the answer to those who waited for it. */
  loadFailed(load: LoadFailure): (job: Job) => CallOutcome
  /** A worker that was ready ended, and nobody had asked it to. */
  crashed(worker: Worker, failure: Failure): void
}

export function createStartTrouble(spec: WorkerSpec, log: Logger): StartTrouble {
  const loads = createBackOff()
  const crashes = createCrashLoop()

  return {
    isInForce: (nowMs) => loads.isInForce(nowMs) || crashes.isInForce(nowMs),
    answerTo(job) {
      const nowMs = performance.now()
      const load = loads.reason(nowMs)
      if (load !== null) return load.failure === NOT_STARTED ? notStarted : loadErrorOutcome(job, load)
      const crash = crashes.reason(nowMs)
      return crash !== null && crash.forMs > PATIENCE_MS ? crashing(crash) : null
    },
    ready(worker) {
      loads.clear()
      crashes.ready(worker)
    },
    answered: crashes.answered,
    loadFailed({ fault, failure }) {
      // What the machine lacks is for the operator; callers learn that it is not their code.
      const isMachine = fault === 'machine'
      if (isMachine) log.error({ worker: spec.key, reason: failure.message }, 'worker could not be started')
      loads.begin(isMachine ? NOT_STARTED : failure, performance.now())
      return isMachine ? () => notStarted : (job) => ({ kind: 'error', ...failure, timing: job.timing() })
    },
    crashed: (worker, failure) => crashes.ended(worker, failure, performance.now()),
  }
}

const notStarted = refused('sandbox-unavailable', NOT_STARTED.message)
