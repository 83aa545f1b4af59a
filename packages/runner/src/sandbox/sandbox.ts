/**
 * What every sandbox does: start a command with nothing but what its specification names. The specification is data;
 * the two ways to carry it out are bubblewrap.ts and trusted.ts.
 */
import type { ChildProcess } from 'node:child_process'
import type { GroupLimits, ProcessGroup, Purpose } from './groups/groups.ts'
import type { NetworkKind } from './network/networks.ts'
import type { Overlay } from './overlay.ts'

/** A host path shown inside; read-only unless `writable`. */
export interface Bind {
  readonly source: string
  readonly target: string
  readonly writable?: true
}

export interface SandboxSpec {
  readonly purpose: Purpose
  readonly binds: readonly Bind[]
  /** Private empty folders in memory. `/tmp` is one unless a bind takes its place. */
  readonly tmpfs: readonly { readonly target: string; readonly sizeBytes: number }[]
  /** Made before the sandbox starts; a bind shows it inside. */
  readonly overlay?: Overlay
  readonly network: NetworkKind
  /** Host uid and gid; null keeps the server's. */
  readonly uid: number | null
  readonly env: Readonly<Record<string, string>>
  /** Further variables, never to be logged; one that `env` has too counts there. */
  readonly secrets?: Readonly<Record<string, string>>
  readonly cwd: string
  readonly command: readonly string[]
  /** `null` reads nothing; `pipe` is for requests on standard input. */
  readonly stdin: 'null' | 'pipe'
  /** Descriptors of this process that become 1 and 2. */
  readonly output: readonly [number, number]
  /** Gives the command one end of a stream socket as descriptor 3. */
  readonly socket: boolean
  readonly limits: SandboxLimits
  /** For our own code only: it may make namespaces for its forks, which then get what this sandbox leaves out. */
  readonly isTemplate?: true
}

/** Limits of the sandbox as a whole, and those of each process in it. */
export interface SandboxLimits extends GroupLimits {
  readonly openFiles: number
  /** Largest file that a process may write. */
  readonly fileBytes: number
}

/** What the runner needs to know of a process in a sandbox. */
export type SandboxProcess = Pick<ChildProcess, 'pid' | 'stdin' | 'stdio' | 'once'>

/** A command that was started. */
export interface Started {
  readonly child: ChildProcess
  readonly group: ProcessGroup
  /** Frees what the start took from the host; call it when every process has ended. */
  release(): Promise<void>
}

export interface Sandbox {
  readonly mode: 'bubblewrap' | 'trusted'
  /**
   * Starts the command in a process group of its own. A program that is missing arrives as the child's `error` event.
   * @throws Error with a message for the operator when the host cannot give what the specification asks for
   */
  start(spec: SandboxSpec): Promise<Started>
  /** Ends what all starts had in common. */
  close(): Promise<void>
}

/** Kills the process group and, in bubblewrap, with it everything inside. Safe at any time. */
export function killGroup(child: Pick<SandboxProcess, 'pid'>): void {
  if (child.pid === undefined) return
  // An exited leader's number may have been given to somebody else once its group is empty as well; while one of the
  // group lives the number is not given away.
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {}
}

/**
 * Resource limits as a prefix of the command; `more` are options of prlimit(1) that the group adds. A core size of 1 rather
 * than 0, since the kernel starts a host's core dump program even at 0.
 */
export function limitPrefix(limits: SandboxLimits, more: readonly string[]): string[] {
  const { openFiles, processes, fileBytes } = limits
  const own = ['--core=1', `--nofile=${openFiles}`, `--nproc=${processes}`, `--fsize=${fileBytes}`]
  return ['/usr/bin/prlimit', ...own, ...more, '--']
}
