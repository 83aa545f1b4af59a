/**
 * The seam between server and runner: one small interface whose messages are serialisable data (`Buffer`s are bytes),
 * so that a runner can live in this process or on another machine without the server noticing (design: runner).
 */

import type { WorkerLimits } from './limits.ts'

/** The four `metadata.content_type` values except `void`, which no algorithm ever produces (rest-api.md 4.5). */
export type ContentType = 'text' | 'json' | 'binary'

/** Network of a worker: no network but the platform API, or outbound internet. */
export type NetworkAccess = 'isolated' | 'full'

/** What one worker is bound to; calls that differ in any part never share a process. */
export interface WorkerKey {
  /** Account that calls (not the algorithm's owner). */
  readonly accountId: string
  readonly algorithmId: string
  /** Build that runs, published or not. */
  readonly buildId: string
  /** Digest of the key rights in force, empty for full rights. */
  readonly rights: string
}

/** Everything needed to start a worker. */
export interface WorkerSpec {
  readonly key: WorkerKey
  /** Offset of the caller account in the host uid range; unused when the server is not root. */
  readonly hostUid: number
  /** Name returned by {@link BuildResult.artifact}. */
  readonly artifact: string
  /** Folder name under `languages/`, such as `python3`. */
  readonly language: string
  readonly algorithm: { readonly owner: string; readonly name: string }
  readonly network: NetworkAccess
  /** The algorithm's own limits; each counts as far as it is below the operator's. */
  readonly limits?: Partial<WorkerLimits>
}

/**
 * Who an algorithm's own requests to the platform act as while a call runs, and while it loads for a call. The runner only carries it: it is handed
 * back with each connection that a worker opens (see {@link PlatformGate}).
 */
export interface CallIdentity {
  /** `req-<uuid>` of the running call. */
  readonly requestId: string
  /** Request id of the root call; names the session. */
  readonly sessionId: string
  /** Original caller, who pays and whose data `.my` is. */
  readonly callerId: string
  readonly algorithmId: string
  readonly algorithmOwnerId: string
  /** Algorithm of the root call; absent for root calls themselves. */
  readonly rootAlgorithmId?: string
  readonly buildId: string
  /** Key rights of the original call: `*` or the list of `algo://` patterns, and the data rights. */
  readonly rights: CallRights
  /** False when the version may not call other algorithms (`pipeline_enabled`). */
  readonly mayCallAlgorithms: boolean
  /** Nesting depth; 0 for the root call. */
  readonly depth: number
  /** Monotonic-free deadline of the root call: epoch milliseconds. */
  readonly deadlineAtMs: number
}

export interface CallRights {
  readonly algorithms: readonly string[]
  readonly dataRead: boolean
  readonly dataWrite: boolean
}

export interface CallRequest {
  readonly requestId: string
  readonly worker: WorkerSpec
  readonly contentType: ContentType
  /** Valid JSON text, UTF-8 text, or bytes, by `contentType`. */
  readonly body: Buffer
  /** Time the call may still take, waiting and loading included; at its end the worker's process group is killed. */
  readonly timeLeftMs: number
  /** The caller wants what it printed, so late output is waited for (runtime.md 2.5); it is kept for every call. */
  readonly wantsStdout: boolean
  readonly identity: CallIdentity
  /** Passed on to who hears of the call's end, and not looked at here. */
  readonly askerTimes?: AskerTimes | undefined
}

/** What who asks takes for a call beside the runner, in milliseconds. */
export interface AskerTimes {
  /** Before it asks: who calls, what, and the body. */
  readonly acceptMs: number
  /** Behind its end, until the answer is made; 0 before. */
  replyMs: number
}

/**
 * Why a worker was started that a call waited for. `first`: none of this version and caller had been started before;
 * `deployed`: one of another build had; `scaled`: others were busy or just starting; `evicted`: the last one had ended since it
 * was idle, or to make room; `recycled`: it had ended since secrets, settings or its age wanted that; `crashed`: it had ended by
 * itself, or was stopped for what its call did or how long that took.
 */
export type StartCause = 'first' | 'deployed' | 'scaled' | 'evicted' | 'recycled' | 'crashed'

/** Where the time of a call went; parts add up to the wall time in the runner. */
export interface CallTiming {
  readonly waitMs: number
  /** Starting the process of a new worker, with its sandbox; 0 for a warm one. */
  readonly startMs: number
  /** From then on until it was ready: loading the algorithm, and the interpreter where it is not there already; 0 for a warm one. */
  readonly loadMs: number
  /** Absent when it waited for no start. */
  readonly startCause?: StartCause
  readonly runMs: number
}

/**
 * What a call used, as the host's control group counted it. The sum over the calls of a worker and what it used for none
 * (`onUnclaimedUsage` of the runner's options) is what its group used. Calls shorter than a millisecond that were answered in one
 * piece are each told an even part of what they used together. Hosts without control groups are looked at five times a
 * second, in ticks of 10 ms: there a call is told what the looks since the call before saw, and what ended between two looks
 * is missing.
 */
export interface CallUsage {
  /** Since the end of the worker's call before: starting and loading count to its first call. */
  readonly cpuMicroseconds: number
  /** Highest of the worker so far, read at most every 100 ms: what a shorter call needed may be told with a later one. */
  readonly peakMemoryBytes: number
}

export type CallOutcome =
  | {
      readonly kind: 'result'
      readonly contentType: ContentType
      /** JSON text, UTF-8 text, or bytes, by `contentType`. */
      readonly body: Buffer
      /** What it printed, wanted or not; absent when that was nothing. */
      readonly stdout?: string
      readonly timing: CallTiming
      /** Absent where the host does not count, and for calls that no worker ran. */
      readonly usage?: CallUsage
    }
  | {
      readonly kind: 'error'
      readonly message: string
      readonly stacktrace?: string
      /** As the algorithm gave it, or one of the platform's (runtime.md 2.10). */
      readonly errorType: string
      /** Set when its version does not load and was not tried for this call: when it is tried again. */
      readonly retryAfterMs?: number
      /** What it printed, wanted or not; absent when that was nothing. */
      readonly stdout?: string
      readonly timing: CallTiming
      /** Absent where the host does not count, and for calls that no worker ran. */
      readonly usage?: CallUsage
    }
  | {
      /**
       * The call never started: too many are waiting, the machine is short of memory, workers of its version end by themselves
       * again and again, or the runner is closing.
       */
      readonly kind: 'refused'
      readonly reason: 'queue-full' | 'waited-too-long' | 'closing' | 'sandbox-unavailable' | 'host-busy' | 'crashing'
      readonly message: string
      readonly retryAfterMs: number
    }

export interface BuildRequest {
  readonly buildId: string
  /** Account that owns the algorithm; its uid runs the build. */
  readonly accountId: string
  readonly hostUid: number
  readonly algorithm: { readonly owner: string; readonly name: string }
  readonly language: string
  /** Absolute path of the bare repository, readable by the owner's uid, and the commit to check out. */
  readonly source: { readonly repository: string; readonly commitSha: string }
  /** Within the operator's maximum for builds. */
  readonly timeoutMs: number
  /** What the owner's calls of it may reach. When it is said, the first of their workers is prepared while this is built. */
  readonly network?: NetworkAccess
}

export type BuildResult =
  | { readonly status: 'succeeded' /** Name of a folder in the artifact store. */; readonly artifact: string }
  | { readonly status: 'failed' /** One line for people; details are in the log. */; readonly reason: string }

/** Why something that author code did was stopped. */
export type ContainmentCause = 'memory' | 'processes' | 'time' | 'disk' | 'output' | 'protocol' | 'system-call'

/** What workers are forked from (decision 0044). */
export interface TemplateStats {
  /** One per account and language, and one per version and its caller. */
  readonly environments: number
  readonly versions: number
  /** Forks that wait for a worker to be wanted. */
  readonly readyForks: number
  /** Those of them that hold a started program, and the memory that these take. */
  readonly readyRuntimes: number
  readonly runtimeBytes: number
  /** Memory of the templates, which their forks share. */
  readonly memoryBytes: number
}

export interface RunnerStats {
  readonly workers: number
  readonly busyWorkers: number
  /** Not ready yet; part of `workers`, as the busy ones are. */
  readonly loadingWorkers: number
  readonly waitingCalls: number
  readonly runningBuilds: number
  /** How often workers and builds were stopped for what they did, by cause, since the start. */
  readonly contained: Readonly<Record<ContainmentCause, number>>
}

/** Workers that are to be ready before anybody calls. */
export interface WarmWorkers {
  readonly worker: WorkerSpec
  /** How many at least, within the operator's ceilings. */
  readonly count: number
  /** True: others go without for them; false: they take room that is free, and give it to calls of others. */
  readonly isReserved: boolean
  /** Who they act as while they load. */
  readonly identity: CallIdentity
}

/** Selects workers to be replaced; an absent member matches all. */
export interface RecycleFilter {
  readonly accountId?: string
  readonly algorithmId?: string
  readonly buildId?: string
}

export interface Runner {
  /** Runs one build in a sandbox; log text arrives as it is written. Aborting kills it and answers `failed`. */
  build(request: BuildRequest, options: { onLog(text: string): void; signal?: AbortSignal }): Promise<BuildResult>
  /** Runs one call on a warm or new worker. Never rejects for what an algorithm does. */
  call(request: CallRequest): Promise<CallOutcome>
  /**
   * Ends a call: one that waits never starts, of one that runs the worker is killed; its outcome is an error of type
   * `SystemExit`. False when no such call waits or runs.
   */
  cancel(requestId: string): boolean
  /** Idle workers that match end now, busy ones after their call. */
  recycle(filter: RecycleFilter): Promise<void>
  /**
   * Keeps these ready from now on, in the place of those that were named before. They do not end when they are idle, but when memory
   * is short; and to make room for others, unless they are reserved.
   */
  keepWarm(wanted: readonly WarmWorkers[]): void
  /** Deletes a build's artifact. No worker may use it any more. */
  removeArtifact(artifact: string): Promise<void>
  /** True while a call waits for or runs on a worker of the artifact, or one is idle. */
  isInUse(artifact: string): boolean
  /** What an artifact takes on the disk, in bytes; 0 when it is gone. */
  measureArtifact(artifact: string): Promise<number>
  /** Deletes every artifact but these: what a crash left between the end of a build and its record. */
  keepArtifacts(artifacts: readonly string[]): Promise<void>
  /**
   * Removes packages that builds have installed and that were kept for the next ones, the longest unused first, until they take
   * `maxBytes` at most; by default what the limits say. Returns how many bytes went.
   */
  trimPackages(maxBytes?: number): Promise<number>
  stats(): RunnerStats
  /** Null when no worker is forked. Reads a file or two for each template: not for the path of a call. */
  templates(): TemplateStats | null
  /** Ends builds and workers; calls in progress get `graceMs` to finish. */
  close(options?: { graceMs?: number }): Promise<void>
}

/**
 * The identity of the call that runs in a worker, while it loads that of the call it loads for, and null between calls. A
 * promise when it takes a moment to tell which of several calls runs.
 */
export type IdentityOfWorker = () => CallIdentity | null | Promise<CallIdentity | null>

/**
 * Takes the connections that workers open to the platform API. `identity` is asked once per request on the connection,
 * never cached by a receiver.
 */
export interface PlatformGate {
  accept(connection: import('node:net').Socket, identity: IdentityOfWorker): void
}
