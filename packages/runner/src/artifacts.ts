/**
 * The artifact store: folders that builds left, read-only, complete when they are there. Owns sealing a tree that author
 * code wrote; nothing of it is trusted.
 */
import { lstat, readdir, readlink, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Folders, removeTree, safeName, syncFolder } from './folders.ts'
import { runTool } from './tool.ts'
import { makeReadOnly } from './tree-modes.ts'

/** Where the tree is mounted in every sandbox; absolute links may point here. */
const INSIDE = '/opt/algorithm'
/** Read-only in every sandbox, so a link there (such as an interpreter of a virtual environment) is harmless. */
const SYSTEM = '/usr/'
const MAX_LINK_HOPS = 40

/** A tree that cannot become an artifact; the message is for the author. */
export class BadTree extends Error {}

export interface ArtifactStore {
  pathOf(artifact: string): string
  /** Turns a finished tree into the artifact `name`. @throws BadTree */
  seal(tree: string, name: string): Promise<void>
  remove(artifact: string): Promise<void>
  /** Bytes on the disk; 0 when it is not there. */
  sizeOf(artifact: string): Promise<number>
  /** Removes all others. */
  keepOnly(artifacts: readonly string[]): Promise<void>
}

export interface ArtifactStoreOptions {
  readonly folders: Folders
  readonly maxBytes: number
  readonly maxFiles: number
  /** True when trees belong to other uids and are to be owned by the server. */
  readonly takesOwnership: boolean
}

export function createArtifactStore({
  folders,
  maxBytes,
  maxFiles,
  takesOwnership,
}: ArtifactStoreOptions): ArtifactStore {
  const pathOf = (artifact: string) => join(folders.artifacts, safeName(artifact))

  async function seal(tree: string, name: string): Promise<void> {
    await checkTree(tree, { maxBytes, maxFiles, allowsSystemLinks: true })
    if (takesOwnership) await runTool('chown', ['-hR', '0:0', tree])
    await makeReadOnly(tree)
    await runTool('sync', ['-f', tree])
    await rename(tree, pathOf(name))
    await syncFolder(folders.artifacts)
  }

  async function remove(artifact: string): Promise<void> {
    // Out of the way first: half an artifact is never seen.
    const trash = join(folders.builds, `trash-${safeName(artifact)}`)
    try {
      await rename(pathOf(artifact), trash)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    await removeTree(trash)
  }

  async function sizeOf(artifact: string): Promise<number> {
    const isThere = (await lstat(pathOf(artifact)).catch(() => null)) !== null
    return isThere ? Number.parseInt(await runTool('du', ['-s', '--block-size=1', pathOf(artifact)]), 10) : 0
  }

  async function keepOnly(kept: readonly string[]): Promise<void> {
    const names = new Set(kept)
    for (const artifact of await readdir(folders.artifacts)) if (!names.has(artifact)) await remove(artifact)
  }

  return { pathOf, seal, remove, sizeOf, keepOnly }
}

export interface TreeRules {
  readonly maxBytes: number
  /** Files, folders and links. */
  readonly maxFiles: number
  /** Builds may link to the system's programs; what authors commit may not. */
  readonly allowsSystemLinks: boolean
}

/**
 * Refuses device nodes, FIFOs, sockets, links out of the tree, and too much.
 * @throws BadTree naming the first entry that is wrong
 */
export async function checkTree(tree: string, rules: TreeRules): Promise<void> {
  const listing = await runTool('find', [tree, '-mindepth', '1', '-printf', '%y %s %P\\0'])
  let sizeBytes = 0
  let files = 0
  for (const entry of listing.split('\0')) {
    if (entry === '') continue
    files++
    const [kind = '', size = '0'] = entry.split(' ', 2)
    const path = entry.slice(kind.length + size.length + 2)
    if (kind === 'f') sizeBytes += Number(size)
    else if (kind === 'l') await checkLink(tree, path, rules)
    else if (kind !== 'd') throw new BadTree(`${path} is not a file, folder or symbolic link. Remove it.`)
  }
  if (sizeBytes > rules.maxBytes) {
    throw new BadTree(`The built files have ${sizeBytes} bytes, more than the limit of ${rules.maxBytes} bytes.`)
  }
  if (files > rules.maxFiles) {
    throw new BadTree(`The build leaves ${files} files and folders, more than the limit of ${rules.maxFiles}.`)
  }
}

async function checkLink(tree: string, path: string, rules: TreeRules): Promise<void> {
  const target = await readlink(join(tree, path))
  if (rules.allowsSystemLinks && target.startsWith(SYSTEM) && !target.includes('/..')) return
  if (await staysInside(tree, path)) return
  throw new BadTree(
    `The symbolic link ${path} leads out of the repository, to ${target}. Replace it by the file itself.`,
  )
}

/**
 * Follows a link part by part as the kernel would with the tree at `/opt/algorithm`; text alone cannot tell, since `..`
 * behind a link to a folder goes up from where that folder is.
 */
async function staysInside(tree: string, link: string): Promise<boolean> {
  let at = ''
  let hops = 0
  const todo = link.split('/')
  for (let part = todo.shift(); part !== undefined; part = todo.shift()) {
    if (part === '' || part === '.') continue
    if (part === '..') {
      if (at === '') return false
      at = dirname(at) === '.' ? '' : dirname(at)
      continue
    }
    const next = at === '' ? part : `${at}/${part}`
    const kind = await lstat(join(tree, next)).catch(() => null)
    if (kind?.isSymbolicLink() !== true) {
      at = next
      continue
    }
    if (++hops > MAX_LINK_HOPS) return false
    const target = await readlink(join(tree, next))
    if (target.startsWith('/')) {
      if (target !== INSIDE && !target.startsWith(`${INSIDE}/`)) return false
      at = ''
      todo.unshift(...target.slice(INSIDE.length).split('/'))
    } else todo.unshift(...target.split('/'))
  }
  return true
}
