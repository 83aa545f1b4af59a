/**
 * Slows down who is refused again and again without a pause: what a refusal costs is little, but thousands of them in a
 * second keep the event loop from the calls of others. Some in each second are told at once; the rest of them a moment later,
 * which holds up a client that waits for the answer before it tries again, and nobody else.
 */

export interface RefusalPace {
  /** Null when whoever `key` stands for is to be refused at once; otherwise resolves when it is time to. */
  hold(key: string): Promise<void> | null
}

/** Refused at once for each key: so many at a time, and so many in a second. */
export const AT_ONCE = 20
const AT_ONCE_PER_SECOND = 100
const HELD_MS = 100
/** Each holds a connection and its head; more than this are refused at once. */
export const MOST_HELD = 5000
const TICK_MS = 20

interface Allowance {
  left: number
  atMs: number
}

interface Held {
  readonly untilMs: number
  readonly resolve: () => void
}

/** Needs no closing: its timer runs while there is something to watch, and keeps no process alive. */
export function createRefusalPace(): RefusalPace {
  const allowances = new Map<string, Allowance>()
  /** All wait for the same time, so the first came first. */
  let held: Held[] = []
  let timer: NodeJS.Timeout | null = null

  function allowanceOf(key: string, nowMs: number): Allowance {
    const { left, atMs } = allowances.get(key) ?? { left: AT_ONCE, atMs: nowMs }
    const now = { left: grown(left, nowMs - atMs), atMs: nowMs }
    allowances.set(key, now)
    return now
  }

  function tick(): void {
    const nowMs = performance.now()
    const at = held.findIndex(({ untilMs }) => untilMs > nowMs)
    const due = at < 0 ? held : held.slice(0, at)
    held = at < 0 ? [] : held.slice(at)
    for (const { resolve } of due) resolve()
    for (const [key, { left, atMs }] of allowances) {
      if (grown(left, nowMs - atMs) >= AT_ONCE) allowances.delete(key)
    }
    if (held.length + allowances.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }

  return {
    hold(key) {
      const nowMs = performance.now()
      const allowance = allowanceOf(key, nowMs)
      timer ??= setInterval(tick, TICK_MS).unref()
      if (allowance.left >= 1) {
        allowance.left--
        return null
      }
      if (held.length >= MOST_HELD) return null
      return new Promise((resolve) => held.push({ untilMs: nowMs + HELD_MS, resolve }))
    },
  }
}

const grown = (left: number, elapsedMs: number) => Math.min(AT_ONCE, left + (elapsedMs * AT_ONCE_PER_SECOND) / 1000)
