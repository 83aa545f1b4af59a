/** What callers are told whose calls were not run. */
import type { Reason } from './back-off.ts'
import type { Job } from './job.ts'
import type { CallOutcome } from './types.ts'

const RETRY_AFTER_MS = 1000

type Refusal = Extract<CallOutcome, { kind: 'refused' }>

/** The answer to calls that no worker can be started for. */
export const hostBusy: CallOutcome = refused('host-busy', 'The server is short of memory; try again later')

export function refused(reason: Refusal['reason'], message: string, retryAfterMs = RETRY_AFTER_MS): Refusal {
  return { kind: 'refused', reason, message, retryAfterMs }
}

/** The answer to calls of a version that did not load and is not tried again yet: why, since when, and when it is. */
export function loadErrorOutcome(job: Job, { failure, since, forMs }: Reason): CallOutcome {
  const message = `${failure.message} (loading is tried again in ${inSeconds(forMs)}; it has failed since ${since.toISOString()})`
  return { kind: 'error', ...failure, message, retryAfterMs: forMs, timing: job.timing() }
}

/** The answer to calls of a version whose workers end by themselves before they have answered a call. */
export function crashing({ failure, times, since, forMs }: Reason): CallOutcome {
  const message =
    `The algorithm's process ended by itself ${times} times in a row without having answered a call, since ` +
    `${since.toISOString()}, the last time with: ${failure.message}. It is started again in ${inSeconds(forMs)}`
  return refused('crashing', message, forMs)
}

const inSeconds = (ms: number): string => `${Math.ceil(ms / 100) / 10} s`
