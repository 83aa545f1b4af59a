/**
 * Holds back what removes files (content of hosted files, artifacts, repositories) while a backup copies what the database
 * named when it began. A removal only makes room: the rows are gone before, and what is not removed now is swept at the next
 * start. So a hold costs disk space alone, and it ends by itself: with the connection of whoever asked for it, after a time,
 * and when the disk gets full.
 */
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Runner } from '@algorist/runner/types.ts'
import type { Logger } from 'pino'
import type { Driver } from '../drivers/driver.ts'
import type { Repositories } from '../git/repositories.ts'

export interface RemovalHold {
  /** Removes at once; while held back, later, and then it resolves without waiting. */
  run(remove: () => Promise<unknown>): Promise<void>
  /** Resolves once what was being removed is gone. */
  begin(): Promise<Held>
  /** Ends all holds and removes what waited, as far as that is done within seconds. */
  close(): Promise<void>
}

export interface Held {
  /** With the reason, when the hold ended otherwise than by `release()`. */
  readonly ended: Promise<string>
  release(): void
}

export interface RemovalHoldOptions {
  readonly log: Logger
  readonly isDiskFull: () => boolean
  readonly maxMs?: number
  /** More are left to the sweep of the next start. */
  readonly maxWaiting?: number
  readonly checkMs?: number
}

const POLL_MS = 200
const HOUR_MS = 60 * 60 * 1000
const REMOVALS_AT_ONCE = 8
/** A server that ends does not wait for many thousands. */
const CLOSING_MS = 5000

export function createRemovalHold(options: RemovalHoldOptions): RemovalHold {
  const { log, isDiskFull, maxMs = 12 * HOUR_MS, maxWaiting = 200_000, checkMs = 1000 } = options
  const holds = new Set<(reason: string) => void>()
  const running = new Set<Promise<void>>()
  let waiting: (() => Promise<unknown>)[] = []
  let left = 0
  let removing: Promise<void> | undefined
  let giveUpAtMs = Number.POSITIVE_INFINITY

  function later(remove: () => Promise<unknown>): void {
    if (waiting.length < maxWaiting) waiting.push(remove)
    else left++
  }

  async function now(remove: () => Promise<unknown>): Promise<void> {
    const done: Promise<void> = remove()
      .then(() => {})
      .finally(() => running.delete(done))
    running.add(done)
    await done
  }

  /** One at a time. What comes meanwhile waits its turn, so that nothing is removed again that was made anew. */
  function removeWaiting(): Promise<void> {
    removing ??= removeAllWaiting().finally(() => {
      removing = undefined
      if (left > 0) log.warn({ count: left }, 'removals were left to the next start')
      left = 0
      if (waiting.length > 0 && holds.size === 0) return removeWaiting()
    })
    return removing
  }

  async function removeAllWaiting(): Promise<void> {
    while (waiting.length > 0 && holds.size === 0) {
      const removals = waiting.values()
      waiting = []
      const worker = async () => {
        for (const remove of removals) await removeUnlessHeld(remove)
      }
      await Promise.all(Array.from({ length: REMOVALS_AT_ONCE }, worker))
    }
  }

  /** Somebody may have begun to hold meanwhile. */
  async function removeUnlessHeld(remove: () => Promise<unknown>): Promise<void> {
    if (holds.size > 0) later(remove)
    else if (performance.now() > giveUpAtMs) left++
    else await now(remove).catch((err: unknown) => log.warn({ err }, 'what was held back could not be removed'))
  }

  return {
    run: async (remove) => (holds.size > 0 || removing ? later(remove) : now(remove)),
    async begin() {
      const ended = Promise.withResolvers<string>()
      const end = (reason?: string) => {
        clearTimeout(limit)
        clearInterval(check)
        if (!holds.delete(end)) return
        if (reason !== undefined) log.warn({ reason }, 'removals are not held back for a backup any more')
        ended.resolve(reason ?? '')
        if (holds.size === 0) void removeWaiting()
      }
      const limit = setTimeout(() => end('it took too long'), maxMs).unref()
      const check = setInterval(() => isDiskFull() && end('the disk of the server is full'), checkMs).unref()
      holds.add(end)
      await Promise.allSettled(running)
      return { ended: ended.promise, release: () => end() }
    },
    async close() {
      giveUpAtMs = performance.now() + CLOSING_MS
      for (const end of holds) end('the server ended')
      await removeWaiting()
      await Promise.allSettled(running)
    },
  }
}

/**
 * Answers a request for a hold: it lasts as long as the answer is open, and its last words are why it ended.
 *
 * @param isAlone false while a server that this one has followed still ends what it has begun; a hold waits for it
 */
export function answerWithHold(
  removals: RemovalHold,
  isAlone: () => boolean,
): (response: ServerResponse) => Promise<void> {
  return async (response) => {
    while (!isAlone() && !response.destroyed) await delay(POLL_MS)
    const held = await removals.begin()
    response.once('close', held.release)
    if (response.destroyed) held.release()
    response.writeHead(200).flushHeaders()
    response.end(await held.ended)
  }
}

/** The same driver, whose deletions can be held back. */
export function holdingDriver(driver: Driver, removals: RemovalHold): Driver {
  return {
    ...driver,
    async delete(path, signal) {
      await removals.run(() => driver.delete(path, signal))
      return true
    },
  }
}

/** The same runner, whose artifacts can be held back. */
export function holdingRunner(runner: Runner, removals: RemovalHold): Runner {
  return { ...runner, removeArtifact: (artifact) => removals.run(() => runner.removeArtifact(artifact)) }
}

/**
 * The same repositories, which can be held back. One that is not there is not: an import may make it before the hold ends. One
 * that stays for now is there for everybody to see, so nobody makes another of its id (transfer/plan.ts).
 */
export function holdingRepositories(repositories: Repositories, removals: RemovalHold): Repositories {
  return {
    ...repositories,
    async remove(id) {
      if (await repositories.has(id)) await removals.run(() => repositories.remove(id))
    },
  }
}
