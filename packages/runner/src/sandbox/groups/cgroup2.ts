/**
 * Groups by control groups of version 2, under the server's own group. A group that hands out controllers must hold no
 * processes itself, so those that are in it are moved to a leaf beside the family first.
 */
import { existsSync, mkdirSync, rmdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { accountFolder, createAccountFolders } from './account-folders.ts'
import {
  putProcess,
  putProcessAside,
  readEntry,
  readNumber,
  readProcesses,
  readText,
  setControl,
  trySetControl,
} from './control-files.ts'
import { familyName, groupName, isFamilyName, removeGroups, removeLeftovers, removeOwnFamily } from './family.ts'
import type { GroupLimits, GroupUsage, ProcessGroup, ProcessGroups, Purpose } from './groups.ts'
import type { Hierarchies } from './hierarchies.ts'
import { leaveFirst } from './oom-score.ts'
import { createProcessorClock } from './processor-clock.ts'

const PERIOD_US = 100_000
/** The server's leaf keeps 100: its event loop goes first. */
const FAMILY_WEIGHT = 25
const WEIGHTS: Readonly<Record<Purpose, number>> = { worker: 100, template: 100, build: 12 }
const NEEDED = ['memory', 'pids'] as const
const ALL = [...NEEDED, 'cpu'] as const
/** Others may be starting processes while they are moved. */
const MOVE_ROUNDS = 5

/**
 * Makes the family.
 * @throws Error saying what the host does not give; nothing has changed then
 */
export function createCgroup2({ version2 }: Pick<Hierarchies, 'version2'>): ProcessGroups {
  const base = baseOf(version2)
  removeLeftovers(base)
  const name = familyName()
  const leaf = enableControllers(base, join(base, `${name}-server`))
  const family = join(base, name)
  makeFamily(family, () => leaveLeaf(base, leaf))
  const gaps = hasController(family, 'cpu')
    ? []
    : ['The server may not use the controller "cpu": processor time is not held.']
  const removals = new Set<Promise<void>>()
  const accounts = createAccountFolders((name) => [join(family, name)])
  let groups = 0

  function open(limits: GroupLimits, purpose: Purpose, account: string | null = null): ProcessGroup {
    const parent = join(family, accountFolder(account))
    if (account !== null) makeAccount(parent)
    const folder = join(parent, groupName(purpose, groups++))
    mkdirSync(folder)
    accounts.enter(account)
    limitFolder(folder, limits, purpose)
    // Its first line is `usage_usec`, with and without the controller "cpu".
    const clock = createProcessorClock(join(folder, 'cpu.stat'), 1)
    return {
      rlimits: [],
      add(pid) {
        leaveFirst(pid, purpose)
        putProcess(folder, pid)
      },
      async admit(pid) {
        leaveFirst(pid, purpose)
        await putProcessAside(folder, pid)
      },
      usage: () => readUsage(folder),
      processorMicroseconds: clock.readMicroseconds,
      peakMemoryBytes: () => readPeak(folder),
      memoryBytes: () => readNumber(folder, 'memory.current'),
      release() {
        clock.close()
        const removal = removeGroups([folder]).finally(() => {
          accounts.leave(account)
          removals.delete(removal)
        })
        removals.add(removal)
      },
    }
  }

  async function close(): Promise<void> {
    await Promise.all(removals)
    await removeOwnFamily(family)
    leaveLeaf(base, leaf)
  }

  return { kind: 'cgroup2', gaps, passedOver: [], environment: {}, open, close }
}

/** The group under which families are: the server's own, or the one above when another server moved this one to its leaf. */
function baseOf(version2: string | null): string {
  if (version2 === null) throw new Error('the host has no control groups of version 2')
  const base = isFamilyName(basename(version2)) ? dirname(version2) : version2
  const given = readText(base, 'cgroup.controllers').trim().split(/\s+/)
  const missing = NEEDED.filter((controller) => !given.includes(controller))
  if (missing.length > 0) throw new Error(`the server's own group (${base}) has no controller ${missing.join(', ')}`)
  return base
}

/** Returns the leaf that the processes were moved to, or null when that was not needed. */
function enableControllers(base: string, leaf: string): string | null {
  if (ALL.every((controller) => hasController(base, controller))) return null
  if (tryEnable(base)) return null
  mkdirSync(leaf)
  for (let round = 0; round < MOVE_ROUNDS; round++) {
    moveProcesses(base, leaf)
    if (tryEnable(base)) return leaf
  }
  leaveLeaf(base, leaf)
  throw new Error(`the server's own group (${base}) has other processes that cannot be moved`)
}

/**
 * True when those that sandboxes need are handed out. Memory comes first, and without it none: a group that has processes
 * may hand out the others, but is threaded from then on, and neither memory nor processes can go below it.
 */
function tryEnable(base: string): boolean {
  for (const controller of ALL) {
    trySetControl(base, 'cgroup.subtree_control', `+${controller}`)
    if (!hasController(base, 'memory')) return false
  }
  return NEEDED.every((controller) => hasController(base, controller))
}

function hasController(folder: string, controller: string): boolean {
  return readText(folder, 'cgroup.subtree_control').trim().split(/\s+/).includes(controller)
}

function moveProcesses(from: string, to: string): void {
  for (const pid of readProcesses(from)) {
    try {
      putProcess(to, pid)
    } catch {}
  }
}

/** Puts everything back as it was, unless another server needs the controllers. */
function leaveLeaf(base: string, leaf: string | null): void {
  if (leaf === null) return
  for (const controller of ALL) trySetControl(base, 'cgroup.subtree_control', `-${controller}`)
  moveProcesses(leaf, base)
  try {
    rmdirSync(leaf)
  } catch {}
}

function makeFamily(family: string, undo: () => void): void {
  try {
    mkdirSync(family)
    if (!tryEnable(family)) throw new Error(`the controllers of ${family} cannot be handed on`)
    trySetControl(family, 'cpu.weight', FAMILY_WEIGHT)
  } catch (error) {
    try {
      rmdirSync(family)
    } catch {}
    undo()
    throw error
  }
}

/** What is handed out to it, it has to hand on. */
function makeAccount(folder: string): void {
  if (existsSync(folder)) return
  mkdirSync(folder)
  tryEnable(folder)
}

function limitFolder(folder: string, limits: GroupLimits, purpose: Purpose): void {
  setControl(folder, 'memory.max', limits.memoryBytes)
  setControl(folder, 'pids.max', limits.processes)
  // A kernel without swap accounting has no such file; older kernels end one process instead of all.
  trySetControl(folder, 'memory.swap.max', 0)
  trySetControl(folder, 'memory.oom.group', 1)
  trySetControl(folder, 'cpu.max', `${Math.max(1000, Math.round(limits.cpus * PERIOD_US))} ${PERIOD_US}`)
  trySetControl(folder, 'cpu.weight', WEIGHTS[purpose])
}

function readUsage(folder: string): GroupUsage {
  return {
    peakMemoryBytes: readPeak(folder),
    cpuMicroseconds: readEntry(folder, 'cpu.stat', 'usage_usec'),
    wasOutOfMemory: readEntry(folder, 'memory.events', 'oom_kill') > 0,
    refusedProcesses: readEntry(folder, 'pids.events', 'max'),
  }
}

/** 0 on kernels before 5.19, which do not tell. */
function readPeak(folder: string): number {
  return readNumber(folder, 'memory.peak')
}
