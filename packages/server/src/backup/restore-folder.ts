/**
 * The data folder that a restore fills. Its `format` file says from the beginning that a restore is not finished, so no server
 * opens it, and is replaced at the end by what servers look for: that one rename is the restore. Unlike a folder moved into
 * place, it works where the data folder is a mount point.
 */
import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno, writeFileAtomically } from '../atomic-file.ts'
import { FOLDER_FORMAT, UNFINISHED_RESTORE } from '../data-folder.ts'
import { takeLocks } from '../folder-locks.ts'
import { BackupError } from './format.ts'
import { syncFileSystem } from './programs.ts'

export interface RestoreFolder {
  /** Names this restore, and those before it that were cut off here. */
  readonly id: string
  readonly repositories: string
  readonly artifacts: string
  readonly data: string
  writeSecret(name: 'master.key' | 'bootstrap.json', content: string): Promise<void>
  /** Makes all of it durable, before others say that it is there. */
  settle(): Promise<void>
  /** From here on it is a data folder. */
  finish(): Promise<void>
  /** Empties it again. */
  undo(): Promise<void>
  /** Gives the lock back. */
  close(): void
}

const UNFINISHED = new RegExp(`^${UNFINISHED_RESTORE} ([0-9a-f-]{36})\\b`)
const FILLED = ['db', 'data', 'git', 'runner']
/** What an operator may have put there, or a server that never came to have a database. */
const HARMLESS = ['run', 'format', 'lost+found', 'master.key', 'bootstrap.json', ...FILLED]

/** @throws BackupError when something is there, or a server runs on it */
export async function openRestoreFolder(home: string): Promise<RestoreFolder> {
  // Whatever a wrong path leads to must stay as it is, its mode as well.
  if ((await unfinishedIn(join(home, 'format'))) === undefined) await requireEmpty(home)
  const isRoot = process.getuid?.() === 0
  const passable = isRoot ? 0o711 : 0o700
  await makeFolder(home, passable)
  await makeFolder(join(home, 'run'), 0o700)
  const locks = takeLocks(join(home, 'run'), false)
  if (!locks) throw new BackupError(`A server or another restore uses ${home}: stop it, or set ALGORIST_HOME`)
  const formatFile = join(home, 'format')
  const written: string[] = []
  try {
    const found = await unfinishedIn(formatFile)
    const id = found ?? randomUUID()
    if (found === undefined) await requireEmpty(home)
    await writeFileAtomically(formatFile, `${UNFINISHED_RESTORE} ${id}\n`, 0o644)
    if (found !== undefined) await empty(home)
    for (const name of ['git', 'runner', 'runner/artifacts']) await makeFolder(join(home, name), passable)
    for (const name of ['data', 'db']) await makeFolder(join(home, name), 0o700)
    return {
      id,
      repositories: join(home, 'git'),
      artifacts: join(home, 'runner/artifacts'),
      data: join(home, 'data'),
      async writeSecret(name, content) {
        await writeFileAtomically(join(home, name), content, 0o600)
        written.push(name)
      },
      settle: () => syncFileSystem(home),
      finish: () => writeFileAtomically(formatFile, `${FOLDER_FORMAT}\n`, 0o644),
      async undo() {
        await empty(home)
        for (const name of [...written, 'format']) await rm(join(home, name), { force: true })
      },
      close: locks.close,
    }
  } catch (error) {
    locks.close()
    throw error
  }
}

/** Id of the restore that was cut off here, if one was. */
async function unfinishedIn(formatFile: string): Promise<string | undefined> {
  try {
    return UNFINISHED.exec(await readFile(formatFile, 'utf8'))?.[1]
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined
    throw error
  }
}

async function requireEmpty(home: string): Promise<void> {
  const names = await readdir(home).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return []
    if (isErrno(error, 'ENOTDIR')) throw new BackupError(`${home} is no folder: set ALGORIST_HOME to another one`)
    throw error
  })
  const strange = names.find((name) => !HARMLESS.includes(name) && !name.endsWith('.tmp'))
  const first = strange ?? (await firstOf(home, FILLED))
  if (first === undefined) return
  throw new BackupError(
    `${home} is not empty: expected nothing in it, got ${first}. Restore into another ALGORIST_HOME`,
  )
}

/** The first thing that a server has made, not just a folder for such things. */
async function firstOf(home: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const entries = await readdir(join(home, folder), { recursive: true, withFileTypes: true }).catch(() => [])
    const file = entries.find((entry) => !entry.isDirectory())
    if (file) return join(folder, file.name)
  }
  return undefined
}

/** The folders themselves stay: one may be where another disk is mounted. */
async function empty(home: string): Promise<void> {
  for (const name of FILLED) {
    const entries = await readdir(join(home, name)).catch(() => [])
    for (const entry of entries) await rm(join(home, name, entry), { recursive: true, force: true })
  }
}

async function makeFolder(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true })
  await chmod(path, mode)
}
