/** When a pool starts one more worker, for whom and why. Owns how many load, and how many are kept ready. */
import type { Job } from './job.ts'
import type { RunnerLimits } from './limits.ts'
import type { KeptWarm, SharedRoom } from './pooling.ts'
import { identityOfSpare } from './renewal.ts'
import type { StartTrouble } from './start-trouble.ts'
import type { CallIdentity, StartCause, WorkerSpec } from './types.ts'
import type { WaitingCalls } from './waiting-calls.ts'
import type { Worker } from './worker-states.ts'

export interface Growth {
  /** Workers that are started and not ready. */
  loading(): number
  /** What is kept ready whether somebody calls or not. */
  warm(): KeptWarm | null
  keepWarm(wanted: KeptWarm | null): void
  /** Starts workers while somebody needs one and there is room. */
  grow(): void
  /** The same for those that still wait after the time of a short call, and were not answered by whoever is ready. */
  growSoon(): void
  /** Starts one that no call waits for; null when there is no room without taking it from others. */
  startSpare(): Worker | null
  /** It is loaded. Returns why it was started. */
  ready(worker: Worker): StartCause | null
  ended(worker: Worker): void
}

export interface GrowthOptions {
  readonly spec: WorkerSpec
  readonly limits: Pick<RunnerLimits, 'workersPerVersion' | 'loadingPerVersion' | 'shortCallMs' | 'loadTimeoutMs'>
  readonly workers: Set<Worker>
  readonly waiting: WaitingCalls
  readonly trouble: StartTrouble
  readonly starts: SharedRoom['starts']
  /** One has loaded, and is not on its way out. */
  hasLoadedWorker(): boolean
  /** The machine has no processor to spare. */
  areProcessorsBusy(): boolean
  /** As of the room that all pools share. */
  mayStart(): boolean
  hasPlace(): boolean
  /** Starts a worker that acts as `loadsFor` while it loads. */
  create(loadsFor: CallIdentity): Worker
  /** Who called last. */
  lastCaller(): CallIdentity | null
}

/**
 * While every processor is busy, calls of a version that has a worker wait so long before it gets a further one: to start it takes
 * 40 ms of processors and more, and most calls have their answer sooner than it could begin with them (decision 0086).
 */
const PATIENCE_MS = 100

export function createGrowth(options: GrowthOptions): Growth {
  const { spec, limits, workers, waiting, trouble, starts } = options
  const causes = new WeakMap<Worker, StartCause>()
  let loading = 0
  let warm: KeptWarm | null = null
  let growing: NodeJS.Timeout | null = null

  function grow(): void {
    while (workers.size < limits.workersPerVersion && loading < limits.loadingPerVersion) {
      const loadsFor = whoNeedsAnother()
      if (loadsFor === null || isInTrouble() || !mayTakeRoom()) return
      start(loadsFor)
    }
  }

  /** A call that no worker loads for yet, or whoever wants some ready. */
  function whoNeedsAnother(): CallIdentity | null {
    const first = waiting.at(loading)
    if (first !== undefined) return mayBeAnsweredSooner(first) ? null : first.request.identity
    return warm !== null && workers.size < warm.count ? warm.identity : null
  }

  const mayBeAnsweredSooner = ({ arrivedAtMs }: Job): boolean =>
    options.hasLoadedWorker() && performance.now() - arrivedAtMs < PATIENCE_MS && options.areProcessorsBusy()

  const isInTrouble = (): boolean => trouble.isInForce(performance.now())

  const isAnotherWanted = (): boolean => waiting.count() > loading || workers.size < (warm?.count ?? 0)

  /** Workers that nobody calls yet take room from others only when they are reserved. */
  function mayTakeRoom(): boolean {
    const isCalled = waiting.count() > loading || workers.size < (warm?.reserved ?? 0)
    return isCalled ? options.mayStart() : options.hasPlace()
  }

  function start(loadsFor: CallIdentity): Worker {
    const cause = whyStart()
    loading++
    const worker = options.create(loadsFor)
    workers.add(worker)
    causes.set(worker, cause)
    return worker
  }

  /** One that crashed is told of as ended when all of it is gone, which is later than its call's end. */
  function whyStart(): StartCause {
    const all = [...workers]
    if (all.some((worker) => isEnding(worker) && !worker.isRetired)) starts.noteEnd(spec, 'crashed')
    return starts.causeOf(spec, !all.every(isEnding))
  }

  return {
    loading: () => loading,
    warm: () => warm,
    keepWarm(wanted) {
      warm = wanted
      grow()
    },
    grow,
    growSoon() {
      if (growing !== null || !isAnotherWanted()) return
      growing = setTimeout(() => {
        // When the loop was held up, the answer that the call waits for may be here unread.
        setImmediate(() => {
          growing = null
          grow()
        })
      }, limits.shortCallMs).unref()
    },
    startSpare() {
      const last = options.lastCaller() ?? warm?.identity
      if (last === undefined || workers.size >= limits.workersPerVersion || isInTrouble()) return null
      return options.hasPlace() ? start(identityOfSpare(last, limits.loadTimeoutMs)) : null
    },
    ready(worker) {
      loading--
      return causes.get(worker) ?? null
    },
    ended(worker) {
      if (worker.readyAtMs === 0) loading--
    },
  }
}

/** Killed ones are busy without a call until they are gone. */
const isEnding = ({ isRetired, state, jobs }: Worker) =>
  isRetired || state === 'ended' || (state === 'busy' && jobs.length === 0)
