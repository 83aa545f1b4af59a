/** What a pool is to others, and what it asks of all pools together. */
import type { Job } from './job.ts'
import type { StartHistory } from './start-history.ts'
import type { CallIdentity, CallOutcome, WorkerSpec } from './types.ts'

/** What a pool asks of all pools together. */
export interface SharedRoom {
  readonly starts: StartHistory
  /** True when one more worker may start; otherwise room is being made and `grow` will be called again. */
  mayStart(pool: Pool): boolean
  /** True when one more worker may start and nobody has to give way for it. */
  hasPlace(pool: Pool): boolean
  /** A worker of this pool was started. */
  started(pool: Pool): void
  /** A worker of this pool has ended. */
  ended(pool: Pool): void
  /** True while no worker may start because the machine is short of memory. */
  isHostBusy(): boolean
  /**
   * True when a worker of this pool that has just become free is to end, since others need its place. One at a time ends for
   * them, until `freed`.
   */
  takesBack(pool: Pool, hasCalls: boolean): boolean
  /** True while others wait whom a worker of this pool should make room for although its own calls wait. */
  mustYield(pool: Pool): boolean
  /** There is something whose time must be watched. */
  watch(): void
}

/** Workers of a pool that are to be ready whether somebody calls or not. */
export interface KeptWarm {
  readonly count: number
  /** How many of them make no room for others. */
  readonly reserved: number
  readonly identity: CallIdentity
}

export interface Pool {
  readonly spec: WorkerSpec
  call(job: Job): void
  /** Ends a call that waits or runs here; false when there is none with this id. */
  cancel(requestId: string): boolean
  /** Starts workers while calls wait and there is room. */
  grow(): void
  /** Ends what is over its time. Returns false when there is nothing left to watch. */
  tick(nowMs: number): boolean
  /** The longest idle worker's time of becoming idle; null when there is none, or none beyond those that are kept warm. */
  oldestIdleMs(): number | null
  /** The same of those that may make room for others. */
  oldestForOthersMs(): number | null
  /** Ends the longest idle worker, if there is one. */
  endOldestIdle(): void
  /** Begins to replace a worker that has become too old, if there is one. */
  renew(nowMs: number): void
  /** Keeps so many workers ready from now on; null for none. */
  keepWarm(wanted: KeptWarm | null): void
  /** Idle workers end now, busy ones after their call. Resolves when the idle ones are gone. */
  recycle(): Promise<void>
  /** Answers every waiting call so, and starts nothing for them. */
  refuseWaiting(outcome: CallOutcome): void
  /** Ends every worker; resolves when all are gone. */
  drain(): Promise<void>
  kill(): Promise<void>
  /** How many it has, those that load or end included. */
  workers(): number
  stats(): { workers: number; busyWorkers: number; loadingWorkers: number; waitingCalls: number }
  /** Most memory that one of its workers had when it was ready; 0 until one was. */
  loadedBytes(): number
  /** True when it holds nothing worth keeping. */
  isEmpty(nowMs: number): boolean
}
