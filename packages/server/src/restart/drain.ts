/** What a server does after it has handed over: nothing new, until what it has begun is done. */
import type { Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 50

export interface DrainOptions {
  /** No longer accepts connections. Those that clients keep open without using them end by the time limit for that. */
  readonly server: Server
  readonly isBusy: () => boolean
  readonly timeoutMs: number
  /** Ends the wait. */
  readonly signal: AbortSignal
}

/** Resolves when every connection has ended and nothing runs any more, or it is not to be waited for any longer. */
export async function drain({ server, isBusy, timeoutMs, signal }: DrainOptions): Promise<void> {
  const giveUpAt = Date.now() + timeoutMs
  while (Date.now() < giveUpAt && !signal.aborted) {
    if (!isBusy() && (await connectionsOf(server)) === 0) return
    await delay(POLL_MS)
  }
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )
}
