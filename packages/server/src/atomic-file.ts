/** Files that are there whole or not at all, also after power loss. */
import { randomBytes } from 'node:crypto'
import { link, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** See {@link writeTemporary}. */
const TEMPORARY = /\.[0-9a-f]{12}\.tmp$/

/**
 * Writes a file so that readers and crashes see the old content or the new, never a part.
 *
 * @param mode permissions of the new file, whatever the umask
 */
export async function writeFileAtomically(path: string, content: string, mode: number): Promise<void> {
  const temporary = await writeTemporary(path, content, mode)
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/**
 * As {@link writeFileAtomically}, but leaves a file that is already there untouched.
 *
 * @returns false when there was one
 */
export async function createFileAtomically(path: string, content: string, mode: number): Promise<boolean> {
  const temporary = await writeTemporary(path, content, mode)
  try {
    await link(temporary, path)
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  } finally {
    await rm(temporary)
  }
  await syncFolder(dirname(path))
  return true
}

/** Removes what writers that were killed have left in a folder. Nobody may be writing there. */
export async function removeTemporaries(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => TEMPORARY.test(name))
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })))
}

/** Makes renames and removals in a folder survive power loss. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** True for a system error with this code, such as `ENOENT`. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

async function writeTemporary(path: string, content: string, mode: number): Promise<string> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
  return temporary
}
