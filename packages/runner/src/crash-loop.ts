/**
 * Workers of one version and caller that end by themselves again and again. A crash counts when no call of theirs was
 * answered since the worker had become ready, whoever answered: an input that kills a worker holds nothing back as long as
 * there are others that do not.
 */
import { type BackOff, createBackOff } from './back-off.ts'
import { cancelled, type Failure, timedOut } from './failure.ts'
import type { Worker } from './worker-states.ts'

/** The next one in a row begins the back-off. */
const CRASHES_WITHOUT_DELAY = 4

export interface CrashLoop extends Pick<BackOff, 'isInForce' | 'reason'> {
  ready(worker: Worker): void
  /** A worker has answered a call, and lives. On the path of every call. */
  answered(): void
  /** A worker that was ready ended, and nobody had asked it to. */
  ended(worker: Worker, failure: Failure, nowMs: number): void
}

export function createCrashLoop(): CrashLoop {
  const backOff = createBackOff(CRASHES_WITHOUT_DELAY)
  /** How many had been answered when the worker became ready. */
  const answersBefore = new WeakMap<Worker, number>()
  let answers = 0
  let hasCrashed = false

  return {
    ready: (worker) => void answersBefore.set(worker, answers),
    answered() {
      answers++
      if (!hasCrashed) return
      hasCrashed = false
      backOff.clear()
    },
    ended(worker, failure, nowMs) {
      // Those took as long as they were given: to start another costs little beside it.
      if (failure === timedOut || failure === cancelled) return
      if (answersBefore.get(worker) !== answers) return
      hasCrashed = true
      backOff.begin(failure, nowMs)
    },
    isInForce: backOff.isInForce,
    reason: backOff.reason,
  }
}
