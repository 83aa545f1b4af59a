/**
 * What the processes of one sandbox may use together, and what they have used. The seam between the sandbox, which puts
 * processes into a group, and the ways a host can hold a group to its limits: cgroup2.ts, cgroup1.ts, watch.ts.
 */

/** Limits of one sandbox as a whole (design.md 5). */
export interface GroupLimits {
  /** Memory of all processes, files in memory and swap included. */
  readonly memoryBytes: number
  /** Processor cores at most, such as 1.5. */
  readonly cpus: number
  /** Processes and threads. */
  readonly processes: number
}

/**
 * Who goes first when the machine is short: the server before workers, workers before builds. A template is what workers are
 * forked from: ours, and no call pays for it.
 */
export type Purpose = 'worker' | 'template' | 'build'

/** The account that a group counts for, told by the host uid that its processes have; undefined where all have the server's. */
export function accountOf(uid: number | null, purpose: Purpose): string | undefined {
  return uid === null || purpose === 'build' ? undefined : String(uid)
}

export interface GroupUsage {
  readonly peakMemoryBytes: number
  readonly cpuMicroseconds: number
  /** True when a process was ended because the group had no memory left. */
  readonly wasOutOfMemory: boolean
  /** Processes and threads that were not started because the group had as many as it may have. */
  readonly refusedProcesses: number
}

export interface ProcessGroup {
  /** Options of prlimit(1) that each process of the group needs, where the group alone is too slow. */
  readonly rlimits: readonly string[]
  /**
   * Puts a process in, and with it every process that it will start. Call it before the process can start any. The kernel
   * may take 10 ms over it, until each processor has seen that nobody starts a process meanwhile, and this waits for it.
   */
  add(pid: number): void
  /** The same while everything else goes on; the process starts none before it resolves. @throws Error when the kernel refuses */
  admit(pid: number): Promise<void>
  /** Some system calls; not for the path of a call. */
  usage(): GroupUsage
  /**
   * Processor time used so far, in whole microseconds; null where the host does not count it. Some microseconds, so that it
   * can be asked after each call. A watch tells what its last look saw.
   */
  processorMicroseconds(): number | null
  /** As `usage` tells it, without the rest. */
  peakMemoryBytes(): number
  /** Memory in use now; a system call or two. A watch tells what its last look saw. */
  memoryBytes(): number
  /** Removes the group and, where it can, kills what is left in it. */
  release(): void
}

export type GroupKind = 'cgroup2' | 'cgroup1' | 'watch'

export interface ProcessGroups {
  readonly kind: GroupKind
  /** What this kind does not hold on this host; sentences for the operator. */
  readonly gaps: readonly string[]
  /** Why no better kind is used; sentences for the operator. */
  readonly passedOver: readonly string[]
  /** What the first process of every group must have in its environment, among other things. */
  readonly environment: Readonly<Record<string, string>>
  /**
   * Makes a group. Those of one `account` have together as much of the processor as those of another, when both want it; a
   * group without one has its own part. Give builds none: all of them together come after workers.
   */
  open(limits: GroupLimits, purpose: Purpose, account?: string): ProcessGroup
  /** Removes what all groups had in common. */
  close(): Promise<void>
}

export const NO_USAGE: GroupUsage = {
  peakMemoryBytes: 0,
  cpuMicroseconds: 0,
  wasOutOfMemory: false,
  refusedProcesses: 0,
}
