/** A `fetch` that tries again where a storage was busy or a connection broke. Bodies are in memory, so each can be sent again. */
import { setTimeout as delay } from 'node:timers/promises'

type Fetch = typeof globalThis.fetch

export interface RetryOptions {
  /** The first one included. */
  readonly maxTries?: number
  /** Before the second try; doubled before each one after it. */
  readonly firstDelayMs?: number
  /** Longest wait that a storage may ask for with Retry-After; one that asks for more gets its answer passed on. */
  readonly maxDelayMs?: number
}

const PASSING_STATUSES = [408, 429, 500, 502, 503, 504]

/** What the connection does not forgive is passed on at once: a refused address, and a silence that took its time already. */
function isPassing(error: unknown): boolean {
  return (error as { problem?: unknown }).problem === 'ConnectionFailed'
}

/** Answers like `fetch` does, at the latest with what the last try brought. */
export function retryingFetch(
  fetch: Fetch,
  { maxTries = 3, firstDelayMs = 200, maxDelayMs = 3000 }: RetryOptions = {},
): Fetch {
  return async (input, init) => {
    for (let tries = 1; ; tries++) {
      const delayMs = firstDelayMs * 2 ** (tries - 1)
      const waitMs = await attempt(delayMs, tries === maxTries)
      if (typeof waitMs !== 'number') return waitMs
      await pause(waitMs)
    }

    async function attempt(delayMs: number, isLast: boolean): Promise<Response | number> {
      try {
        const response = await fetch(input, init)
        const waitMs = Math.max(delayMs, retryAfterMs(response))
        if (isLast || !PASSING_STATUSES.includes(response.status) || waitMs > maxDelayMs) return response
        await response.body?.cancel()
        return waitMs
      } catch (error) {
        if (isLast || !isPassing(error)) throw error
        return delayMs
      }
    }

    async function pause(waitMs: number): Promise<void> {
      const signal = init?.signal ?? undefined
      await delay(waitMs, undefined, { signal }).catch(() => signal?.throwIfAborted())
    }
  }
}

/** 0 unless the storage says seconds. */
function retryAfterMs({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? 0)
  return Number.isFinite(seconds) ? seconds * 1000 : 0
}
