/**
 * The control group folder of one server, which has a folder for each of its sandboxes. Its name says whose it is, so that
 * what a killed server left is removed by the next one, and nothing of a living one.
 */
import { readdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { killProcesses } from './control-files.ts'
import type { Purpose } from './groups.ts'

const PREFIX = 'algorist'
const RETRY_MS = [1, 5, 20, 50, 100, 200, 500, 1000, 2000]

/** A process, unmistakably: its namespace of numbers, its number there, and when it started. */
function identify(pid: number): string | null {
  try {
    const space = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is a name, which may contain anything.
    const startedAt = text.slice(text.lastIndexOf(')') + 2).split(' ')[19]
    return `${space}.${pid}.${startedAt}`
  } catch {
    return null
  }
}

let families = 0

/** Name of a new family of this process. */
export function familyName(): string {
  return `${PREFIX}-${identify(process.pid)}-${families++}`
}

/** Name of a group in its family: a number, with a letter before it where no call pays for what is used in it. */
export function groupName(purpose: Purpose, number: number): string {
  return `${purpose === 'template' ? 't' : ''}${number}`
}

/** True for the folder of a family or of a server. */
export function isFamilyName(name: string): boolean {
  return name.startsWith(`${PREFIX}-`)
}

/** Removes the families under `parent` whose servers are dead, and kills what is left in their sandboxes. */
export function removeLeftovers(parent: string): void {
  const space = identify(process.pid)?.split('.')[0]
  for (const name of foldersIn(parent)) {
    const [, owner] = /^algorist-(\d+\.\d+\.\d+)-/.exec(name) ?? []
    // Processes of another namespace cannot be seen from here, dead or alive.
    if (owner === undefined || owner.split('.')[0] !== space) continue
    if (identify(Number(owner.split('.')[1])) !== owner) removeFamily(join(parent, name))
  }
}

function removeFamily(folder: string): void {
  // A server's leaf has no groups in it, and is nothing that may be killed.
  void removeGroups(foldersBelow(folder)).then(() => tryRemove(folder))
}

/** Removes a family of this server when its sandboxes are over, with what could not be removed before. */
export function removeOwnFamily(folder: string): Promise<void> {
  return removeGroups([...foldersBelow(folder), folder])
}

/** Groups, and folders with groups in them, the innermost first. */
function foldersBelow(folder: string): string[] {
  return foldersIn(folder).flatMap((name) => [...foldersBelow(join(folder, name)), join(folder, name)])
}

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch {
    return []
  }
}

/** Removes one folder. False when it still has processes, or others in it. */
export function tryRemove(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

/**
 * Removes groups of sandboxes that are over, and kills what is left in them: a bubblewrap that is killed while it starts can
 * leave its child behind. The kernel may be busy with the last processes for a while.
 */
export async function removeGroups(folders: readonly string[]): Promise<void> {
  let left = folders.filter((folder) => !tryRemove(folder))
  for (const ms of RETRY_MS) {
    if (left.length === 0) return
    for (const folder of left) killProcesses(folder)
    await pause(ms)
    left = left.filter((folder) => !tryRemove(folder))
  }
}
