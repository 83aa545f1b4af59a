/** The calls of one pool that no worker has, in order, within their bounds. */
import type { Job } from './job.ts'
import type { RunnerLimits } from './limits.ts'

export interface WaitingCalls {
  readonly length: number
  /** The first one when left out; undefined when there are not so many. */
  at(index?: number): Job | undefined
  /** One more of this size would be too much. */
  isFullFor(job: Job): boolean
  push(job: Job): void
  /** Puts back what was taken. */
  unshift(job: Job): void
  take(index?: number): Job | undefined
  takeAll(): Job[]
  /** Looks through them all: calls are cancelled rarely, and a call should pay nothing for it. */
  takeById(requestId: string): Job | undefined
}

export function createWaitingCalls({
  waitingCalls,
  waitingBytes,
}: Pick<RunnerLimits, 'waitingCalls' | 'waitingBytes'>): WaitingCalls {
  const jobs: Job[] = []
  let bytes = 0
  const sizeOf = (job: Job): number => job.request.body.length

  function take(index = 0): Job | undefined {
    const [job] = index < 0 ? [] : jobs.splice(index, 1)
    if (job !== undefined) bytes -= sizeOf(job)
    return job
  }

  return {
    get length() {
      return jobs.length
    },
    at: (index = 0) => jobs[index],
    // One body of any size may wait alone.
    isFullFor: (job) => jobs.length >= waitingCalls || (jobs.length > 0 && bytes + sizeOf(job) > waitingBytes),
    push(job) {
      jobs.push(job)
      bytes += sizeOf(job)
    },
    unshift(job) {
      jobs.unshift(job)
      bytes += sizeOf(job)
    },
    take,
    takeAll() {
      bytes = 0
      return jobs.splice(0)
    },
    takeById: (requestId) => take(jobs.findIndex(({ request }) => request.requestId === requestId)),
  }
}
