/** One call on its way through the runner: what was asked, when it got where, and how it is answered. */
import type { CallOutcome, CallRequest, CallTiming, StartCause } from './types.ts'

/** When a worker began to start, began to load, and was ready. */
export interface StartTimes {
  readonly startedAtMs: number
  readonly loadsSinceMs: number
  readonly readyAtMs: number
}

export interface Job {
  readonly request: CallRequest
  /** Monotonic milliseconds, as all times here. */
  readonly arrivedAtMs: number
  readonly deadlineAtMs: number
  runAtMs: number
  endAtMs: number
  /** True once author code may have seen it: it is never run again. */
  isStarted: boolean
  wasRetried: boolean
  /** True once its caller has the outcome; what comes after it is nobody's. */
  readonly isSettled: boolean
  /** It waited for a worker to start, for that reason where it is known: a part of its waiting went into that. */
  waitedFor(start: StartTimes, cause: StartCause | null): void
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
  #startMs = 0
  #loadMs = 0
  #startCause: StartCause | null = null
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

  waitedFor({ startedAtMs, loadsSinceMs, readyAtMs }: StartTimes, cause: StartCause | null): void {
    const loadsFromMs = Math.max(loadsSinceMs, this.arrivedAtMs)
    this.#startMs = loadsFromMs - Math.max(startedAtMs, this.arrivedAtMs)
    this.#loadMs = readyAtMs - loadsFromMs
    this.#startCause = cause
  }

  settle(outcome: CallOutcome): void {
    if (this.isSettled) return
    this.isSettled = true
    this.#tell(outcome)
  }

  timing(): CallTiming {
    const endAtMs = this.endAtMs || performance.now()
    const runMs = this.runAtMs === 0 ? 0 : endAtMs - this.runAtMs
    const startMs = this.#startMs
    const loadMs = this.#loadMs
    const waitMs = Math.max(0, endAtMs - this.arrivedAtMs - runMs - startMs - loadMs)
    const startCause = this.#startCause
    return startCause === null ? { waitMs, startMs, loadMs, runMs } : { waitMs, startMs, loadMs, startCause, runMs }
  }
}
