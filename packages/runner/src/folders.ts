/** The folders of the data folder that the runner owns, and what is safe to do with their names. */
import { constants } from 'node:fs'
import { chmod, mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runTool } from './tool.ts'

export interface Folders {
  /** What builds left, one folder each. */
  readonly artifacts: string
  /** Packages that builds have installed, by account (dependency-layers.ts). */
  readonly dependencies: string
  /** One folder per living worker. */
  readonly run: string
  /** One folder per running build. */
  readonly builds: string
  /** Begins the names of this process's folders in `run`, which another server process may share for a while. */
  readonly prefix: string
  /** Languages, Node and other files that sandboxes mount, readable by every uid. */
  readonly runtime: string
}

/** Longest path of a Unix socket, its end included (unix(7)). */
const LONGEST_SOCKET_PATH = 107
/** Process ids have 22 bits at most. */
const LONGEST_PREFIX = 'zzzzz-'

/**
 * Creates the folders under `home` and removes what an earlier server left in `run` and `builds`.
 * @param isShared the server before this one is still at work there: nothing of it is removed
 * @throws Error when the path is too long for the sockets in it
 */
export async function prepareFolders(home: string, isShared = false): Promise<Folders> {
  const folders = {
    artifacts: join(home, 'artifacts'),
    dependencies: join(home, 'dependencies'),
    run: join(home, 'run'),
    builds: join(home, 'builds'),
    runtime: join(home, 'runtime'),
  }
  const prefix = `${process.pid.toString(36)}-`
  const longest = join(folders.run, `${LONGEST_PREFIX}zzzzzz`, 'api.sock')
  if (Buffer.byteLength(longest) > LONGEST_SOCKET_PATH) {
    throw new Error(
      `The data folder's path is too long: ${longest} may have ${LONGEST_SOCKET_PATH} bytes. Use a shorter one.`,
    )
  }
  await Promise.all(Object.values(folders).map(createPassable))
  const isLeft = (name: string) => !isShared || name.startsWith(prefix)
  await Promise.all([empty(folders.run, isLeft), empty(folders.builds, isLeft)])
  return { ...folders, prefix }
}

/** Creates a folder that other uids can pass through but not list. */
export async function createPassable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o711)
}

async function empty(folder: string, isLeft: (name: string) => boolean): Promise<void> {
  await Promise.all((await readdir(folder)).filter(isLeft).map((name) => removeTree(join(folder, name))))
}

/**
 * Removes a folder that author code wrote. Folders without permissions, which stop an ordinary user, do not stop it; nor
 * do paths longer than the kernel takes, which Node cannot remove: what stays would stop the next start of the server.
 */
export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(async () => {
    await runTool('chmod', ['-R', 'u+rwX', path])
    await runTool('rm', ['-rf', '--', path])
  })
}

/** Returns `name` if it can be one file name and nothing else. */
export function safeName(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/.test(name)) throw new Error(`Not a folder name: ${JSON.stringify(name)}`)
  return name
}

/** Makes the entries of a folder survive a power loss. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  await handle.sync()
  await handle.close()
}
