/** One call on its way through the runner: what was asked, when it got where, and how it is answered. */
import type { CallOutcome, CallRequest, CallTiming, StartCause } from './types.ts'

export interface Job {
  readonly request: CallRequest
  /** Monotonic milliseconds, as all times here. */
  readonly arrivedAtMs: number
  readonly deadlineAtMs: number
  /** Part of the waiting that went into starting the worker. */
  startMs: number
  /** Why a worker was started; null when it waited for no start. */
  startCause: StartCause | null
  runAtMs: number
  endAtMs: number
  /** True once author code may have seen it: it is never run again. */
  isStarted: boolean
  wasRetried: boolean
  /** True once its caller has the outcome; what comes after it is nobody's. */
  readonly isSettled: boolean
  settle(outcome: CallOutcome): void
  timing(): CallTiming
}

export function createJob(request: CallRequest, settle: (outcome: CallOutcome) => void): Job {
  const arrivedAtMs = performance.now()
  let isSettled = false
  const job: Job = {
    request,
    arrivedAtMs,
    deadlineAtMs: arrivedAtMs + request.timeLeftMs,
    startMs: 0,
    startCause: null,
    runAtMs: 0,
    endAtMs: 0,
    isStarted: false,
    wasRetried: false,
    get isSettled() {
      return isSettled
    },
    settle(outcome) {
      if (isSettled) return
      isSettled = true
      settle(outcome)
    },
    timing() {
      const endAtMs = job.endAtMs || performance.now()
      const runMs = job.runAtMs === 0 ? 0 : endAtMs - job.runAtMs
      const { startMs, startCause } = job
      const waitMs = Math.max(0, endAtMs - arrivedAtMs - runMs - startMs)
      return startCause === null ? { waitMs, startMs, runMs } : { waitMs, startMs, startCause, runMs }
    },
  }
  return job
}
