/**
 * Replaces workers that have become old: another is started first, and the old one ends when that is ready, so that nobody
 * waits for it. One at a time.
 */
import { randomUUID } from 'node:crypto'
import type { CallIdentity } from './types.ts'
import type { Worker } from './worker-states.ts'

export interface Renewal {
  /** Starts the replacement of the eldest worker that is too old. */
  begin(nowMs: number): void
  /** When it is the replacement, the eldest ends now. */
  ready(worker: Worker): void
  ended(worker: Worker): void
}

export interface RenewalOptions {
  /** Infinity: none is ever too old. */
  readonly maxAgeMs: number
  /** In the order in which they were started. */
  readonly workers: Iterable<Worker>
  /** True while there are to be workers whether somebody calls or not. */
  isKept(): boolean
  /** Starts a worker that no call waits for; null when there is no room without taking it from others. */
  startSpare(): Worker | null
  /** Ends it, after its call if it has one. */
  replace(old: Worker): void
}

export function createRenewal({ maxAgeMs, workers, isKept, startSpare, replace }: RenewalOptions): Renewal {
  let spare: Worker | null = null

  function begin(nowMs: number): void {
    const eldest = spare === null ? findEldest(nowMs) : null
    if (eldest === null) return
    // One that had no call in all its time has none to be started for, or its version would never be idle.
    spare = isKept() || hasRun(eldest) ? startSpare() : null
    // Where nothing fits beside it, its own place is the only one.
    if (spare === null) replace(eldest)
  }

  function findEldest(nowMs: number): Worker | null {
    for (const worker of workers) {
      if (worker.readyAtMs > 0 && !worker.isRetired && nowMs - worker.readyAtMs >= maxAgeMs) return worker
    }
    return null
  }

  return {
    begin,
    ready(worker) {
      if (worker !== spare) return
      spare = null
      const eldest = findEldest(performance.now())
      if (eldest !== null) replace(eldest)
    },
    ended(worker) {
      if (worker === spare) spare = null
    },
  }
}

const hasRun = ({ state, idleSinceMs, readyAtMs }: Worker) => state === 'busy' || idleSinceMs > readyAtMs

/** Who a worker acts as while it loads for no call: whoever called last, in a session of its own. */
export function identityOfSpare(last: CallIdentity, loadTimeoutMs: number): CallIdentity {
  const { rootAlgorithmId: _, ...identity } = last
  const requestId = `req-${randomUUID()}`
  return { ...identity, requestId, sessionId: requestId, depth: 0, deadlineAtMs: Date.now() + loadTimeoutMs }
}
