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

/** @param settle hears the outcome, once */
export function createJob(request: CallRequest, settle: (outcome: CallOutcome) => void): Job {
  return new RunnerJob(request, settle)
}

/** A class, since one is made for every call: an object of functions costs as much as the rest of the call's way here. */
class RunnerJob implements Job {
  readonly request: CallRequest
  readonly arrivedAtMs = performance.now()
  readonly deadlineAtMs: number
  startMs = 0
  startCause: StartCause | null = null
  runAtMs = 0
  endAtMs = 0
  isStarted = false
  wasRetried = false
  isSettled = false
  readonly #tell: (outcome: CallOutcome) => void

  constructor(request: CallRequest, tell: (outcome: CallOutcome) => void) {
    this.request = request
    this.deadlineAtMs = this.arrivedAtMs + request.timeLeftMs
    this.#tell = tell
  }

  settle(outcome: CallOutcome): void {
    if (this.isSettled) return
    this.isSettled = true
    this.#tell(outcome)
  }

  timing(): CallTiming {
    const endAtMs = this.endAtMs || performance.now()
    const runMs = this.runAtMs === 0 ? 0 : endAtMs - this.runAtMs
    const { startMs, startCause } = this
    const waitMs = Math.max(0, endAtMs - this.arrivedAtMs - runMs - startMs)
    return startCause === null ? { waitMs, startMs, runMs } : { waitMs, startMs, startCause, runMs }
  }
}
