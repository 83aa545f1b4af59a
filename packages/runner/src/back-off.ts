/** How long nothing is started of a version whose workers fail one after the other. */
import type { Failure } from './failure.ts'

/** Why nothing is started, since when it goes wrong, and for how much longer nothing is. */
export interface Reason {
  readonly failure: Failure
  /** Failures in a row; several at once count as one. */
  readonly times: number
  readonly since: Date
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

/**
 * Grows fourfold with each failure in a row, so that a version which cannot work does not keep the machine busy.
 *
 * @param free failures in a row that hold nothing back
 */
export function createBackOff(free = 0): BackOff {
  let times = 0
  let untilMs = 0
  let last: { readonly failure: Failure; readonly since: Date } | null = null
  return {
    begin(failure, nowMs) {
      // Several workers that failed together count once.
      if (nowMs < untilMs) return
      last = { failure, since: last?.since ?? new Date() }
      if (++times > free) untilMs = nowMs + Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 4 ** (times - free - 1))
    },
    clear() {
      times = 0
      untilMs = 0
      last = null
    },
    isInForce: (nowMs) => nowMs < untilMs,
    reason: (nowMs) => (last !== null && nowMs < untilMs ? { ...last, times, forMs: untilMs - nowMs } : null),
  }
}
