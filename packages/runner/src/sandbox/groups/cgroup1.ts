/**
 * Groups by control groups of version 1: a family folder in each of the hierarchies memory, pids, cpu and cpuacct, under
 * the server's own group there. Only memory is needed; what else is missing is named in `gaps`.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { accountFolder, createAccountFolders } from './account-folders.ts'
import {
  killProcesses,
  putProcess,
  putProcessAside,
  readEntry,
  readNumber,
  setControl,
  trySetControl,
} from './control-files.ts'
import { familyName, groupName, removeGroups, removeLeftovers, removeOwnFamily } from './family.ts'
import type { GroupLimits, GroupUsage, ProcessGroup, ProcessGroups, Purpose } from './groups.ts'
import type { Hierarchies } from './hierarchies.ts'
import { createOomPoll } from './oom-poll.ts'
import { leaveFirst } from './oom-score.ts'
import { createProcessorClock } from './processor-clock.ts'

const PERIOD_US = 100_000
const NS_PER_US = 1000
/** Below a single thread of the server, which counts 1024: its event loop goes first. */
const FAMILY_SHARES = 256
const SHARES: Readonly<Record<Purpose, number>> = { worker: 1024, template: 1024, build: 128 }
const CONTROLLERS = ['memory', 'pids', 'cpu', 'cpuacct'] as const
type Controller = (typeof CONTROLLERS)[number]
type FolderPer = Partial<Record<Controller, string>>

const GAPS: Readonly<Record<Controller, string>> = {
  memory: '',
  pids: 'The host has no control group "pids": processes are held by RLIMIT_NPROC.',
  cpu: 'The host has no control group "cpu" that the server may use: processor time is not held.',
  cpuacct: 'The host has no control group "cpuacct" that the server may use: processor time is not counted.',
}

/**
 * Makes the family.
 * @throws Error when the server may not make a group that limits memory
 */
export function createCgroup1({ version1 }: Pick<Hierarchies, 'version1'>): ProcessGroups {
  const family = makeFamily(version1)
  const gaps = CONTROLLERS.filter((controller) => family[controller] === undefined).map((missing) => GAPS[missing])
  const removals = new Set<Promise<void>>()
  const poll = createOomPoll()
  const accounts = createAccountFolders((name) => unique(below(family, name)))
  let groups = 0

  function open(limits: GroupLimits, purpose: Purpose, account: string | null = null): ProcessGroup {
    const name = groupName(purpose, groups++)
    const folders = makeFolders(family, join(accountFolder(account), name))
    accounts.enter(account)
    limitFolders(folders, limits, purpose)
    const wasKilled = () => readEntry(folders.memory, 'memory.oom_control', 'oom_kill') > 0
    // The kernel ends one process; a worker without its child is of no use to anybody.
    const unwatch = poll.watch({ wasKilled, killRest: () => killProcesses(folders.memory ?? '') })
    const { cpuacct } = folders
    const clock = createProcessorClock(cpuacct && join(cpuacct, 'cpuacct.usage'), NS_PER_US)
    return {
      rlimits: [],
      add(pid) {
        leaveFirst(pid, purpose)
        for (const folder of unique(folders)) putProcess(folder, pid)
      },
      async admit(pid) {
        leaveFirst(pid, purpose)
        // One after the other: the first waits for all of them, and threads are few.
        for (const folder of unique(folders)) await putProcessAside(folder, pid)
      },
      usage: () => readUsage(folders, wasKilled()),
      processorMicroseconds: clock.readMicroseconds,
      peakMemoryBytes: () => readPeak(folders),
      memoryBytes: () => readNumber(folders.memory, 'memory.usage_in_bytes'),
      release() {
        unwatch()
        clock.close()
        const removal = removeGroups(unique(folders)).finally(() => {
          accounts.leave(account)
          removals.delete(removal)
        })
        removals.add(removal)
      },
    }
  }

  async function close(): Promise<void> {
    poll.close()
    await Promise.all(removals)
    await Promise.all(unique(family).map(removeOwnFamily))
  }

  return { kind: 'cgroup1', gaps, passedOver: [], environment: {}, open, close }
}

function makeFamily(version1: Hierarchies['version1']): FolderPer {
  const name = familyName()
  const family: FolderPer = {}
  for (const controller of CONTROLLERS) {
    const parent = version1.get(controller)
    if (parent === undefined) continue
    removeLeftovers(parent)
    try {
      mkdirSync(join(parent, name), { recursive: true })
      family[controller] = join(parent, name)
    } catch (error) {
      if (controller === 'memory') throw error
    }
  }
  if (family.memory === undefined) throw new Error('the host has no control group "memory" of version 1')
  if (family.cpu !== undefined) trySetControl(family.cpu, 'cpu.shares', FAMILY_SHARES)
  return family
}

function makeFolders(family: FolderPer, name: string): FolderPer {
  const folders = below(family, name)
  // Hierarchies that are mounted together are one folder, and an account's is made with its first group.
  for (const folder of unique(folders)) mkdirSync(folder, { recursive: true })
  return folders
}

function below(family: FolderPer, name: string): FolderPer {
  return Object.fromEntries(Object.entries(family).map(([controller, parent]) => [controller, join(parent, name)]))
}

function limitFolders({ memory, pids, cpu }: FolderPer, limits: GroupLimits, purpose: Purpose): void {
  if (memory !== undefined) {
    setControl(memory, 'memory.limit_in_bytes', limits.memoryBytes)
    // Memory and swap together; a kernel without the file has no swap to count.
    trySetControl(memory, 'memory.memsw.limit_in_bytes', limits.memoryBytes)
  }
  if (pids !== undefined) setControl(pids, 'pids.max', limits.processes)
  if (cpu !== undefined) {
    trySetControl(cpu, 'cpu.cfs_period_us', PERIOD_US)
    trySetControl(cpu, 'cpu.cfs_quota_us', Math.max(1000, Math.round(limits.cpus * PERIOD_US)))
    trySetControl(cpu, 'cpu.shares', SHARES[purpose])
  }
}

function readUsage(folders: FolderPer, wasOutOfMemory: boolean): GroupUsage {
  return {
    peakMemoryBytes: readPeak(folders),
    cpuMicroseconds: Math.round(readNumber(folders.cpuacct, 'cpuacct.usage') / NS_PER_US),
    wasOutOfMemory,
    refusedProcesses: readEntry(folders.pids, 'pids.events', 'max'),
  }
}

function readPeak({ memory }: FolderPer): number {
  return readNumber(memory, 'memory.max_usage_in_bytes')
}

function unique(folders: FolderPer): string[] {
  return [...new Set(Object.values(folders))]
}
