/** The calls of one pool that no worker has, in order, within their bounds. */
import type { Job } from './job.ts'
import type { RunnerLimits } from './limits.ts'

export interface WaitingCalls {
  count(): number
  /** The first one when left out; undefined when there are not so many. */
  at(index?: number): Job | undefined
  /** Why one more of this size would be too much, for its caller; null when it would not. */
  whyFullFor(job: Job): string | null
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
    count: () => jobs.length,
    at: (index = 0) => jobs[index],
    whyFullFor(job) {
      if (jobs.length >= waitingCalls) return `${jobs.length} calls of this version are waiting already`
      // One body of any size may wait alone.
      if (jobs.length === 0 || bytes + sizeOf(job) <= waitingBytes) return null
      return `The inputs of the ${jobs.length} waiting calls of this version have ${bytes} bytes already, and may have ${waitingBytes}`
    },
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
