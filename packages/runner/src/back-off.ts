/** How long nothing is started of a version that does not load. */
import type { Failure } from './failure.ts'

/** Why loading is held back, and for how much longer. */
export interface Reason {
  readonly failure: Failure
  readonly forMs: number
}

export interface BackOff {
  begin(failure: Failure, nowMs: number): void
  clear(): void
  isInForce(nowMs: number): boolean
  /** Null while it is not in force. */
  reason(nowMs: number): Reason | null
}

const FIRST_BACK_OFF_MS = 250
const LONGEST_BACK_OFF_MS = 30_000

/** Grows fourfold with each load failure in a row, so that a version which cannot load does not keep the machine busy. */
export function createBackOff(): BackOff {
  let failures = 0
  let untilMs = 0
  let last: Failure | null = null
  return {
    begin(failure: Failure, nowMs: number) {
      // Several workers that failed together count once.
      if (nowMs < untilMs) return
      untilMs = nowMs + Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 4 ** failures++)
      last = failure
    },
    clear() {
      failures = 0
      untilMs = 0
      last = null
    },
    isInForce: (nowMs: number) => nowMs < untilMs,
    reason: (nowMs: number): Reason | null =>
      last !== null && nowMs < untilMs ? { failure: last, forMs: untilMs - nowMs } : null,
  }
}
