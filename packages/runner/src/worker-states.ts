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
  /** A call that the worker had and whose start mark never came, and what its caller is told if nobody else takes it. */
  readonly unstarted: { readonly job: Job; readonly failure: Failure } | null
  /** Set when it ended by itself before it was ready. */
  readonly loadFailure: LoadFailure | null
}

export interface WorkerEvents {
  ready(worker: Worker): void
  /** The call is answered and another may be given. */
  idle(worker: Worker): void
  ended(worker: Worker, how: WorkerEnd): void
}

export interface Worker {
  readonly spec: WorkerSpec
  readonly state: WorkerState
  readonly job: Job | null
  readonly startedAtMs: number
  readonly readyAtMs: number
  /** When it last became idle. */
  readonly idleSinceMs: number
  readonly isRetired: boolean
  /** Gives it a call; it must be ready. */
  run(job: Job): void
  /** Ends it: now when idle or loading, otherwise after its call. Resolves when it is gone. */
  retire(): Promise<void>
  /** The running call's deadline has passed. */
  timeOut(): void
  /** Nobody wants the running call any more. */
  cancel(): void
  /** It took too long to load. */
  loadTimeOut(): void
  /** Kills everything in it now; a running call fails. Resolves when it is gone. */
  kill(): Promise<void>
}
