/** What the composition root gives the runner, and the limits it works within. */
import { availableParallelism, totalmem } from 'node:os'
import type { PlatformGate } from './types.ts'

/** The part of pino's logger that the runner uses. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** `bubblewrap` contains author code; `trusted` does not and is for trusted code only. */
export type SandboxMode = 'bubblewrap' | 'trusted'

export interface RunnerLimits {
  /** Workers of one version and caller at the same time. */
  readonly workersPerVersion: number
  /** Workers of all versions together. */
  readonly workers: number
  /** Workers of one version and caller that may be loading at the same time. */
  readonly loadingPerVersion: number
  /** A worker without a call for this long ends. */
  readonly idleMs: number
  readonly loadTimeoutMs: number
  /** Calls of one version and caller that may wait for a worker, their bodies, and for how long (design.md 4). */
  readonly waitingCalls: number
  readonly waitingBytes: number
  readonly waitMs: number
  /** Largest answer (runtime.md 4.7), base64 of binary answers counted. */
  readonly answerBytes: number
  /** Printed output kept per call: its first and last half. */
  readonly outputBytes: number
  readonly buildLogBytes: number
  /** Largest sum of file sizes of an artifact. */
  readonly artifactBytes: number
  /** Size of a worker's private `/tmp`, in memory. */
  readonly tmpBytes: number
  /** What one worker or build step may use as a whole. */
  readonly memoryBytes: number
  readonly cpus: number
  readonly processes: number
  /** What each of its processes may use. */
  readonly openFiles: number
  /** Largest file that a process may write. */
  readonly fileBytes: number
}

export interface RunnerOptions {
  /** Data folder part that the runner owns: `artifacts`, `run`, `builds` and `runtime` in it. */
  readonly home: string
  readonly languagesFolder: string
  /** First host uid of the range that workers and builds run under; null when the server is not root: its own uid. */
  readonly uidBase: number | null
  readonly sandbox: SandboxMode
  /** Node binary and npm's folder, mounted at `/opt/node` for languages that need them. */
  readonly node: { readonly binary: string; readonly npmFolder: string | null }
  /** Environment added to builds (mirrors, proxies, CA settings) and CA bundles they must see, at the same paths. */
  readonly buildNetwork: { readonly env: Readonly<Record<string, string>>; readonly files: readonly string[] }
  readonly limits?: Partial<RunnerLimits>
  readonly gate: PlatformGate
  readonly log: Logger
}

const MIB = 1024 * 1024

/** The limits in force: defaults sized by this machine, replaced by what is given. */
export function resolveLimits(given: Partial<RunnerLimits> = {}): RunnerLimits {
  const cores = availableParallelism()
  const workersByMemory = Math.floor(totalmem() / (128 * MIB))
  return {
    workersPerVersion: Math.max(2, cores * 2),
    workers: Math.max(16, Math.min(512, workersByMemory)),
    loadingPerVersion: Math.max(2, cores),
    idleMs: 300_000,
    loadTimeoutMs: 300_000,
    waitingCalls: 100,
    waitingBytes: 10 * MIB,
    waitMs: 30_000,
    answerBytes: 15_000_000,
    outputBytes: MIB,
    buildLogBytes: 4 * MIB,
    artifactBytes: 8192 * MIB,
    tmpBytes: 512 * MIB,
    memoryBytes: 4096 * MIB,
    cpus: cores,
    processes: 1024,
    openFiles: 4096,
    fileBytes: 4096 * MIB,
    ...given,
  }
}
