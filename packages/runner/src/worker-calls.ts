/**
 * The calls that a worker was given and has not answered, and how each is closed: with its times, what it printed, and its
 * part of what the worker used. Answers that were read in one piece share one reading of the group, since what each of
 * them used is not told apart by it.
 */
import type { CallOutput } from './call-output.ts'
import type { Job } from './job.ts'
import type { CallOutcome, CallTiming, CallUsage } from './types.ts'
import { shareUsage } from './worker-meter.ts'

/** What every outcome has. */
interface Done {
  stdout?: string
  timing: CallTiming
  usage?: CallUsage
}

/** Completes an outcome. */
export type MakeOutcome = (done: Done) => CallOutcome

export interface WorkerCalls {
  /** The first runs, the others were given ahead and follow in this order. */
  readonly jobs: readonly Job[]
  /** Returns the call's number; they are without gaps. */
  add(job: Job): number
  /** Number of the running call. */
  running(): number
  /** Closes the running call, and begins the next that was given. Returns how long it ran, in milliseconds. */
  close(make: MakeOutcome): number
  /** Gives back what never was answered. */
  takeRest(): Job[]
  /** Tells what is closed and not yet told. */
  tell(): void
}

export interface WorkerCallsOptions {
  readonly output: CallOutput
  /** What was used since this was asked last. */
  takeUsage(nowMs: number): CallUsage | undefined
  /** A call used this for nobody: its caller was told its end before. */
  onUnclaimed(usage: CallUsage): void
}

interface Closed {
  readonly job: Job
  readonly make: MakeOutcome
  readonly done: Done
}

export function createWorkerCalls({ output, takeUsage, onUnclaimed }: WorkerCallsOptions): WorkerCalls {
  const jobs: Job[] = []
  const closed: Closed[] = []
  let last = 0

  function begin(job: Job): void {
    job.runAtMs = performance.now()
    output.begin()
  }

  function close(make: MakeOutcome): number {
    const job = jobs.shift()
    if (job === undefined) return 0
    const done: Done = { timing: job.timing() }
    const stdout = output.take()
    if (stdout !== undefined) done.stdout = stdout
    closed.push({ job, make, done })
    const [next] = jobs
    if (next !== undefined) begin(next)
    if (closed.length === 1 && next === undefined) tell()
    // By then every frame of the piece that is being read has been heard.
    else if (closed.length === 1) process.nextTick(tell)
    return done.timing.runMs
  }

  function tell(): void {
    const lastJob = closed.at(-1)?.job
    if (lastJob === undefined) return
    const usages = shareUsage(takeUsage(lastJob.endAtMs), closed.length)
    for (const [index, { job, make, done }] of closed.splice(0).entries()) {
      const usage = usages[index]
      if (usage !== undefined && job.isSettled) onUnclaimed(usage)
      else if (usage !== undefined) done.usage = usage
      job.settle(make(done))
    }
  }

  return {
    jobs,
    add(job) {
      jobs.push(job)
      if (jobs.length === 1) begin(job)
      return ++last
    },
    running: () => last - jobs.length + 1,
    close,
    takeRest: () => jobs.splice(0),
    tell,
  }
}
