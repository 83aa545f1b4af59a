/**
 * Runs builds, a few at a time. A build is recorded durably before anything else happens to it, ends in one update,
 * and never stays in progress: what a crash interrupted is run again at the next start (runtime.md 1.5).
 * It knows neither HTTP nor who may build what.
 */
import type { BuildRequest, BuildResult, Runner } from '@algorist/runner/types.ts'
import type { Logger } from 'pino'
import type { AccountDirectory } from '../accounts/directory.ts'
import type { Catalog } from '../algorithms/catalog.ts'
import { holdAlgorithm } from '../algorithms/records.ts'
import type { Database } from '../db/schema.ts'
import type { Repositories } from '../git/repositories.ts'
import { createLiveLog, type LiveLog } from './live-log.ts'
import {
  type BuildRow,
  finishBuild,
  hasBuildOf,
  insertBuild,
  readAlgorithmsBuiltSince,
  readArtifacts,
  readAwaitedArtifacts,
  readBuild,
  readBuildsInProgress,
  readBuiltCommits,
  setSampleOutput,
} from './queries.ts'

export interface BuildQueueOptions {
  readonly db: Database
  readonly log: Logger
  readonly runner: Pick<Runner, 'build' | 'removeArtifact' | 'keepArtifacts'>
  readonly catalog: Catalog
  readonly directory: AccountDirectory
  readonly repositories: Repositories
  /** Builds at a time. */
  readonly parallel: number
  readonly timeoutMs: number
  /** False while the disk is too full: what waits goes on waiting. */
  readonly hasRoom: () => boolean
  /** Called when a build has ended and calls find it. */
  readonly onChange?: (algorithmId: string) => Promise<void>
  /** Called when a build of the default branch's head begins; see algorithms/readme.ts. */
  readonly onHeadBuild?: (algorithmId: string, commitSha: string) => Promise<void>
  /** Ends a build in another process that still finishes what it has begun. */
  readonly stopElsewhere: (buildId: string, note: string) => Promise<boolean>
  /** Runs the sample input with a build that succeeded; null when there is none. Bounds its own time. */
  readonly runSample?: (build: BuildRow) => Promise<string | null>
}

export interface NewBuildRequest {
  readonly algorithmId: string
  readonly commitSha: string
  /** Account that caused it. */
  readonly requestedBy: string
}

export interface BuildQueue {
  /** Records a build and lets it run; resolves once the record is durable. Undefined when the algorithm is gone. */
  enqueue(request: NewBuildRequest): Promise<BuildRow | undefined>
  /** Runs a build that is recorded already, as part of a larger transaction. */
  start(build: BuildRow): void
  /** Waits for the end of a build; undefined when it is gone. Rejects when `signal` aborts or the queue closes. */
  waitFor(buildId: string, signal?: AbortSignal): Promise<BuildRow | undefined>
  /** Live log of a build in progress; see {@link LiveLog.subscribe}. Does nothing for any other build. */
  subscribe(buildId: string, listener: (text: string) => void): () => void
  /** Log so far of a build in progress. */
  liveLog(buildId: string): string | undefined
  /** Runs the algorithm's current sample input with a successful build; null when there is none. */
  runSample(buildId: string): Promise<string | null>
  /** Resolves once calls find every build of the algorithm that is recorded as ended: before somebody is told of it. */
  known(algorithmId: string): Promise<void>
  /** True while builds run or wait here. */
  isBusy(): boolean
  /** Ends the builds of an algorithm that is being deleted. */
  cancel(algorithmId: string): void
  /**
   * Ends one build, which then has failed; `note` becomes a line of its log. Resolves when its end is recorded; to false when
   * it is not in progress.
   */
  stop(buildId: string, note: string): Promise<boolean>
  /** The same for builds that run in this process. */
  stopHere(buildId: string, note: string): Promise<boolean>
  /** Builds the head of one repository unless a build of it is recorded. */
  ensureHeadBuilt(algorithmId: string): Promise<void>
  /**
   * Before anything is served: deletes artifacts that no build refers to and no stored call waits for. A crash leaves them
   * between the end of a build and its record, and between the end of a record and that of its files.
   */
  sweep(): Promise<void>
  /** Reads algorithms again whose builds another server has finished since then. */
  learnOf(since: Date): Promise<void>
  /** After a start: runs interrupted builds again and builds every head that has no record. */
  recover(): Promise<void>
  /** Stops running builds without recording an end, so that the next start runs them again. */
  close(): Promise<void>
}

interface Job {
  readonly build: BuildRow
  readonly log: LiveLog
  readonly abort: AbortController
  readonly done: PromiseWithResolvers<BuildRow | undefined>
  /** Its log says already that it waits for disk space. */
  isToldToWait: boolean
}

const roomCheckMs = 1000

export function createBuildQueue(options: BuildQueueOptions): BuildQueue {
  const { db, log, runner, catalog, directory, repositories } = options
  const jobs = new Map<string, Job>()
  const waiting: Job[] = []
  const running = new Set<Promise<void>>()
  /** Ends of builds that are being written down, until calls know of them. */
  const recordings = new Set<{ readonly algorithmId: string; readonly done: Promise<void> }>()
  let isClosed = false
  let roomCheck: NodeJS.Timeout | undefined

  function start(build: BuildRow): void {
    if (isClosed || jobs.has(build.id)) return
    const job = {
      build,
      log: createLiveLog(),
      abort: new AbortController(),
      done: Promise.withResolvers<BuildRow | undefined>(),
      isToldToWait: false,
    }
    // Nobody has to be waiting.
    job.done.promise.catch(() => {})
    jobs.set(build.id, job)
    waiting.push(job)
    startNext()
  }

  function startNext(): void {
    while (!isClosed && waiting.length > 0 && running.size < options.parallel) {
      if (!options.hasRoom()) {
        waitForRoom()
        return
      }
      const job = waiting.shift()
      if (job) begin(job)
    }
  }

  /** Recorded is recorded: a build that the disk has no room for starts later, as if others were before it. */
  function waitForRoom(): void {
    for (const job of waiting) {
      if (!job.isToldToWait) job.log.append("The server's disk is nearly full; the build starts when there is room.\n")
      job.isToldToWait = true
    }
    roomCheck ??= setTimeout(() => {
      roomCheck = undefined
      startNext()
    }, roomCheckMs).unref()
  }

  function begin(job: Job): void {
    const work: Promise<void> = run(job).finally(() => {
      jobs.delete(job.build.id)
      running.delete(work)
      startNext()
    })
    running.add(work)
  }

  /** Never rejects. */
  async function run(job: Job): Promise<void> {
    const { build } = job
    try {
      const result = await buildOnce(job)
      if (isClosed) throw new Error('the server is closing')
      await end(job, result)
      job.done.resolve(await readBuild(db, build.id))
    } catch (error) {
      if (!isClosed) log.error({ err: error, buildId: build.id }, 'a build could not be finished')
      job.done.reject(error)
    }
  }

  async function buildOnce(job: Job): Promise<BuildResult> {
    try {
      if (job.abort.signal.aborted) return failed(job, 'The build was stopped.')
      const request = requestOf(job.build)
      if (!request) return failed(job, 'The algorithm was deleted.')
      await noteHead(job.build)
      return await runner.build(request, { onLog: job.log.append, signal: job.abort.signal })
    } catch (error) {
      log.error({ err: error, buildId: job.build.id }, 'the runner could not build')
      return failed(job, 'The server could not run the build; its operator finds the cause in the log.')
    }
  }

  /** The runner writes first and last line of a log by itself; here it did not get to it. */
  function failed({ log: text }: Job, reason: string): BuildResult {
    text.append(`Build failed: ${reason}\n`)
    return { status: 'failed', reason }
  }

  function requestOf(build: BuildRow): BuildRequest | undefined {
    const algorithm = catalog.byId(build.algorithm_id)
    const owner = algorithm && directory.byId(algorithm.ownerId)
    if (!algorithm || !owner) return undefined
    return {
      buildId: build.id,
      accountId: owner.id,
      hostUid: owner.hostUid,
      algorithm: { owner: owner.name, name: algorithm.name },
      language: build.language,
      source: { repository: repositories.pathOf(algorithm), commitSha: build.commit_sha },
      timeoutMs: options.timeoutMs,
      network: algorithm.settings.networkAccess,
    }
  }

  async function noteHead({ algorithm_id, commit_sha, id }: BuildRow): Promise<void> {
    const algorithm = catalog.byId(algorithm_id)
    if (!algorithm || !options.onHeadBuild || (await repositories.head(algorithm)) !== commit_sha) return
    await options.onHeadBuild(algorithm_id, commit_sha).catch((error: unknown) => {
      log.warn({ err: error, buildId: id }, 'the README of a build could not be read')
    })
  }

  /** Durable first, then known to calls, then to those who wait. */
  async function end({ build, log: text }: Job, result: BuildResult): Promise<void> {
    const artifact = result.status === 'succeeded' ? result.artifact : null
    const isRecorded = await record(build, { status: result.status, artifact, log: text.text() })
    if (!isRecorded && artifact) return runner.removeArtifact(artifact)
    const sampleOutput = artifact && (await runSample(build))
    if (sampleOutput) await setSampleOutput(db, build.id, sampleOutput)
  }

  /** False when the build is gone, or its end is recorded already. */
  async function record({ id, algorithm_id }: BuildRow, end: Parameters<typeof finishBuild>[2]): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const recording = { algorithmId: algorithm_id, done: promise }
    recordings.add(recording)
    try {
      const isRecorded = await finishBuild(db, id, end)
      if (isRecorded || end.artifact === null) {
        await catalog.refresh(algorithm_id)
        await options.onChange?.(algorithm_id)
      }
      return isRecorded
    } finally {
      recordings.delete(recording)
      resolve()
    }
  }

  async function known(algorithmId: string): Promise<void> {
    for (const recording of [...recordings]) if (recording.algorithmId === algorithmId) await recording.done
  }

  /** Never rejects: a sample that cannot be run says nothing about the build. */
  async function runSample(build: BuildRow): Promise<string | null> {
    try {
      return (await options.runSample?.(build)) ?? null
    } catch (error) {
      log.warn({ err: error, buildId: build.id }, 'the sample input could not be run')
      return null
    }
  }

  const enqueue: BuildQueue['enqueue'] = async ({ algorithmId, commitSha, requestedBy }) => {
    const build = await db.transaction().execute(async (transaction) => {
      const algorithm = await holdAlgorithm(transaction, algorithmId)
      return (
        algorithm && insertBuild(transaction, { algorithmId, commitSha, language: algorithm.language, requestedBy })
      )
    })
    if (build) start(build)
    return build
  }

  const ensureHeadBuilt: BuildQueue['ensureHeadBuilt'] = async (algorithmId) => {
    const algorithm = catalog.byId(algorithmId)
    const commitSha = algorithm && (await repositories.head(algorithm))
    if (!commitSha || (await hasBuildOf(db, algorithmId, commitSha))) return
    await enqueue({ algorithmId, commitSha, requestedBy: algorithm.ownerId })
  }

  const stopHere: BuildQueue['stopHere'] = async (buildId, note) => {
    const job = jobs.get(buildId)
    if (!job || job.abort.signal.aborted) return false
    job.log.append(`\n${note}\n`)
    job.abort.abort()
    const index = waiting.indexOf(job)
    // One that waits needs no place to end.
    if (index >= 0) {
      waiting.splice(index, 1)
      begin(job)
    }
    await job.done.promise
    return true
  }

  return {
    enqueue,
    start,
    ensureHeadBuilt,
    subscribe: (buildId, listener) => jobs.get(buildId)?.log.subscribe(listener) ?? (() => {}),
    liveLog: (buildId) => jobs.get(buildId)?.log.text(),

    async waitFor(buildId, signal) {
      const job = jobs.get(buildId)
      if (!job) return readBuild(db, buildId)
      if (!signal) return job.done.promise
      const aborted = Promise.withResolvers<never>()
      const onAbort = () => aborted.reject(signal.reason)
      if (signal.aborted) onAbort()
      signal.addEventListener('abort', onAbort, { once: true })
      return Promise.race([job.done.promise, aborted.promise]).finally(() =>
        signal.removeEventListener('abort', onAbort),
      )
    },

    async runSample(buildId) {
      const build = await readBuild(db, buildId)
      return build?.status === 'succeeded' ? runSample(build) : null
    },

    known,
    isBusy: () => jobs.size > 0,

    cancel(algorithmId) {
      for (const { build, abort } of jobs.values()) if (build.algorithm_id === algorithmId) abort.abort()
    },

    sweep: async () => runner.keepArtifacts([...(await readArtifacts(db)), ...(await readAwaitedArtifacts(db))]),

    stopHere,
    stop: async (buildId, note) => (await stopHere(buildId, note)) || options.stopElsewhere(buildId, note),

    async learnOf(since) {
      for (const algorithmId of await readAlgorithmsBuiltSince(db, since)) await catalog.refresh(algorithmId)
    },

    async recover() {
      for (const build of await readBuildsInProgress(db)) start(build)
      const built = await readBuiltCommits(db)
      for (const algorithmId of catalog.ids()) {
        const algorithm = catalog.byId(algorithmId)
        const head = algorithm && (await repositories.head(algorithm).catch(() => null))
        if (!head || built.has(`${algorithmId}/${head}`)) continue
        log.info({ algorithmId, commitSha: head }, 'building a commit that has no build record')
        await ensureHeadBuilt(algorithmId)
      }
    },

    async close() {
      isClosed = true
      clearTimeout(roomCheck)
      for (const { abort } of jobs.values()) abort.abort()
      for (const { done } of waiting.splice(0)) done.reject(new Error('the server is closing'))
      await Promise.all(running)
    },
  }
}
