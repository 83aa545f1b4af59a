/** What a worker is to others: its states, what it can be asked, and what it tells. */
import type { Failure } from './failure.ts'
import type { Job } from './job.ts'
import type { WorkerSpec } from './types.ts'
import type { LoadFailure } from './worker-end.ts'

export type WorkerState = 'starting' | 'loading' | 'ready' | 'busy' | 'ended'

/** What may follow on what. */
export const nextStates: Readonly<Record<WorkerState, readonly WorkerState[]>> = {
  starting: ['loading', 'ended'],
  loading: ['ready', 'ended'],
  ready: ['busy', 'ended'],
  busy: ['ready', 'ended'],
  ended: [],
}

export interface WorkerEnd {
  /** Calls that the worker had and whose start marks never came, in order. */
  readonly unstarted: readonly Job[]
  /** True when the first of them was to run when the worker ended, so that it may be to blame. */
  readonly isFirstSuspect: boolean
  /** What a caller is told when nobody else takes the call. */
  readonly failure: Failure
  /** Set when it ended by itself before it was ready. */
  readonly loadFailure: LoadFailure | null
}

export interface WorkerEvents {
  ready(worker: Worker): void
  /** A call took so long to run, and the worker has others that were given ahead. */
  answered(worker: Worker, runMs: number): void
  /** A call took so long to run, and another may be given. */
  idle(worker: Worker, runMs: number): void
  /** It does what only the running call can be asked about: it uses the platform, or prints past the bridge. */
  reachedOut(): void
  ended(worker: Worker, how: WorkerEnd): void
}

export interface Worker {
  readonly spec: WorkerSpec
  readonly state: WorkerState
  /** What it was given: the first runs, the others follow in this order. */
  readonly jobs: readonly Job[]
  /** False for programs that must not get a call before they have answered the one before. */
  takesAhead(): boolean
  readonly startedAtMs: number
  /** Since when its process is there and loads; 0 before. */
  readonly loadsSinceMs: number
  readonly readyAtMs: number
  /** Memory it had when it was ready; 0 before. */
  readonly loadedBytes: number
  /** When it last became idle. */
  readonly idleSinceMs: number
  readonly isRetired: boolean
  /** Gives it a call; it must be ready, or busy and take calls ahead. */
  run(job: Job): void
  /** Ends it: now when idle or loading, otherwise after its call. Resolves when it is gone. */
  retire(): Promise<void>
  /** The running call's deadline has passed. */
  timeOut(): void
  /** The running call is wanted no more. */
  cancel(): void
  /** It took too long to load. */
  loadTimeOut(): void
  /** Kills everything in it now; a running call fails. Resolves when it is gone. */
  kill(): Promise<void>
}
