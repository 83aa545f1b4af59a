/** Deletes a folder of a storage with all that is in it, and counts (rest-api.md 5.11). */
import { ApiError } from '@algorist/contract/errors.ts'
import type { Driver } from '../drivers/driver.ts'
import { storageError } from './storage-errors.ts'

/** Deletions under way at a time; the page before is gone before the next one is read. */
const AT_ONCE = 16
const PAGE_ENTRIES = 1000

export interface DeleteTreeOptions {
  /** Asked for everything that is deleted. @throws ApiError */
  readonly requireWritable: (path: string) => void
}

/**
 * Resolves with the number of files, and with 1 for a folder without any.
 *
 * @throws ApiError DeletionFailed with how many were deleted before something could not be
 */
export async function deleteTree(
  driver: Driver,
  root: string,
  { requireWritable }: DeleteTreeOptions,
): Promise<number> {
  let deleted = 0
  try {
    await deleteFolder(root)
    return Math.max(1, deleted)
  } catch (thrown) {
    const error = storageError(thrown)
    const reason = error instanceof ApiError ? `: ${error.message}` : ''
    throw new ApiError('DeletionFailed', `Not everything could be deleted${reason}`, {
      cause: thrown,
      members: { deleted },
    })
  }

  async function deleteFolder(folder: string): Promise<void> {
    let marker: string | undefined
    do {
      const page = await driver.list(folder, { marker, limit: PAGE_ENTRIES })
      for (const name of page.folders) await deleteFolder(`${folder}/${name}`)
      await inParallel(page.files, ({ name }) => deleteFile(`${folder}/${name}`))
      marker = page.marker
    } while (marker !== undefined)
    requireWritable(folder)
    await driver.deleteFolder(folder)
  }

  async function deleteFile(path: string): Promise<void> {
    requireWritable(path)
    if (await driver.delete(path)) deleted++
  }
}

/** After a failure nothing new is begun, and what was begun is waited for, so that the count is true. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  const failures: unknown[] = []
  const worker = async () => {
    for (const item of left) {
      if (failures.length > 0) return
      await work(item).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  if (failures.length > 0) throw failures[0]
}
