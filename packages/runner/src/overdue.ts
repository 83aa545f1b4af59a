/** What is over its time: calls at their deadlines, waiting ones after their wait, workers that do not get ready. */
import { timedOut } from './failure.ts'
import type { Job } from './job.ts'
import type { RunnerLimits } from './limits.ts'
import { refused } from './refusals.ts'
import type { CallOutcome } from './types.ts'
import type { Worker } from './worker-states.ts'

/** Ends what is overdue of a worker. Returns false when there is nothing left to watch of it. */
export function endOverdue(worker: Worker, nowMs: number, { loadTimeoutMs }: Pick<RunnerLimits, 'loadTimeoutMs'>) {
  const [running, ...given] = worker.jobs
  // What was given ahead stays with the worker, which will run it for nobody.
  for (const job of given) {
    if (nowMs >= job.deadlineAtMs) job.settle({ kind: 'error', ...timedOut, timing: job.timing() })
  }
  if (running !== undefined && nowMs >= running.deadlineAtMs) worker.timeOut()
  const isLoading = worker.readyAtMs === 0
  if (isLoading && nowMs - worker.startedAtMs >= loadTimeoutMs) worker.loadTimeOut()
  return isLoading || worker.jobs.length > 0
}

/**
 * The answer to a waiting call that is overdue, null for others. Those that a worker loads for may wait as long as their
 * deadline.
 */
export function overdueAnswer(job: Job, isLoadedFor: boolean, nowMs: number, waitMs: number): CallOutcome | null {
  const isPastDeadline = nowMs >= job.deadlineAtMs
  if (isLoadedFor) return isPastDeadline ? { kind: 'error', ...timedOut, timing: job.timing() } : null
  if (!isPastDeadline && nowMs - job.arrivedAtMs < waitMs) return null
  return refused('waited-too-long', 'No worker became free in time')
}
