/** Folders of the file system that survive power loss, made as they are needed. */
import { lstat, mkdir, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isErrno } from '../atomic-file.ts'
import { DriverError } from './driver.ts'
import { createFolderSync } from './folder-sync.ts'

export interface DurableFolders {
  /**
   * Makes a folder and those above it, does the work there, and syncs it. The work is done again when the folder turns out
   * to have been deleted before it.
   *
   * @throws DriverError invalid-path when one of the folders is a file
   */
  within(folder: string, work: () => Promise<void>): Promise<void>
  /** Makes what was deleted from a folder survive power loss. */
  sync(folder: string): Promise<void>
  /** Removes a folder in which nothing is. @throws DriverError not-empty while work goes on in it or below */
  remove(folder: string): Promise<void>
}

/** Bounds the memory; to forget one costs a sync when it is needed again. */
const maxKnown = 10_000
const maxTries = 3

/** @param root folder that is there; nothing above it is touched */
export function createDurableFolders(root: string): DurableFolders {
  /** Folders that are durable themselves. One that another writer has just made may not be yet. */
  const known = new Set([root])
  const inUse = new Set<{ readonly folder: string }>()
  const sync = createFolderSync()

  async function ensure(folder: string): Promise<void> {
    if (known.has(folder)) return
    const above = dirname(folder)
    await ensure(above)
    await makeFolder(folder)
    await sync(above)
    if (known.size >= maxKnown) forgetAll()
    known.add(folder)
  }

  function forgetAll(): void {
    known.clear()
    known.add(root)
  }

  async function within(folder: string, work: () => Promise<void>, tries = 1): Promise<void> {
    try {
      await ensure(folder)
      await work()
    } catch (error) {
      if (!isErrno(error, 'ENOENT') || tries === maxTries) throw error
      forgetAll()
      return within(folder, work, tries + 1)
    }
    await sync(folder)
  }

  return {
    async within(folder, work) {
      const use = { folder }
      inUse.add(use)
      try {
        await within(folder, work)
      } finally {
        inUse.delete(use)
      }
    },
    sync,
    async remove(folder) {
      const isInUse = inUse.values().some((use) => `${use.folder}/`.startsWith(`${folder}/`))
      if (isInUse) throw new DriverError('not-empty', 'A file is just being written to the folder; try again')
      await rmdir(folder)
      known.delete(folder)
      await sync(dirname(folder))
    },
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
    const isFolder = (await lstat(folder)).isDirectory()
    if (!isFolder) throw new DriverError('invalid-path', 'A folder of the path is a file; choose another name')
  }
}
