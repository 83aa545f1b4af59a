/**
 * What a server does after it has handed over: nothing new, until what it has begun is done; then it only passes on what comes
 * on connections that clients keep open, for which it needs nothing of the data folder.
 */
import type { Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 50

export interface FinishOptions {
  /** True while something runs that was begun here. */
  readonly isBusy: () => boolean
  readonly timeoutMs: number
  /** Ends the wait. */
  readonly signal: AbortSignal
}

/** Resolves to true when nothing that was begun here runs any more, to false when it is not waited for any longer. */
export async function finishWork({ isBusy, timeoutMs, signal }: FinishOptions): Promise<boolean> {
  for (const giveUpAt = Date.now() + timeoutMs; Date.now() < giveUpAt && !signal.aborted; await delay(POLL_MS)) {
    if (!isBusy()) return true
  }
  return false
}

export interface LastClientsOptions {
  /** No longer accepts connections. Those that clients keep open without using them end by the time limit for that. */
  readonly server: Server
  /** False when no server is left to pass anything on to. */
  readonly isFollowed: () => Promise<boolean>
  readonly timeoutMs: number
}

/** Resolves when every connection has ended, or is not worth waiting for any longer. */
export async function waitForLastClients({ server, isFollowed, timeoutMs }: LastClientsOptions): Promise<void> {
  for (const giveUpAt = Date.now() + timeoutMs; Date.now() < giveUpAt; await delay(POLL_MS)) {
    if ((await connectionsOf(server)) === 0 || !(await isFollowed())) return
  }
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )
}
