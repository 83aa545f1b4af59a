/** What a server occupies, looked at from outside, and what `inside.ts` writes of it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isFamilyName } from '../../packages/runner/src/sandbox/groups/family.ts'
import { readHierarchies } from '../../packages/runner/src/sandbox/groups/hierarchies.ts'
import { descendantsOf, memoryOf } from '../memory.ts'

export interface Sample {
  readonly seconds: number
  readonly rssMiB: number
  readonly pssMiB: number
  /** Of the server and all processes below it. */
  readonly treePssMiB: number
  /** The lowest of the last ten seconds, without compiled code. */
  readonly heapMiB: number
  readonly codeMiB: number
  readonly externalMiB: number
  readonly descriptors: number
  readonly processes: number
  readonly zombies: number
  readonly groups: number
  /** Mounts and network namespaces of the host, which a sandbox that is not cleaned up leaves. */
  readonly mounts: number
  /** Entries of the server's folder for temporary files, and of the folder of running workers. */
  readonly temporaryFiles: number
  readonly delayP99Ms: number
  readonly delayLongestMs: number
  readonly kills: number
}

export type Figure = Exclude<keyof Sample, 'seconds'>

export interface Watched {
  readonly pid: number
  readonly insideFile: string
  /** Folders whose entries count as temporary files. */
  readonly folders: readonly string[]
}

/** Takes some milliseconds of processor time. */
export function takeSample({ pid, insideFile, folders }: Watched, seconds: number, kills: number): Sample {
  const tree = descendantsOf(pid)
  const own = memoryOf([pid])
  return {
    seconds,
    rssMiB: own.rssMiB,
    pssMiB: own.pssMiB,
    treePssMiB: own.pssMiB + sum([...tree].map(pssMiBOf)),
    ...readInside(insideFile),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    processes: tree.size,
    zombies: [...tree].filter(isZombie).length,
    groups: groupsBelow(pid),
    mounts: readFileSync(`/proc/${pid}/mountinfo`, 'latin1').split('\n').length - 1,
    temporaryFiles: sum(folders.map(entriesIn)),
    kills,
  }
}

/** Zero for a process that has just ended. */
function pssMiBOf(pid: number): number {
  try {
    return memoryOf([pid]).pssMiB
  } catch {
    return 0
  }
}

function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')
  } catch {
    return false
  }
}

interface Inside {
  readonly heapMiB: number
  readonly codeMiB: number
  readonly externalMiB: number
  readonly delayP99Ms: number
  readonly delayLongestMs: number
}

function readInside(file: string): Inside {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** Groups of the server's families, where the host has control groups. */
function groupsBelow(pid: number): number {
  const { version1, version2 } = readHierarchies(pid)
  const folders = [version1.get('memory'), version2].filter((folder) => typeof folder === 'string')
  return sum(folders.flatMap((folder) => familiesOf(folder, pid).map(foldersBelow)))
}

function familiesOf(folder: string, pid: number): string[] {
  return foldersOf(folder)
    .filter((name) => isFamilyName(name) && name.includes(`.${pid}.`))
    .map((name) => join(folder, name))
}

function foldersBelow(folder: string): number {
  return sum(foldersOf(folder).map((name) => 1 + foldersBelow(join(folder, name))))
}

function foldersOf(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch {
    return []
  }
}

function entriesIn(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true }).length
  } catch {
    return 0
  }
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)
