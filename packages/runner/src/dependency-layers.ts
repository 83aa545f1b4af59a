/**
 * Packages that builds have installed, kept for the next build of the same account that asks for the same ones (decision
 * 0077). Owns `<home>/dependencies/<account>/<key>`: read-only, complete when it is there, removed by last use. What is in a
 * layer was written by author code and is never read here.
 */
import { lstat, readdir, readFile, readlink, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createPassable, removeTree, safeName, syncFolder } from './folders.ts'
import type { Logger } from './options.ts'
import { runTool } from './tool.ts'
import { makeReadOnly } from './tree-modes.ts'

/** The packages themselves, as builds left them. */
const FILES = 'files'
/** Written last; its time is that of the last use. */
const RECORD = 'layer.json'
/** In the folder of a build that uses a layer: leads to it, so that nobody removes it, also not another server's process. */
const IN_USE = 'kept-dependencies'

export interface DependencyLayers {
  /**
   * Folder of the packages that are kept under `key` for the account, or null. They stay until `buildFolder` is removed.
   * @param buildFolder folder of the build that uses them
   */
  use(accountId: string, key: string, buildFolder: string): Promise<string | null>
  /**
   * Keeps `folder`, which is moved, in the place of what was there before. An empty one is not kept, and none that is larger
   * than all of them may be.
   */
  keep(accountId: string, key: string, folder: string): Promise<void>
  /** Removes the longest unused until all take `maxBytes` at most; returns how many bytes went. */
  trim(maxBytes?: number): Promise<number>
}

export interface DependencyLayersOptions {
  /** Where they are kept, and where builds are, on the same file system. */
  readonly folders: { readonly dependencies: string; readonly builds: string }
  /** Of all accounts together. 0: nothing is kept. */
  readonly maxBytes: number
  /** True when builds run under other uids and what they leave is to be owned by the server. */
  readonly takesOwnership: boolean
  readonly log: Logger
}

interface Layer {
  readonly path: string
  readonly sizeBytes: number
  readonly usedAtMs: number
}

export function createDependencyLayers(options: DependencyLayersOptions): DependencyLayers {
  const { folders, maxBytes, takesOwnership, log } = options
  /** One change of the folder at a time. */
  let changes: Promise<unknown> = Promise.resolve()
  let trashed = 0

  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = changes.then(change)
    changes = done.catch(() => {})
    return done
  }

  const ownersFolder = (accountId: string) => join(folders.dependencies, safeName(accountId))

  async function use(accountId: string, key: string, buildFolder: string): Promise<string | null> {
    const path = join(ownersFolder(accountId), key)
    return inTurn(async () => {
      // Whoever removes layers looks at these links, so the link comes before the look.
      await symlink(path, join(buildFolder, IN_USE))
      const record = join(path, RECORD)
      if ((await lstat(record).catch(() => null)) === null) {
        await rm(join(buildFolder, IN_USE))
        return null
      }
      const now = new Date()
      await utimes(record, now, now)
      return join(path, FILES)
    })
  }

  async function keep(accountId: string, key: string, folder: string): Promise<void> {
    if ((await readdir(folder)).length === 0) return
    if (takesOwnership) await runTool('chown', ['-hR', '0:0', folder])
    await makeReadOnly(folder)
    const sizeBytes = Number.parseInt(await runTool('du', ['-s', '--block-size=1', folder]), 10)
    if (sizeBytes > maxBytes) return
    const half = `${folder}-layer`
    await createPassable(half)
    await rename(folder, join(half, FILES))
    await writeFile(join(half, RECORD), `${JSON.stringify({ sizeBytes })}\n`)
    await runTool('sync', ['-f', half])
    const owners = ownersFolder(accountId)
    await inTurn(async () => {
      await createPassable(owners)
      await discard(join(owners, key))
      await rename(half, join(owners, key))
      await syncFolder(owners)
    })
    await trim(maxBytes)
  }

  const trim: DependencyLayers['trim'] = (most = maxBytes) =>
    inTurn(async () => {
      const layers = (await list()).sort((one, other) => one.usedAtMs - other.usedAtMs)
      let held = layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      const before = held
      if (held <= most) return 0
      const used = await inUse()
      for (const { path, sizeBytes } of layers) {
        if (held <= most) break
        if (used.has(path)) continue
        await discard(path)
        held -= sizeBytes
      }
      log.info(
        { removedBytes: before - held, heldBytes: held },
        'packages of builds that were not used lately are gone',
      )
      return before - held
    })

  /** Out of the way first: half a layer is never seen. */
  async function discard(path: string): Promise<void> {
    const trash = join(folders.builds, `trash-dependencies-${process.pid}-${trashed++}`)
    try {
      await rename(path, trash)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    await removeTree(trash)
  }

  async function list(): Promise<Layer[]> {
    const owners = await readdir(folders.dependencies)
    const layers = await Promise.all(
      owners.map(async (owner) => {
        const keys = await readdir(join(folders.dependencies, owner))
        return Promise.all(keys.map((key) => readLayer(join(folders.dependencies, owner, key))))
      }),
    )
    return layers.flat()
  }

  async function inUse(): Promise<Set<string>> {
    const builds = await readdir(folders.builds)
    const links = builds.map((build) => readlink(join(folders.builds, build, IN_USE)).catch(() => null))
    return new Set((await Promise.all(links)).filter((link) => link !== null))
  }

  return { use, keep, trim }
}

/** One without a readable record counts as never used. */
async function readLayer(path: string): Promise<Layer> {
  const record = join(path, RECORD)
  try {
    const { sizeBytes } = JSON.parse(await readFile(record, 'utf8')) as { sizeBytes: number }
    return { path, sizeBytes, usedAtMs: (await lstat(record)).mtimeMs }
  } catch {
    return { path, sizeBytes: 0, usedAtMs: 0 }
  }
}
