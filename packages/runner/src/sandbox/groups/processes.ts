/**
 * What the processes of a sandbox hold, seen from outside through `/proc`. A process that has ended, or that may not be
 * looked into, counts as holding nothing where that is said.
 */
import { readdirSync, readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs'

const PAGE_BYTES = 4096
const TICK_US = 10_000
const TMPFS_MAGIC = 0x01021994
/** Tells what its writable layer holds, which is in memory. */
const OVERLAY_MAGIC = 0x794c7630
/** What the kernel keeps about a file in memory, about. */
const INODE_BYTES = 1024

/** The process and all that descend from it. Orphans in a pid namespace belong to its first process, so they are found. */
export function descendants(pid: number): number[] {
  const found = [pid]
  for (const parent of found) found.push(...childrenOf(parent))
  return found
}

function childrenOf(pid: number): number[] {
  return list(`/proc/${pid}/task`).flatMap((thread) => {
    const text = read(`/proc/${pid}/task/${thread}/children`)
    return text === null ? [] : text.split(' ').filter(Boolean).map(Number)
  })
}

/** Memory that a process has for itself or shares with its forks. */
export function anonymousBytes(pid: number): number {
  const [, resident, shared] = (read(`/proc/${pid}/statm`) ?? '').split(' ')
  return Math.max(0, Number(resident ?? 0) - Number(shared ?? 0)) * PAGE_BYTES
}

/** Processor time of a process and of those of its children that have ended. */
export function cpuMicroseconds(pid: number): number {
  const text = read(`/proc/${pid}/stat`) ?? ''
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_US
}

/**
 * The same memory with each page that forks share counted once, and memory that is shared without being a file. Looks at
 * every mapping: slow. Null when the process may not be looked into.
 */
export function proportionalBytes(pid: number): number | null {
  const text = read(`/proc/${pid}/smaps`)
  if (text === null) return null
  let bytes = 0
  let isFile = false
  for (const line of text.split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) isFile = isFileMapping(line)
    else if (line.startsWith(isFile ? 'Pss_Anon:' : 'Pss:')) bytes += Number(/\d+/.exec(line)?.[0]) * 1024
  }
  return bytes
}

/** Shared memory without a file has a name, too. */
function isFileMapping(line: string): boolean {
  const path = line.split(' ').slice(5).join(' ').trim()
  return path.startsWith('/') && !path.startsWith('/dev/zero (deleted)') && !path.startsWith('/SYSV')
}

/** What the private file systems in memory of a sandbox hold, seen through one of its processes. */
export function tmpfsBytes(pid: number, targets: readonly string[]): number {
  if (seesHostRoot(pid)) return 0
  return targets.reduce((sum, target) => sum + usedIn(`/proc/${pid}/root${target}`), 0)
}

/** True for a process that has no root of its own, or not yet. */
function seesHostRoot(pid: number): boolean {
  try {
    const [own, hosts] = [statSync(`/proc/${pid}/root/`), statSync('/')]
    return own.dev === hosts.dev && own.ino === hosts.ino
  } catch {
    return true
  }
}

function usedIn(folder: string): number {
  try {
    const { type, blocks, bfree, bsize, files, ffree } = statfsSync(folder)
    if (type !== TMPFS_MAGIC && type !== OVERLAY_MAGIC) return 0
    return (blocks - bfree) * bsize + (files - ffree) * INODE_BYTES
  } catch {
    return 0
  }
}

/** Files without a name that processes hold open: in memory (memfd), or deleted ones on disk. Each counts once. */
export function unnamedFileBytes(pids: readonly number[], where: 'memory' | 'disk'): number {
  const seen = new Map<string, number>()
  for (const pid of pids) {
    for (const fd of list(`/proc/${pid}/fd`)) {
      const path = `/proc/${pid}/fd/${fd}`
      try {
        const link = readlinkSync(path)
        if (!link.endsWith(' (deleted)') || link.startsWith('/memfd:') !== (where === 'memory')) continue
        const { dev, ino, blocks } = statSync(path)
        seen.set(`${dev} ${ino}`, blocks * 512)
      } catch {}
    }
  }
  return [...seen.values()].reduce((sum, bytes) => sum + bytes, 0)
}

/** All memory of this machine that files and shared memory hold; no sandbox can hold more of it. Infinite when unknown. */
export function sharedBytesOfMachine(): number {
  const [, kib] = /^Shmem: +(\d+)/m.exec(read('/proc/meminfo') ?? '') ?? []
  return kib === undefined ? Number.POSITIVE_INFINITY : Number(kib) * 1024
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
