/**
 * The locks of a data folder. Two, always taken in this order: who becomes the next server, and who is the server. A server
 * at start has the first for a moment. One that follows another keeps it until it has the second, so nobody else can come in
 * between (decision 0063).
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'

/** Somebody who only looks whether a server runs holds the locks for an instant. */
const OPEN_WAIT_MS = 300
const RETRY_MS = 20

export interface FolderLocks {
  /** Lets the next server have them. */
  handOver(): void
  /** Waits for the lock of the server before. False when that does not give it in time. */
  takeOver(timeoutMs: number): Promise<boolean>
  close(): void
}

/**
 * @param folder where the lock files are; it is there
 * @param isSuccessor true: only the first lock is taken, the second comes with `takeOver()`
 * @returns null when another server has what is wanted
 */
export function takeLocks(folder: string, isSuccessor: boolean): FolderLocks | null {
  let next = takeLock(nextFile(folder), OPEN_WAIT_MS)
  if (!next) return null
  let own = isSuccessor ? null : takeLock(ownFile(folder), OPEN_WAIT_MS)
  const release = (): void => {
    own?.close()
    next?.close()
    own = next = null
  }
  if (!isSuccessor) {
    next.close()
    next = null
    if (!own) return null
  }
  return {
    handOver: release,
    async takeOver(timeoutMs) {
      const giveUpAt = Date.now() + timeoutMs
      own ??= takeLock(ownFile(folder), 0)
      while (!own && Date.now() < giveUpAt) {
        await delay(RETRY_MS)
        own = takeLock(ownFile(folder), 0)
      }
      if (!own) return false
      next?.close()
      next = null
      return true
    },
    close: release,
  }
}

/** True when a server runs on the folder, or is about to. Changes nothing. */
export function isHeld(folder: string): boolean {
  if (!existsSync(ownFile(folder))) return false
  const locks: DatabaseSync[] = []
  try {
    for (const file of [nextFile(folder), ownFile(folder)].filter((each) => existsSync(each))) {
      const lock = takeLock(file, 0)
      if (!lock) return true
      locks.push(lock)
    }
    return false
  } finally {
    for (const lock of locks) lock.close()
  }
}

/**
 * Node cannot lock files, SQLite can, with locks that the kernel drops when the process dies. Nothing is ever written
 * to the file, and nothing else may open it: closing it anywhere in this process would free the lock.
 */
function takeLock(file: string, waitMs: number): DatabaseSync | null {
  const lock = new DatabaseSync(file, { timeout: waitMs })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (error instanceof Error && /locked|busy/.test(error.message)) return null
    throw error
  }
}

function nextFile(folder: string): string {
  return join(folder, 'next.db')
}

function ownFile(folder: string): string {
  return join(folder, 'lock.db')
}
