/**
 * Keeps passwords from being guessed: after a few wrong ones an account, and an address that tries many accounts, must
 * wait, longer each time. Only numbers in memory: a restart forgives, and nobody can lock somebody else out for long.
 */
import { ApiError } from '@algorist/contract/errors.ts'

export interface LoginGuard {
  /** Throws TooManyRequests with Retry-After while one of the two has to wait. */
  check(who: Attempt): void
  failed(who: Attempt): void
  succeeded(who: Attempt): void
}

export interface Attempt {
  /** Account id, or the name that nobody has. */
  readonly account: string
  /** Address of the client. */
  readonly address: string
}

/** Wrong tries that cost nothing, of one account from one address, of one account, of one address. */
const FREE = { pair: 5, account: 100, address: 50 }
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 15 * 60_000
/** Wrong tries are forgotten after this time without another. */
const FORGET_MS = 60 * 60_000
const MAX_ENTRIES = 100_000

interface Count {
  failures: number
  lastMs: number
  untilMs: number
}

/** @param now monotonic milliseconds */
export function createLoginGuard(now: () => number = () => performance.now()): LoginGuard {
  const counts = new Map<string, Count>()

  function keysOf({ account, address }: Attempt): readonly (readonly [string, number])[] {
    return [
      [`pair ${account} ${address}`, FREE.pair],
      [`account ${account}`, FREE.account],
      [`address ${address}`, FREE.address],
    ]
  }

  function current(key: string): Count | undefined {
    const count = counts.get(key)
    if (count && now() - count.lastMs < FORGET_MS) return count
    counts.delete(key)
    return undefined
  }

  function check(who: Attempt): void {
    const waitMs = Math.max(...keysOf(who).map(([key]) => (current(key)?.untilMs ?? 0) - now()))
    if (waitMs <= 0) return
    const seconds = Math.ceil(waitMs / 1000)
    throw new ApiError('TooManyRequests', `Too many wrong passwords; try again in ${seconds} s`, {
      headers: { 'Retry-After': String(seconds) },
    })
  }

  function failed(who: Attempt): void {
    for (const [key, free] of keysOf(who)) {
      const count = current(key) ?? { failures: 0, lastMs: 0, untilMs: 0 }
      count.failures++
      count.lastMs = now()
      const over = count.failures - free
      if (over >= 0) count.untilMs = now() + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** over)
      // The oldest first: an attacker with many names must not fill the memory.
      counts.delete(key)
      counts.set(key, count)
    }
    for (const key of counts.keys()) {
      if (counts.size <= MAX_ENTRIES) return
      counts.delete(key)
    }
  }

  /** The right password clears what its owner mistyped; what others tried from elsewhere still counts. */
  function succeeded(who: Attempt): void {
    const [pair] = keysOf(who)
    if (pair) counts.delete(pair[0])
  }

  return { check, failed, succeeded }
}
