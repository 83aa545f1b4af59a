/**
 * Watches what a build has on disk while it runs, since no quota of the kernel's does on every file system. Asks the file
 * system, which is cheap, and counts the build's own files only when it may have grown past its limit.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { readDiskUse } from './disk.ts'
import { inMib } from './failure.ts'
import type { BuildLimits } from './limits.ts'

const execute = promisify(execFile)
const LOOK_MS = 250
/** Others may free what the build takes, so its files are counted now and then in any case. */
const LONGEST_UNCOUNTED_MS = 5000
/** Counting may take this part of the time at most. */
const LARGEST_COST = 0.1

export interface DiskWatchOptions {
  /** All that the build can write to. */
  readonly folder: string
  readonly limits: Pick<BuildLimits, 'diskBytes' | 'diskFiles'>
  /** Percent of the whole disk at which every build ends. */
  readonly diskPercent: number
  /** Bytes of deleted files that the build's processes hold open. */
  heldBytes(): number
  /** Called once, with a sentence for the author. */
  over(reason: string): void
}

interface Space {
  readonly usedBytes: number
  readonly usedFiles: number
}

export interface DiskWatch {
  stop(): void
}

/** Watches until `stop` or until the build is over a limit. */
export function watchDisk({ folder, limits, diskPercent, heldBytes, over }: DiskWatchOptions): DiskWatch {
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let atStart: Space | null = null
  /** What the build had when it was counted, and the file system then. */
  let own: Space = { usedBytes: 0, usedFiles: 0 }
  let atCount: Space | null = null
  let nextCountMs = 0

  async function look(): Promise<void> {
    const now = await readDiskUse(folder)
    if (now.share >= diskPercent / 100) return end('The disk of the server is nearly full, so the build was ended.')
    atStart ??= now
    atCount ??= now
    const mayBe = {
      usedBytes: own.usedBytes + now.usedBytes - atCount.usedBytes,
      usedFiles: own.usedFiles + now.usedFiles - atCount.usedFiles,
    }
    const nowMs = performance.now()
    const isDue = nowMs >= nextCountMs && (sayOver(mayBe) !== null || nowMs >= nextCountMs + LONGEST_UNCOUNTED_MS)
    if (!isDue) return
    const counted = await countOwn(folder)
    const costMs = performance.now() - nowMs
    nextCountMs = performance.now() + costMs / LARGEST_COST
    own = { usedBytes: counted.usedBytes + heldBytes(), usedFiles: counted.usedFiles }
    atCount = now
    const grown = { usedBytes: now.usedBytes - atStart.usedBytes, usedFiles: now.usedFiles - atStart.usedFiles }
    const reason = sayOver(own) ?? (counted.isComplete ? null : sayOver(grown))
    if (reason !== null) end(reason)
  }

  function sayOver({ usedBytes, usedFiles }: Space): string | null {
    if (usedBytes > limits.diskBytes) return `The build used more than ${inMib(limits.diskBytes)} of disk space.`
    if (usedFiles > limits.diskFiles) return `The build made more than ${limits.diskFiles} files.`
    return null
  }

  function end(reason: string): void {
    if (!isStopped) over(reason)
    stop()
  }

  function stop(): void {
    isStopped = true
    clearTimeout(timer)
  }

  function lookAgain(): void {
    if (isStopped) return
    timer = setTimeout(() => {
      // The folder may be gone by now.
      look().then(lookAgain, lookAgain)
    }, LOOK_MS)
  }

  lookAgain()
  return { stop }
}

interface Counted extends Space {
  /** False when a folder could not be read: as an ordinary user the server is stopped by modes that a build sets. */
  readonly isComplete: boolean
}

async function countOwn(folder: string): Promise<Counted> {
  const [bytes, files] = await Promise.all([du(['--block-size=1', folder]), du(['--inodes', folder])])
  return {
    usedBytes: Number.parseInt(bytes.stdout, 10) || 0,
    usedFiles: Number.parseInt(files.stdout, 10) || 0,
    isComplete: !bytes.stderr.includes('ermission denied'),
  }
}

/** Fails in part whenever files vanish while it looks. */
async function du(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  try {
    return await execute('/usr/bin/du', ['--summarize', ...args], {
      cwd: '/',
      env: { LC_ALL: 'C.UTF-8' },
      maxBuffer: 64 * 1024 * 1024,
    })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    return { stdout, stderr }
  }
}
