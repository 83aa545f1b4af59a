/**
 * The data folder: its layout and permissions, the lock that keeps a second server away, the format guard, and the
 * master key file. What is inside the subfolders belongs to others.
 */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createFileAtomically, isErrno, removeTemporaries, writeFileAtomically } from './atomic-file.ts'
import { isHeld, takeLocks } from './folder-locks.ts'
import { thisInstance } from './instance.ts'

/** Layout of the data folder; raised when an older server could not work with it any more. */
export const FOLDER_FORMAT = 1
/** Beginning of what stands instead of it while a restore fills the folder (backup/restore-folder.ts). */
export const UNFINISHED_RESTORE = 'unfinished restore'

/** Only the server looks inside. */
const PRIVATE = { database: 'db', run: 'run', data: 'data' }
/** Worker, build and git processes under other user ids reach named entries inside; they cannot list. */
const TRAVERSABLE = { repositories: 'git', runner: 'runner' }

/** In the folder for runtime files; each server listens at a name of its own that begins with it (operator/socket.ts). */
const OPERATOR_SOCKET = 'admin.sock'

/** A server that hands over gives the lock back at once; one that was killed has lost it. */
const TAKE_OVER_MS = 10_000

/** The server that runs on a data folder. */
export interface RunningServer {
  readonly pid: number
  /** Null until it listens. */
  readonly url: string | null
  /** Names it among all that ever ran (instance.ts); missing in what older servers wrote. */
  readonly instance?: string
}

export interface DataFolder {
  readonly path: string
  /** Absolute paths of the subfolders. */
  readonly folders: { readonly [K in keyof typeof PRIVATE | keyof typeof TRAVERSABLE]: string }
  /** Where `bootstrap.json` is or would be. */
  readonly bootstrapFile: string
  /** Where operators' commands reach this server (operator/socket.ts). */
  readonly operatorSocket: string
  /** Tells others where this server listens (`run/server.json`). */
  announce(url: string): Promise<void>
  /**
   * The key that secrets are sealed with: `configured`, or the content of `master.key`, which is made when missing.
   *
   * @throws Error when the file can be read by others or is damaged
   */
  masterKey(configured: Buffer | null): Promise<Buffer>
  /**
   * Gives the lock back while the folder stays in use: this server finishes what it has begun, and the one that follows
   * is the server of the folder from now on.
   */
  handOver(): void
  /** Takes the lock that `handOver()` of the server before gives back; from then on this is the server of the folder. */
  takeOver(): Promise<void>
  /** Gives the lock back. */
  close(): Promise<void>
}

export interface OpenFolderOptions {
  /**
   * The server that runs on the folder has started this one to follow it. It keeps its lock until {@link
   * DataFolder.takeOver}; until then this one keeps everybody else from becoming the next.
   */
  readonly isSuccessor?: boolean
}

/**
 * Opens the data folder, making what is missing, and locks it until `close()` or the end of the process.
 *
 * @throws Error when a server runs on it (names its pid and address) or a newer server has written it
 */
export async function openDataFolder(
  path: string,
  { isSuccessor = false }: OpenFolderOptions = {},
): Promise<DataFolder> {
  const isRoot = process.getuid?.() === 0
  await makeFolder(path, isRoot ? 0o711 : 0o700)
  await makeFolder(join(path, PRIVATE.run), 0o700)
  const locks = takeLocks(join(path, PRIVATE.run), isSuccessor)
  if (!locks) throw new Error(await busyMessage(path))
  try {
    // The server before may be writing.
    if (!isSuccessor) await removeLeftovers(path)
    await checkFormat(path)
    for (const name of Object.values(PRIVATE)) await makeFolder(join(path, name), 0o700)
    for (const name of Object.values(TRAVERSABLE)) await makeFolder(join(path, name), isRoot ? 0o711 : 0o700)
    if (!isSuccessor) await writeServerFile(path, null)
  } catch (error) {
    locks.close()
    throw error
  }
  return {
    path,
    folders: foldersOf(path),
    bootstrapFile: join(path, 'bootstrap.json'),
    operatorSocket: operatorSocket(path),
    announce: (url) => writeServerFile(path, url),
    masterKey: async (configured) => configured ?? readMasterKey(join(path, 'master.key')),
    handOver: locks.handOver,
    async takeOver() {
      if (await locks.takeOver(TAKE_OVER_MS)) return
      throw new Error(`The server before this one does not give the data folder ${path} back`)
    },
    async close() {
      // The server that followed this one may have written its own.
      if ((await readServerFile(path))?.pid === process.pid) await rm(serverFile(path), { force: true })
      locks.close()
    },
  }
}

/** The server that runs on a data folder, or null. Does not change the folder. */
export async function findRunningServer(path: string): Promise<RunningServer | null> {
  if (!isHeld(join(path, PRIVATE.run))) return null
  return (await readServerFile(path)) ?? { pid: 0, url: null }
}

function foldersOf(path: string): DataFolder['folders'] {
  return {
    database: join(path, PRIVATE.database),
    run: join(path, PRIVATE.run),
    data: join(path, PRIVATE.data),
    repositories: join(path, TRAVERSABLE.repositories),
    runner: join(path, TRAVERSABLE.runner),
  }
}

/** Sets the mode also of a folder that was there, and whatever the umask. */
async function makeFolder(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true })
  try {
    await chmod(path, mode)
  } catch (error) {
    if (!isErrno(error, 'EPERM')) throw error
    throw new Error(
      `The folder ${path} belongs to another user: run this as that user, or set ALGORIST_HOME to another`,
    )
  }
}

/** Of servers that were killed. */
async function removeLeftovers(path: string): Promise<void> {
  const run = join(path, PRIVATE.run)
  for (const folder of [path, run]) await removeTemporaries(folder)
  const sockets = (await readdir(run)).filter((name) => name.startsWith(`${OPERATOR_SOCKET}.`))
  for (const name of sockets) await rm(join(run, name), { force: true })
}

async function busyMessage(path: string): Promise<string> {
  const server = await readServerFile(path)
  const who = server ? ` (process ${server.pid}${server.url ? ` at ${server.url}` : ''})` : ''
  return `A server already runs on the data folder ${path}${who}; stop it or set ALGORIST_HOME to another folder`
}

async function checkFormat(path: string): Promise<void> {
  const file = join(path, 'format')
  if (await createFileAtomically(file, `${FOLDER_FORMAT}\n`, 0o644)) return
  const text = (await readFile(file, 'utf8')).trim()
  const isKnown = /^\d+$/.test(text) && Number(text) <= FOLDER_FORMAT
  if (isKnown) return
  if (text.startsWith(UNFINISHED_RESTORE)) {
    throw new Error(`The data folder ${path} is half restored: run "algorist restore" again, or delete it`)
  }
  throw new Error(
    `The data folder ${path} was written by a newer server: expected format ${FOLDER_FORMAT} or lower, got "${text}"`,
  )
}

async function readMasterKey(file: string): Promise<Buffer> {
  await createFileAtomically(file, `${randomBytes(32).toString('base64')}\n`, 0o600)
  const { mode } = await stat(file)
  if ((mode & 0o077) !== 0) {
    throw new Error(`${file} can be read by others: expected mode 600, got ${(mode & 0o777).toString(8)}`)
  }
  const key = Buffer.from((await readFile(file, 'utf8')).trim(), 'base64')
  if (key.length !== 32) throw new Error(`${file} is damaged: expected 32 bytes as base64, got ${key.length}`)
  return key
}

/** Also for those who look for it from outside. */
export function operatorSocket(path: string): string {
  return join(path, PRIVATE.run, OPERATOR_SOCKET)
}

function serverFile(path: string): string {
  return join(path, PRIVATE.run, 'server.json')
}

function writeServerFile(path: string, url: string | null): Promise<void> {
  const server: RunningServer = { pid: process.pid, url, instance: thisInstance.id }
  return writeFileAtomically(serverFile(path), `${JSON.stringify(server)}\n`, 0o600)
}

/** What the server of the folder says of itself; null when none has said anything. */
export async function readServerFile(path: string): Promise<RunningServer | null> {
  try {
    return JSON.parse(await readFile(serverFile(path), 'utf8')) as RunningServer
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw error
  }
}
