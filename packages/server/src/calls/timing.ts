/** Where the time of a call went, as its caller is told. */
import type { AskerTimes, CallTiming } from '@algorist/runner/types.ts'

/** What the runner and what was before it leave of the time from the first byte of the request until now. */
export function restMs(totalMs: number, acceptMs: number, { waitMs, startMs, loadMs, runMs }: CallTiming): number {
  return Math.max(0, totalMs - acceptMs - waitMs - startMs - loadMs - runMs)
}

/**
 * Milliseconds that a call took, up to the moment at which its answer is written; the parts add up. Behind them why a worker was
 * started, if the call waited for that.
 */
export function timingHeader(timing: CallTiming, { acceptMs, replyMs }: AskerTimes): string {
  const { waitMs, startMs, loadMs, runMs, startCause } = timing
  const before = `accept=${fixed(acceptMs)};wait=${fixed(waitMs)}`
  if (startCause === undefined) return `${before};start=0.000;load=0.000;run=${fixed(runMs)};reply=${fixed(replyMs)}`
  return `${before};start=${fixed(startMs)};load=${fixed(loadMs)};run=${fixed(runMs)};reply=${fixed(replyMs)};cause=${startCause}`
}

const THOUSANDTHS = Array.from({ length: 1000 }, (_, index) => String(index).padStart(3, '0'))

/** As `toFixed(3)`, which takes ten times as long. */
function fixed(ms: number): string {
  const microseconds = Math.round(ms * 1000)
  return `${Math.trunc(microseconds / 1000)}.${THOUSANDTHS[microseconds % 1000]}`
}
