/** What callers are told whose calls were not run. */
import type { Reason } from './back-off.ts'
import type { Job } from './job.ts'
import type { CallOutcome } from './types.ts'

const RETRY_AFTER_MS = 1000

/** The answer to calls that no worker can be started for. */
export const hostBusy: CallOutcome = refused('host-busy', 'The server is short of memory; try again later')

export function refused(reason: Extract<CallOutcome, { kind: 'refused' }>['reason'], message: string): CallOutcome {
  return { kind: 'refused', reason, message, retryAfterMs: RETRY_AFTER_MS }
}

/** The answer to calls of a version that did not load and is not tried again yet: why, and when it is. */
export function loadErrorOutcome(job: Job, { failure, forMs }: Reason): CallOutcome {
  const message = `${failure.message} (loading is tried again in ${Math.ceil(forMs / 100) / 10} s)`
  return { kind: 'error', ...failure, message, timing: job.timing() }
}
