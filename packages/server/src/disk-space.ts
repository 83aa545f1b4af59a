/**
 * How full the disks of the data folder are. Beyond the operator's limit what would fill them further is refused, so that
 * what is running and what was acknowledged can still be written (design.md 6). Owns the measuring and the decision;
 * the features ask before they begin something large.
 */
import { statfs } from 'node:fs/promises'
import { ApiError } from '@algorist/contract/errors.ts'
import type { Logger } from 'pino'

export interface DiskSpaceOptions {
  /** Folders that may lie on different disks; the fullest counts. */
  readonly folders: readonly string[]
  /** Percent that may be used; at that the disk counts as full. */
  readonly limitPercent: number
  readonly log: Logger
  readonly intervalMs?: number
}

export interface DiskSpace {
  /** As of the last measurement; asking costs nothing. */
  isFull(): boolean
  /** Share of the fullest disk that is used, of its bytes or its files, whichever is more. */
  usedShare(): number
  /** @throws InsufficientStorage (507) while the disk is full */
  requireRoom(): void
  /** Looks now instead of at the next interval. */
  measure(): Promise<void>
  /** Calls `listener` whenever the disk becomes full. */
  whenFull(listener: () => void): void
  close(): void
}

const defaultIntervalMs = 1000
/** Full again and again within seconds would be worse than full for a while. */
const freeAgainPercent = 2

/** Measures once, then again and again until `close()`. */
export async function createDiskSpace(options: DiskSpaceOptions): Promise<DiskSpace> {
  const { folders, limitPercent, log, intervalMs = defaultIntervalMs } = options
  const listeners: (() => void)[] = []
  let used = 0
  let full = false

  async function measure(): Promise<void> {
    used = Math.max(...(await Promise.all(folders.map(usedShareOf))))
    const limit = (full ? limitPercent - freeAgainPercent : limitPercent) / 100
    if (used >= limit === full) return
    full = !full
    const fields = { usedPercent: Math.floor(used * 1000) / 10, limitPercent }
    if (full) log.error(fields, 'the disk is nearly full: builds, pushes and stored calls are refused')
    else log.info(fields, 'the disk has room again')
    if (full) for (const listener of listeners) listener()
  }

  await measure()
  const timer = setInterval(() => {
    measure().catch((error: unknown) => log.error({ err: error }, 'the disk could not be measured'))
  }, intervalMs).unref()
  return {
    isFull: () => full,
    usedShare: () => used,
    requireRoom() {
      if (full) throw new ApiError('InsufficientStorage', 'The server is out of disk space; try again later')
    },
    measure,
    whenFull(listener) {
      listeners.push(listener)
      if (full) listener()
    },
    close: () => clearInterval(timer),
  }
}

/** As `df` counts: what is kept back for root is not there for anybody. File systems without a table of files have none. */
export async function usedShareOf(folder: string): Promise<number> {
  const { blocks, bfree, bavail, files, ffree } = await statfs(folder)
  const usedBlocks = blocks - bfree
  const ofBytes = usedBlocks / Math.max(1, usedBlocks + bavail)
  const ofFiles = files > 0 ? (files - ffree) / files : 0
  return Math.max(ofBytes, ofFiles)
}
