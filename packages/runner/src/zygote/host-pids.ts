/** Finds the host's numbers of processes that know themselves by the numbers of their own namespaces. */
import { readFileSync } from 'node:fs'

const TRIES = 5

/** Children of a process. Empty when it has none or has ended. */
export function childrenOf(pid: number): number[] {
  const text = readProc(`${pid}/task/${pid}/children`)
  return text.split(' ').filter(Boolean).map(Number)
}

/** The child of `parent` that is first in its own process namespace and number `pid` in the parent's; null if there is none. */
export function findFirstProcess(parent: number, pid: number): number | null {
  const isWanted = (each: number) => {
    const numbers = /^NSpid:\s+(.*)$/m.exec(readProc(`${each}/status`))?.[1]?.split(/\s+/) ?? []
    return numbers.at(-1) === '1' && numbers.at(-2) === String(pid)
  }
  // The list may miss somebody while another child ends (proc(5)).
  for (let tries = 0; tries < TRIES; tries++) {
    // The newest is last, and it is the one that is asked for.
    const found = childrenOf(parent).findLast(isWanted)
    if (found !== undefined) return found
  }
  return null
}

/** Most processes that this process may let its user have. */
export function mostProcesses(): number {
  const most = /^Max processes\s+\S+\s+(\d+)/m.exec(readProc('self/limits'))?.[1]
  return most === undefined ? 65_536 : Number(most)
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1')
  } catch {
    return ''
  }
}
