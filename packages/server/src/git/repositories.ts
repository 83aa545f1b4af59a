/**
 * The bare repositories in the data folder: one per algorithm, named by its id so that renaming costs nothing, owned
 * by its owner's host uid and closed to every other. Knows no owner names, no rights and no HTTP.
 */
import { constants } from 'node:fs'
import { chmod, chown, copyFile, lstat, mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { type FileTree, importCommand } from './initial-commit.ts'
import { endLeftoverProcesses } from './leftover-processes.ts'
import { GitError, type HostUid, runGit } from './process.ts'
import { requireUntouched } from './untouched.ts'

/** The only branch that is built, and where HEAD points (runtime.md 1.3). */
export const defaultBranch = 'refs/heads/master'

/** Names a repository: the algorithm and the account that owns it. */
export interface RepositoryRef {
  readonly id: string
  readonly ownerId: string
}

export interface InitialCommit {
  readonly files: FileTree
  readonly message: string
  readonly author: { readonly name: string; readonly email: string }
}

export interface Repositories {
  /** Folder with all repositories, and the one with the hooks. */
  readonly folder: string
  readonly hooksFolder: string
  pathOf(repository: RepositoryRef): string
  uidOf(repository: RepositoryRef): HostUid
  /** Makes the repository with its first commit, durably, and returns that commit's SHA. */
  create(repository: RepositoryRef, commit: InitialCommit): Promise<string>
  /** Makes an empty repository and has `fill` put something into it; all of that is durable when it resolves. */
  createFilled(repository: RepositoryRef, fill: () => Promise<void>): Promise<void>
  /** True for one that is there, in whatever state. */
  has(id: string): Promise<boolean>
  /** Deletes it, whatever state it is in; deleting one that is not there does nothing. */
  remove(id: string): Promise<void>
  /** SHA of the default branch, or null while it has no commit. */
  head(repository: RepositoryRef): Promise<string | null>
  hasCommit(repository: RepositoryRef, commitSha: string): Promise<boolean>
  /** A file of a commit, or null when the commit has no such file or it is larger than `maxSizeBytes`. */
  readFile(repository: RepositoryRef, file: FileOfCommit): Promise<Buffer | null>
  /** Runs git in the repository as its owner; @throws GitError, RepositoryTouched. */
  run(repository: RepositoryRef, args: readonly string[], input?: Buffer): Promise<Buffer>
  /**
   * Makes a push survive power loss. Git syncs packs and refs before it gives them their names, and not the folders
   * that hold the names.
   */
  settle(repository: RepositoryRef): Promise<void>
  /**
   * Before anything is served: ends git processes that a crash left, and deletes what it left, whole repositories
   * without an algorithm and stale locks.
   */
  sweep(knownIds: ReadonlySet<string>): Promise<void>
}

export interface FileOfCommit {
  readonly commitSha: string
  readonly path: string
  readonly maxSizeBytes: number
}

export interface RepositoriesOptions {
  /** Where the repositories lie; its parents must let the host uids pass (mode 0711) when the server is root. */
  readonly folder: string
  readonly log: Logger
  /** Host uid of an account; undefined when the server is not root. */
  readonly uidOf: (ownerId: string) => HostUid
}

/** Opens the folder, making it and installing the hooks. */
export async function createRepositories({ folder, log, uidOf }: RepositoriesOptions): Promise<Repositories> {
  const hooksFolder = join(folder, 'hooks')
  await makePassable(folder)
  await installHooks(hooksFolder)

  const pathOf = ({ id }: RepositoryRef) => join(folder, `${id}.git`)
  const runUnchecked: Repositories['run'] = (repository, args, input) =>
    runGit({ uid: uidOf(repository.ownerId), repository: pathOf(repository), args, ...(input ? { input } : {}) })

  const run: Repositories['run'] = async (repository, args, input) => {
    await requireUntouched(pathOf(repository))
    return runUnchecked(repository, args, input)
  }

  /** Refs are never packed here, so the file is the truth; reading it is what makes looking at every head cheap. */
  const head: Repositories['head'] = async (repository) => {
    const text = await readPlainFile(join(pathOf(repository), defaultBranch)).catch(() => '')
    return isSha(text.trimEnd()) ? text.trimEnd() : resolve(repository, defaultBranch)
  }

  async function resolve(repository: RepositoryRef, name: string): Promise<string | null> {
    try {
      const args = ['rev-parse', '--quiet', '--verify', '--end-of-options', `${name}^{commit}`]
      return (await run(repository, args)).toString().trim()
    } catch (error) {
      if (error instanceof GitError && error.exitCode === 1) return null
      // Git says 128 for a full SHA of which it has no object.
      if (error instanceof GitError && error.exitCode === 128 && isSha(name)) return null
      throw error
    }
  }

  /** One repository that cannot be trusted must not keep the others from being served. */
  async function tidy(path: string): Promise<void> {
    try {
      await requireUntouched(path)
      await removeLeftovers(path)
    } catch (error) {
      log.error({ err: error }, 'a repository is not served')
    }
  }

  const createFilled: Repositories['createFilled'] = async (repository, fill) => {
    const path = pathOf(repository)
    const uid = uidOf(repository.ownerId)
    await mkdir(path, { mode: 0o700 })
    if (uid !== undefined) await chown(path, uid, uid)
    await runUnchecked(repository, ['init', '--quiet', '--bare', '--template=', '--initial-branch=master', path])
    await fill()
    await syncTree(path)
    await syncPath(folder)
  }

  return {
    folder,
    hooksFolder,
    pathOf,
    uidOf: ({ ownerId }) => uidOf(ownerId),
    run,
    head,
    hasCommit: async (repository, commitSha) => isSha(commitSha) && (await resolve(repository, commitSha)) !== null,
    createFilled,

    async create(repository, commit) {
      const args = ['fast-import', '--quiet', '--done', '--date-format=raw']
      await createFilled(repository, async () => {
        await run(repository, args, importCommand(defaultBranch, commit))
      })
      const sha = await head(repository)
      if (sha === null) throw new Error(`the first commit of ${repository.id} was not stored`)
      return sha
    },

    has: (id) =>
      lstat(join(folder, `${id}.git`)).then(
        () => true,
        () => false,
      ),

    async remove(id) {
      await rm(join(folder, `${id}.git`), { recursive: true, force: true })
    },

    async readFile(repository, { commitSha, path, maxSizeBytes }) {
      const object = `${commitSha}:${path}`
      try {
        const sizeBytes = Number((await run(repository, ['cat-file', '-s', object])).toString())
        return sizeBytes > maxSizeBytes ? null : await run(repository, ['cat-file', 'blob', object])
      } catch (error) {
        if (error instanceof GitError) return null
        throw error
      }
    },

    async settle(repository) {
      const path = pathOf(repository)
      await requireUntouched(path)
      const refs = await readdir(join(path, 'refs'), { withFileTypes: true, recursive: true })
      const folders = refs.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
      const objects = ['objects/pack', 'objects', 'refs'].map((name) => join(path, name))
      await Promise.all([...objects, ...folders].map(syncPath))
    },

    async sweep(knownIds) {
      await endLeftoverProcesses(folder)
      for (const name of await readdir(folder)) {
        if (!name.endsWith('.git')) continue
        if (knownIds.has(name.slice(0, -'.git'.length))) {
          await tidy(join(folder, name))
          continue
        }
        log.warn({ repository: name }, 'removing a repository that no algorithm has')
        await rm(join(folder, name), { recursive: true, force: true })
      }
    },
  }
}

/** Reads with the server's rights what its owner's processes could write: follows no link and waits for nobody. */
function readPlainFile(path: string): Promise<string> {
  const flag = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  return readFile(path, { encoding: 'latin1', flag })
}

/** True for a full 40-digit commit id in lower case. */
export function isSha(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text)
}

async function makePassable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  // The owners' uids must be able to reach their own repository by name, and must not be able to list the others.
  await chmod(folder, 0o711)
}

/** Hooks lie beside the repositories, never inside: their owners can't write them, and the source tree may be closed. */
async function installHooks(hooksFolder: string): Promise<void> {
  await mkdir(hooksFolder, { recursive: true })
  await chmod(hooksFolder, 0o755)
  const source = join(import.meta.dirname, 'hooks')
  for (const name of await readdir(source)) {
    await copyFile(join(source, name), join(hooksFolder, name))
    await chmod(join(hooksFolder, name), 0o755)
  }
}

/** A git process that was killed leaves locks, which would refuse every later push, and half-received packs. */
async function removeLeftovers(repository: string): Promise<void> {
  const refs = await readdir(join(repository, 'refs'), { recursive: true })
  const objects = await readdir(join(repository, 'objects'))
  const packs = await readdir(join(repository, 'objects/pack'))
  const leftovers = [
    ...refs.filter((name) => name.endsWith('.lock')).map((name) => join('refs', name)),
    ...objects.filter((name) => /^(tmp_objdir-)?incoming-|^tmp_/.test(name)).map((name) => join('objects', name)),
    ...packs.filter((name) => /^(tmp_|\.tmp-)/.test(name)).map((name) => join('objects/pack', name)),
    ...['HEAD.lock', 'packed-refs.lock', 'config.lock'],
  ]
  await Promise.all(leftovers.map((name) => rm(join(repository, name), { recursive: true, force: true })))
}

async function syncTree(path: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true })
  await Promise.all([path, ...entries.map((entry) => join(entry.parentPath, entry.name))].map(syncPath))
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
