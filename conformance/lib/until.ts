/** Waiting for what comes at a time of its own, by asking again and again. */
import { setTimeout as delay } from 'node:timers/promises'

const WAIT_MS = 120_000
const POLL_MS = 50

export interface Patience {
  /** Long enough for a machine that is slow; it only tells what never comes. */
  readonly timeoutMs?: number
  readonly everyMs?: number
}

/**
 * Asks until the answer is yes.
 * @param what is awaited, in words
 * @throws Error that names what did not come
 */
export async function until(
  what: string,
  isThere: () => boolean | Promise<boolean>,
  { timeoutMs = WAIT_MS, everyMs = POLL_MS }: Patience = {},
): Promise<void> {
  const giveUpAt = Date.now() + timeoutMs
  while (!(await isThere())) {
    if (Date.now() > giveUpAt) throw new Error(`${what} did not come within ${timeoutMs / 1000} s`)
    await delay(everyMs)
  }
}

/**
 * Asks until there is something and resolves to it.
 * @param find undefined or null: not yet
 * @throws Error that names what did not come
 */
export async function untilFound<T>(
  what: string,
  find: () => T | null | undefined | Promise<T | null | undefined>,
  patience: Patience = {},
): Promise<T> {
  let found: T | null | undefined
  await until(
    what,
    async () => {
      found = await find()
      return found !== undefined && found !== null
    },
    patience,
  )
  return found as T
}
