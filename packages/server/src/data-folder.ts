/**
 * The data folder: its layout and permissions, the lock that keeps a second server away, the format guard, and the
 * master key file. What is inside the subfolders belongs to others.
 */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createFileAtomically, isErrno, removeTemporaries, writeFileAtomically } from './atomic-file.ts'

/** Layout of the data folder; raised when an older server could not work with it any more. */
export const FOLDER_FORMAT = 1

/** Only the server looks inside. */
const PRIVATE = { database: 'db', run: 'run', data: 'data' }
/** Worker, build and git processes under other user ids reach named entries inside; they cannot list. */
const TRAVERSABLE = { repositories: 'git', runner: 'runner' }

/** Somebody who only looks whether a server runs holds the lock for an instant. */
const OPEN_WAIT_MS = 300

/** The server that runs on a data folder. */
export interface RunningServer {
  readonly pid: number
  /** Null until it listens. */
  readonly url: string | null
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
  /** Gives the lock back. */
  close(): Promise<void>
}

/**
 * Opens the data folder, making what is missing, and locks it until `close()` or the end of the process.
 *
 * @throws Error when a server runs on it (names its pid and address) or a newer server has written it
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const isRoot = process.getuid?.() === 0
  await makeFolder(path, isRoot ? 0o711 : 0o700)
  await makeFolder(join(path, PRIVATE.run), 0o700)
  const lock = takeLock(path, OPEN_WAIT_MS)
  if (!lock) throw new Error(await busyMessage(path))
  try {
    for (const folder of [path, join(path, PRIVATE.run)]) await removeTemporaries(folder)
    await checkFormat(path)
    for (const name of Object.values(PRIVATE)) await makeFolder(join(path, name), 0o700)
    for (const name of Object.values(TRAVERSABLE)) await makeFolder(join(path, name), isRoot ? 0o711 : 0o700)
    await writeServerFile(path, null)
  } catch (error) {
    lock.close()
    throw error
  }
  return {
    path,
    folders: foldersOf(path),
    bootstrapFile: join(path, 'bootstrap.json'),
    operatorSocket: operatorSocket(path),
    announce: (url) => writeServerFile(path, url),
    masterKey: async (configured) => configured ?? readMasterKey(join(path, 'master.key')),
    async close() {
      await rm(serverFile(path), { force: true })
      lock.close()
    },
  }
}

/** The server that runs on a data folder, or null. Does not change the folder. */
export async function findRunningServer(path: string): Promise<RunningServer | null> {
  if (!(await exists(lockFile(path)))) return null
  const lock = takeLock(path, 0)
  if (!lock) return (await readServerFile(path)) ?? { pid: 0, url: null }
  lock.close()
  return null
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
  await chmod(path, mode)
}

/**
 * Node cannot lock files, SQLite can, with locks that the kernel drops when the process dies. Nothing is ever written
 * to the file, and nothing else may open it: closing it anywhere in this process would free the lock.
 */
function takeLock(path: string, waitMs: number): DatabaseSync | null {
  const lock = new DatabaseSync(lockFile(path), { timeout: waitMs })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (error instanceof Error && /locked|busy/.test(error.message)) return null
    throw error
  }
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
  return join(path, PRIVATE.run, 'admin.sock')
}

function lockFile(path: string): string {
  return join(path, PRIVATE.run, 'lock.db')
}

function serverFile(path: string): string {
  return join(path, PRIVATE.run, 'server.json')
}

function writeServerFile(path: string, url: string | null): Promise<void> {
  const server: RunningServer = { pid: process.pid, url }
  return writeFileAtomically(serverFile(path), `${JSON.stringify(server)}\n`, 0o600)
}

async function readServerFile(path: string): Promise<RunningServer | null> {
  try {
    return JSON.parse(await readFile(serverFile(path), 'utf8')) as RunningServer
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
}
