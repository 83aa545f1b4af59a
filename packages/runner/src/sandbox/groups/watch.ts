/**
 * Groups for hosts that give the server no control group: each sandbox is looked at from outside, several times a second,
 * and ended as a whole when it holds more memory than it may. Between two looks RLIMIT_DATA bounds each process; it counts
 * private memory that can be written, so reserved address space of V8 and the JVM does not matter.
 */
import { setPriority } from 'node:os'
import {
  type GroupLimits,
  type GroupUsage,
  NO_USAGE,
  type ProcessGroup,
  type ProcessGroups,
  type Purpose,
} from './groups.ts'
import { leaveFirst } from './oom-score.ts'
import {
  anonymousBytes,
  cpuMicroseconds,
  descendants,
  proportionalBytes,
  sharedBytesOfMachine,
  tmpfsBytes,
  unnamedFileBytes,
} from './processes.ts'

const LOOK_MS = 200
/** The watching may cost this part of a processor, unless looks would then be further apart than this. */
const LARGEST_COST = 0.1
const LONGEST_REST_MS = 1000
const TMPFS = ['/tmp', '/home/algo', '/dev/shm', '/run', '/opt/algorithm']
const NICENESS: Readonly<Record<Purpose, number>> = { worker: 5, template: 5, build: 15 }

const GAPS = [
  'Memory of a sandbox is looked at five times a second: it can hold more than its limit for that long.',
  'Processor time of a sandbox is not held; workers and builds only have a lower priority than the server.',
  'Processes of a sandbox are held by RLIMIT_NPROC, which counts them by user namespace.',
]

interface Watched {
  nextLookMs: number
  look(sharedBytes: number): void
}

export function createWatch(): ProcessGroups {
  const watched = new Set<Watched>()
  let timer: NodeJS.Timeout | null = null

  function lookAtAll(): void {
    const startMs = performance.now()
    const due = [...watched].filter(({ nextLookMs }) => nextLookMs <= startMs)
    if (due.length === 0) return
    const before = process.cpuUsage()
    const sharedBytes = sharedBytesOfMachine()
    for (const one of due) one.look(sharedBytes)
    const { user, system } = process.cpuUsage(before)
    const restMs = Math.min(LONGEST_REST_MS, (user + system) / 1000 / LARGEST_COST)
    if (restMs > LOOK_MS) for (const one of due) one.nextLookMs = startMs + restMs
  }

  function open(limits: GroupLimits, purpose: Purpose): ProcessGroup {
    /** Processes whose descendants are the sandbox; the last is bubblewrap. */
    const roots: number[] = []
    let usage = NO_USAGE
    let memoryBytes = 0
    const one: Watched = {
      nextLookMs: 0,
      look(sharedBytes) {
        const seen = examine(roots, sharedBytes, limits.memoryBytes)
        memoryBytes = seen.bytes
        usage = merge(usage, seen, limits.memoryBytes)
        if (usage.wasOutOfMemory) killTrees(roots)
      },
    }
    const add = (pid: number) => {
      roots.push(pid)
      leaveFirst(pid, purpose)
      lowerPriority(pid, purpose)
      watched.add(one)
      timer ??= setInterval(lookAtAll, LOOK_MS).unref()
    }
    return {
      rlimits: [`--data=${2 * limits.memoryBytes}`],
      add,
      admit: async (pid) => add(pid),
      usage: () => usage,
      processorMicroseconds: () => usage.cpuMicroseconds,
      peakMemoryBytes: () => usage.peakMemoryBytes,
      // Asked right after the start it may not have been looked at yet.
      memoryBytes: () => memoryBytes || examine(roots, sharedBytesOfMachine(), limits.memoryBytes).bytes,
      release: () => stopWatching(one),
    }
  }

  function stopWatching(one: Watched): void {
    watched.delete(one)
    if (watched.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }

  async function close(): Promise<void> {
    for (const one of watched) stopWatching(one)
  }

  return { kind: 'watch', gaps: GAPS, passedOver: [], environment: {}, open, close }
}

interface Seen {
  readonly bytes: number
  readonly cpuMicroseconds: number
}

/** Cheap unless the sandbox may be above its limit. */
function examine(roots: readonly number[], sharedBytes: number, limitBytes: number): Seen {
  const pids = roots.flatMap(descendants)
  const sum = (of: (pid: number) => number) => pids.reduce((total, pid) => total + of(pid), 0)
  const tmpfs = tmpfsBytes(pids.at(-1) ?? 0, TMPFS)
  const seen = { bytes: tmpfs + sum(anonymousBytes), cpuMicroseconds: sum(cpuMicroseconds) }
  if (seen.bytes + sharedBytes <= limitBytes) return seen
  const unnamed = unnamedFileBytes(pids, 'memory')
  return { ...seen, bytes: tmpfs + unnamed + sum((pid) => proportionalBytes(pid) ?? anonymousBytes(pid)) }
}

function merge(before: GroupUsage, { bytes, cpuMicroseconds: cpu }: Seen, limitBytes: number): GroupUsage {
  return {
    peakMemoryBytes: Math.max(before.peakMemoryBytes, bytes),
    cpuMicroseconds: Math.max(before.cpuMicroseconds, cpu),
    wasOutOfMemory: before.wasOutOfMemory || bytes > limitBytes,
    refusedProcesses: 0,
  }
}

function killTrees(roots: readonly number[]): void {
  for (const pid of roots.flatMap((root) => [-root, ...descendants(root)])) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {}
  }
}

function lowerPriority(pid: number, purpose: Purpose): void {
  try {
    setPriority(pid, NICENESS[purpose])
  } catch {}
}
