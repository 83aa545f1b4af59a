/** Looks for processes that belong to a data folder: workers, builds and git, whatever they are called. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const LOOKED_AT = ['cmdline', 'environ', 'mountinfo'] as const

/** Living processes that name the folder in their arguments, environment or mounts. */
export function processesOf(folderName: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isAlive(pid) && names(pid, folderName))
}

/** Waits until nothing of a killed server runs any more. @returns what is left after the time, as text */
export async function waitUntilGone(folderName: string, timeoutMs: number): Promise<string[]> {
  const giveUpAt = Date.now() + timeoutMs
  for (;;) {
    const left = processesOf(folderName)
    if (left.length === 0 || Date.now() > giveUpAt) return left.map(describe)
    await delay(20)
  }
}

function names(pid: string, folderName: string): boolean {
  return LOOKED_AT.some((file) => read(`/proc/${pid}/${file}`).includes(folderName))
}

function isAlive(pid: string): boolean {
  const status = read(`/proc/${pid}/stat`)
  return status !== '' && !/^[ZX]/.test(status.slice(status.lastIndexOf(')') + 2))
}

function describe(pid: string): string {
  return `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 300)}`
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
