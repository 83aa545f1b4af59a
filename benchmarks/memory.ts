/** What processes occupy, as Linux counts it. */
import { readdirSync, readFileSync } from 'node:fs'

export interface Memory {
  /** Resident, shared pages counted in full. */
  readonly rssMiB: number
  /** Resident, shared pages divided among those who share them. */
  readonly pssMiB: number
  /** Pages that nobody else has. */
  readonly privateMiB: number
}

/** All processes below `pid`, itself not included. */
export function descendantsOf(pid: number): Set<number> {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = parentOf(Number(name))
    if (parent !== null) parents.set(Number(name), parent)
  }
  const isBelow = (each: number): boolean => {
    const parent = parents.get(each)
    return parent !== undefined && (parent === pid || isBelow(parent))
  }
  return new Set([...parents.keys()].filter(isBelow))
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name before the parent may hold spaces and brackets; the last bracket ends it.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null
  }
}

/** Of all of them together; those that have ended have nothing. */
export function memoryOf(pids: Iterable<number>): Memory {
  let rssKiB = 0
  let pssKiB = 0
  let privateKiB = 0
  for (const pid of pids) {
    const text = sharesOf(pid)
    if (text === null) continue
    rssKiB += Number(text.match(/^Rss:\s+(\d+)/m)?.[1])
    pssKiB += Number(text.match(/^Pss:\s+(\d+)/m)?.[1])
    for (const [, kiB] of text.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+)/gm)) privateKiB += Number(kiB)
  }
  return { rssMiB: rssKiB / 1024, pssMiB: pssKiB / 1024, privateMiB: privateKiB / 1024 }
}

function sharesOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
  } catch (error) {
    const hasEnded = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')
    if (hasEnded) return null
    throw error
  }
}

export function nameOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'latin1').trim()
}
