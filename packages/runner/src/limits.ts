/**
 * The limits that the runner works within: those of a worker, of a build, and of all of them together. Owns their defaults
 * and how an algorithm's own limits fit under the operator's; who holds a process to them is sandbox/groups.
 */
import { availableParallelism, totalmem } from 'node:os'
import type { SandboxLimits } from './sandbox/sandbox.ts'

/** What one worker may use (design.md 5). An algorithm's own may be lower, never higher. */
export interface WorkerLimits extends SandboxLimits {
  /** Size of its private `/tmp`, in memory: part of `memoryBytes`, as is what the kernel keeps about each file. */
  readonly tmpBytes: number
  /** Files and folders in `/tmp`, where the sandbox can bound them; elsewhere memory does. */
  readonly tmpFiles: number
  /** What it may write beside its code, where its language lets it: in memory as well. */
  readonly codeBytes: number
  readonly codeFiles: number
}

/** What one build may use: its commands together, from check-out to the finished artifact. */
export interface BuildLimits extends SandboxLimits {
  /** Wall time at most, whatever a request asks for. */
  readonly timeoutMs: number
  /** What it has on disk at any time while it runs: the tree, `/tmp` and the home folder. */
  readonly diskBytes: number
  /** Files, folders and links there. */
  readonly diskFiles: number
  readonly logBytes: number
  /** Largest sum of file sizes of an artifact, and its files, folders and links. */
  readonly artifactBytes: number
  readonly artifactFiles: number
  /** Packages that are kept for the next build, of all accounts together (dependency-layers.ts). 0: none are. */
  readonly keptPackagesBytes: number
}

export interface RunnerLimits {
  /** Workers of one version and caller at the same time. */
  readonly workersPerVersion: number
  /** Workers of all versions together, and those that one account calls. */
  readonly workers: number
  readonly workersPerAccount: number
  /** Workers of one version and caller that may be loading at the same time. */
  readonly loadingPerVersion: number
  /** A worker without a call for this long ends, and so does a template without a fork. */
  readonly idleMs: number
  /** A worker that has been ready for this long is replaced by a new one; Infinity: none is for its age. */
  readonly maxAgeMs: number
  /** Forks of a template that are made before they are wanted. */
  readonly readyForks: number
  /** The same for languages whose programs are started ahead, which take the memory of a worker each. 0: none are. */
  readonly readyRuntimes: number
  /**
   * How long the first worker of an account, which starts by itself, has the processor to itself before the template of the
   * next ones starts. 0: it waits for that template, where it can be forked.
   */
  readonly headStartMs: number
  /** Templates of environments, and of versions; one that is needed takes the place of the longest unused. */
  readonly environmentTemplates: number
  readonly versionTemplates: number
  /** Memory of a worker from which on further ones share it; what is less is not worth a template and forks that wait. */
  readonly sharedMemoryBytes: number
  readonly loadTimeoutMs: number
  /** Calls of one version and caller that may wait for a worker, their bodies, and for how long (design.md 4). */
  readonly waitingCalls: number
  readonly waitingBytes: number
  readonly waitMs: number
  /** Calls of a version that take less than this on average are given to busy workers ahead; 0: none are. */
  readonly shortCallMs: number
  /** Of the machine: so many workers that have short calls are enough. */
  readonly processors: number
  /** Largest answer (runtime.md 4.7), base64 of binary answers counted. */
  readonly answerBytes: number
  /** Printed output kept per call: its first and last half. */
  readonly outputBytes: number
  /** Percent of the machine's memory in use at which idle workers end and nothing new starts. */
  readonly memoryPercent: number
  /** Percent of the disk in use at which builds end and none starts. */
  readonly diskPercent: number
  /** Printed output read per second of one worker or build; it waits when it prints more. */
  readonly outputBytesPerSecond: number
  readonly worker: WorkerLimits
  readonly build: BuildLimits
}

/** Limits that replace defaults. */
export type GivenLimits = Partial<Omit<RunnerLimits, 'worker' | 'build'>> & {
  readonly worker?: Partial<WorkerLimits>
  readonly build?: Partial<BuildLimits>
}

const MIB = 1024 * 1024
const GIB = 1024 * MIB

/** The limits in force: defaults sized by this machine, replaced by what is given. */
export function resolveLimits(given: GivenLimits = {}): RunnerLimits {
  const cores = availableParallelism()
  const workersByMemory = Math.floor(totalmem() / (128 * MIB))
  const sandbox: SandboxLimits = {
    memoryBytes: Math.min(4 * GIB, Math.floor(totalmem() / 2)),
    cpus: cores,
    processes: 1024,
    openFiles: 4096,
    fileBytes: 4 * GIB,
  }
  return {
    workersPerVersion: Math.max(2, cores * 2),
    workers: Math.max(16, Math.min(512, workersByMemory)),
    workersPerAccount: Number.POSITIVE_INFINITY,
    loadingPerVersion: Math.max(2, cores),
    idleMs: 300_000,
    maxAgeMs: Number.POSITIVE_INFINITY,
    readyForks: 2,
    readyRuntimes: 1,
    headStartMs: 1000,
    environmentTemplates: Math.max(4, Math.min(64, Math.floor(totalmem() / (256 * MIB)))),
    sharedMemoryBytes: 24 * MIB,
    versionTemplates: Math.max(2, Math.min(64, Math.floor(totalmem() / GIB))),
    loadTimeoutMs: 300_000,
    waitingCalls: 100,
    waitingBytes: 10 * MIB,
    waitMs: 30_000,
    shortCallMs: 1,
    processors: cores,
    answerBytes: 15_000_000,
    outputBytes: MIB,
    memoryPercent: 95,
    diskPercent: 95,
    outputBytesPerSecond: 16 * MIB,
    ...given,
    worker: {
      ...sandbox,
      tmpBytes: 512 * MIB,
      tmpFiles: 100_000,
      codeBytes: 256 * MIB,
      codeFiles: 10_000,
      ...given.worker,
    },
    build: {
      ...sandbox,
      timeoutMs: 3_600_000,
      diskBytes: 16 * GIB,
      diskFiles: 1_000_000,
      logBytes: 4 * MIB,
      artifactBytes: 8 * GIB,
      artifactFiles: 500_000,
      keptPackagesBytes: 8 * GIB,
      ...given.build,
    },
  }
}

/** The limits of one algorithm's workers: each of its own that is lower than the operator's. */
export function workerLimits(operators: WorkerLimits, own: Partial<WorkerLimits> = {}): WorkerLimits {
  const limits: Record<string, number> = { ...operators }
  for (const [name, most] of Object.entries(operators)) {
    const asked: unknown = (own as Record<string, unknown>)[name]
    if (typeof asked === 'number' && asked > 0) limits[name] = Math.min(asked, most)
  }
  return limits as unknown as WorkerLimits
}
