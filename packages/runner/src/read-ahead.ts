/**
 * When a busy worker gets its next calls before it has answered (design: read-ahead). Waking a process that sleeps costs more
 * than a short call, so short calls are handed over several at a time. Owns the decision; the order is the worker's.
 */
import type { Job } from './job.ts'
import { createRunTimes } from './run-times.ts'
import type { Worker } from './worker-states.ts'

export interface ReadAhead {
  /** The worker that takes the call ahead, or undefined when it has to wait. */
  takerOf(job: Job, workers: Iterable<Worker>): Worker | undefined
  /**
   * The same while another worker is idle: undefined unless the busy one is free again before the idle one would be awake, or
   * as many are busy as there are processors. One more would have to be woken, and then wait for a processor like the call.
   */
  takerRatherThanIdle(job: Job, workers: Iterable<Worker>): Worker | undefined
  mayTake(worker: Worker, job: Job): boolean
  /** A call took so long to run. */
  note(runMs: number): void
  /**
   * Never again: which call a request to the platform or a line past the bridge belongs to is plain only while a worker has
   * one call.
   */
  forbid(): void
}

/** Calls that a worker has at most, the running one included. */
const MOST_CALLS = 16
/** Short calls that a call may wait behind in its worker, on average. */
const MOST_WAITED_FOR = 4
/** Part of the time of a short call, 1 ms by default, that passes until a process that is woken runs. */
const SOONER_THAN_WOKEN = 1 / 4
/** A body of this size may fill the socket, and then sending it ahead saves nothing. */
const MOST_BODY_BYTES = 16 * 1024
/** Short calls that one call counts for at most. */
const MOST_COUNTED = 100

/**
 * @param shortMs calls are short while their moving average is below this; with 0 none are
 * @param processors of the machine
 */
export function createReadAhead(shortMs: number, processors: number): ReadAhead {
  // Long until the first calls were seen: the first is slow in every language.
  const times = createRunTimes(2 * shortMs, MOST_COUNTED * shortMs)
  let isForbidden = false

  function mayTake({ state, jobs, takesAhead, isRetired }: Worker, job: Job): boolean {
    if (isForbidden || times.averageMs() >= shortMs || state !== 'busy' || !takesAhead() || isRetired) return false
    if (jobs.length >= MOST_CALLS || jobs.length * times.averageMs() >= MOST_WAITED_FOR * shortMs) return false
    // What a caller wants printed is read to its end before the next call starts.
    return !job.request.wantsStdout && jobs.at(-1)?.request.wantsStdout !== true && isSmall(job)
  }

  function takerOf(job: Job, workers: Iterable<Worker>): Worker | undefined {
    let best: Worker | undefined
    for (const worker of workers) {
      if ((best === undefined || worker.jobs.length < best.jobs.length) && mayTake(worker, job)) best = worker
    }
    return best
  }

  function areAllProcessorsBusy(workers: Iterable<Worker>): boolean {
    let busy = 0
    for (const { state } of workers) if (state === 'busy') busy++
    return busy >= processors
  }

  return {
    takerRatherThanIdle(job, workers) {
      const taker = takerOf(job, workers)
      if (taker === undefined) return undefined
      // By the average, calls that waited for a processor would have more workers woken, and more calls wait for one.
      const isSoonFree = taker.jobs.length * times.typicalMs() < shortMs * SOONER_THAN_WOKEN
      return isSoonFree || areAllProcessorsBusy(workers) ? taker : undefined
    },
    takerOf,
    mayTake,
    note: times.note,
    forbid() {
      isForbidden = true
    },
  }
}

const isSmall = ({ request }: Job): boolean => request.body.length <= MOST_BODY_BYTES
