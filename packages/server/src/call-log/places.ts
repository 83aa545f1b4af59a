/**
 * How much of what happens in one second the call log takes, so that a flood of calls costs the disk little: failures
 * before successes, the first call of every algorithm before more of another's.
 */
import { MOST_OUTPUT } from './log-row.ts'

export interface Places {
  /** True when the log takes this call. @param nowMs monotonic */
  take(call: { readonly algorithmId: string; readonly isFailure: boolean; readonly nowMs: number }): boolean
  /** How much of an output of this length is kept of the call that was taken last. */
  takeOutput(characters: number): number
}

/** Short outputs are always kept; long ones share so many characters in a second. */
const SHORT_OUTPUT = 1024
const OUTPUT_PER_SECOND = 4 * 1024 * 1024

/**
 * Of one second, successes are taken while fewer than `perSecond` calls were, failures while fewer than `perSecond`
 * failures were, and the first call of each of `perSecond` algorithms in any case.
 */
export function createPlaces(perSecond: number): Places {
  let secondEndsAtMs = 0
  let failures = 0
  let successes = 0
  let outputLeft = OUTPUT_PER_SECOND
  const seen = new Set<string>()

  return {
    take({ algorithmId, isFailure, nowMs }) {
      if (nowMs >= secondEndsAtMs) {
        secondEndsAtMs = nowMs + 1000
        failures = 0
        successes = 0
        outputLeft = OUTPUT_PER_SECOND
        seen.clear()
      }
      const hasPlace = isFailure ? failures < perSecond : failures + successes < perSecond
      const isFirst = seen.size < perSecond && !seen.has(algorithmId)
      if (!hasPlace && !isFirst) return false
      seen.add(algorithmId)
      if (isFailure) failures++
      else successes++
      return true
    },
    takeOutput(characters) {
      const kept = Math.min(characters, Math.max(SHORT_OUTPUT, Math.min(MOST_OUTPUT, outputLeft)))
      outputLeft -= kept
      return kept
    },
  }
}
