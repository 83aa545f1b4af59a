/** Syncs of folders, shared: many files that are written into one at the same time need few. */
import { isErrno, syncFolder } from '../atomic-file.ts'

/** Resolves when all that was done in the folder before the call survives power loss, or the folder itself is gone. */
export type FolderSync = (folder: string) => Promise<void>

export function createFolderSync(): FolderSync {
  /** Those that have not begun, and so are good for whoever asks now. */
  const waiting = new Map<string, Promise<void>>()
  const running = new Map<string, Promise<void>>()

  async function begin(folder: string): Promise<void> {
    waiting.delete(folder)
    const syncing = syncFolder(folder).catch(ignoreGone)
    const settled = syncing.catch(() => undefined)
    running.set(folder, settled)
    await settled
    if (running.get(folder) === settled) running.delete(folder)
    return syncing
  }

  return (folder) => {
    const shared = waiting.get(folder)
    if (shared) return shared
    const next = (running.get(folder) ?? Promise.resolve()).then(() => begin(folder))
    waiting.set(folder, next)
    return next
  }
}

function ignoreGone(error: unknown): void {
  if (!isErrno(error, 'ENOENT')) throw error
}
