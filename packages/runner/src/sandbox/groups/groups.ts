/**
 * What the processes of one sandbox may use together, and what they have used. The seam between the sandbox, which puts
 * processes into a group, and the ways a host can hold a group to its limits.
 */

/** Limits of one sandbox as a whole (design.md 5). */
export interface GroupLimits {
  /** Memory of all processes, files in memory included. */
  readonly memoryBytes: number
  /** Processor cores at most, such as 1.5. */
  readonly cpus: number
  /** Processes and threads. */
  readonly processes: number
}

export interface GroupUsage {
  readonly peakMemoryBytes: number
  readonly cpuMicroseconds: number
  /** True when a process was ended because the group had no memory left. */
  readonly wasOutOfMemory: boolean
}

export interface ProcessGroup {
  /** Puts a process in, and with it every process that it will start. Call it before the process can start any. */
  add(pid: number): void
  usage(): GroupUsage
  /** Removes the group; its processes have ended. */
  release(): void
}

export interface ProcessGroups {
  open(limits: GroupLimits): ProcessGroup
  /** Removes what all groups had in common. */
  close(): void
}

/** Groups that hold nothing. */
export function createUnlimitedGroups(): ProcessGroups {
  const usage: GroupUsage = { peakMemoryBytes: 0, cpuMicroseconds: 0, wasOutOfMemory: false }
  return { open: () => ({ add: () => {}, usage: () => usage, release: () => {} }), close: () => {} }
}
