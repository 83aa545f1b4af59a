/** The account of the Dropbox double: files and folders in memory, with Dropbox's rules for names and its errors. */
import { createHash } from 'node:crypto'

/** A reply with status 409; `error` as Dropbox documents it for the endpoint. */
export class EndpointError extends Error {
  readonly error: Tagged

  constructor(error: Tagged) {
    super('Refused by the double')
    this.error = error
  }
}

export interface Tagged {
  readonly '.tag': string
  readonly [member: string]: unknown
}

interface Folder {
  readonly kind: 'folder'
  readonly display: string
  readonly entries: Map<string, Folder | File>
}

interface File {
  readonly kind: 'file'
  readonly display: string
  readonly content: Buffer
  readonly rev: string
  readonly modifiedAt: Date
}

export type Metadata = { readonly '.tag': 'file' | 'folder'; readonly [member: string]: unknown }

export interface Account {
  /** @throws EndpointError with what `wrap` makes of the problem */
  metadata(path: string, wrap: Wrap): Metadata
  content(path: string, wrap: Wrap): { readonly metadata: Metadata; readonly content: Buffer }
  entries(path: string, wrap: Wrap): Metadata[]
  put(path: string, content: Buffer, wrap: Wrap): Metadata
  createFolder(path: string, wrap: Wrap): Metadata
  remove(path: string, parentRev: string | undefined): Metadata
}

/** Puts a lookup or write error into the error of an endpoint. */
export type Wrap = (error: Tagged) => Tagged

const MAX_NAME_LENGTH = 255
const IGNORED_NAMES = ['desktop.ini', 'thumbs.db', '.ds_store', 'icon\r', '.dropbox', '.dropbox.attr']

export function createAccount({ quotaBytes }: { readonly quotaBytes: number }): Account {
  const root: Folder = { kind: 'folder', display: '', entries: new Map() }
  let usedBytes = 0
  let revisions = 0

  function find(path: string): Folder | File | undefined {
    let at: Folder | File | undefined = root
    for (const name of namesOf(path)) at = at?.kind === 'folder' ? at.entries.get(keyOf(name)) : undefined
    return at
  }

  function lookUp(path: string, wrap: Wrap): Folder | File {
    requireWellFormed(path, wrap)
    const found = find(path)
    if (!found) throw refusal(wrap, { '.tag': 'not_found' })
    return found
  }

  /** The folder, made with those above it where they are missing. */
  function folderAt(path: string, wrap: Wrap): Folder {
    let at = root
    for (const name of namesOf(path)) {
      const made: Folder = { kind: 'folder', display: `${at.display}/${name}`, entries: new Map() }
      const next: Folder | File = at.entries.get(keyOf(name)) ?? made
      if (next.kind === 'file') throw conflict(wrap, 'file_ancestor')
      at.entries.set(keyOf(name), next)
      at = next
    }
    return at
  }

  function put(path: string, content: Buffer, wrap: Wrap): Metadata {
    requireWritable(path, wrap)
    const name = lastName(path)
    const before = find(path)
    if (before?.kind === 'folder') throw conflict(wrap, 'folder')
    const beforeBytes = before?.content.length ?? 0
    if (usedBytes - beforeBytes + content.length > quotaBytes) throw refusal(wrap, { '.tag': 'insufficient_space' })
    const folder = folderAt(parentOf(path), wrap)
    // The same content again is no new revision.
    if (before?.content.equals(content)) return metadataOf(before)
    const rev = (++revisions).toString(16).padStart(9, '0')
    // Dropbox keeps whole seconds.
    const modifiedAt = new Date(Math.floor(Date.now() / 1000) * 1000)
    const display = before?.display ?? `${folder.display}/${name}`
    const file: File = { kind: 'file', display, content, rev, modifiedAt }
    folder.entries.set(keyOf(name), file)
    usedBytes += content.length - beforeBytes
    return metadataOf(file)
  }

  function remove(path: string, parentRev: string | undefined): Metadata {
    const found = lookUp(path, (error) => ({ '.tag': 'path_lookup', path_lookup: error }))
    const inWrite: Wrap = (error) => ({ '.tag': 'path_write', path_write: error })
    if (found === root) throw refusal(inWrite, { '.tag': 'malformed_path' })
    if (parentRev !== undefined && (found.kind === 'folder' || found.rev !== parentRev)) {
      throw conflict(inWrite, found.kind)
    }
    const parent = find(parentOf(path))
    if (parent?.kind === 'folder') parent.entries.delete(keyOf(lastName(path)))
    usedBytes -= sizeOf(found)
    return metadataOf(found)
  }

  return {
    metadata: (path, wrap) => metadataOf(lookUp(path, wrap)),
    content(path, wrap) {
      const found = lookUp(path, wrap)
      if (found.kind === 'folder') throw refusal(wrap, { '.tag': 'not_file' })
      return { metadata: metadataOf(found), content: found.content }
    },
    entries(path, wrap) {
      const found = lookUp(path, wrap)
      if (found.kind === 'file') throw refusal(wrap, { '.tag': 'not_folder' })
      return [...found.entries.values()].map(metadataOf).sort(inNoOrder)
    },
    put,
    createFolder(path, wrap) {
      requireWritable(path, wrap)
      const found = find(path)
      if (found) throw conflict(wrap, found.kind)
      return metadataOf(folderAt(path, wrap))
    },
    remove,
  }
}

function refusal(wrap: Wrap, error: Tagged): EndpointError {
  return new EndpointError(wrap(error))
}

function conflict(wrap: Wrap, kind: string): EndpointError {
  return refusal(wrap, { '.tag': 'conflict', conflict: { '.tag': kind } })
}

function requireWellFormed(path: string, wrap: Wrap): void {
  const isWellFormed = path === '' || (path.startsWith('/') && namesOf(path).every(isName))
  if (!isWellFormed) throw refusal(wrap, { '.tag': 'malformed_path', malformed_path: null })
}

function requireWritable(path: string, wrap: Wrap): void {
  requireWellFormed(path, wrap)
  if (path === '') throw refusal(wrap, { '.tag': 'malformed_path', malformed_path: null })
  if (namesOf(path).some((name) => IGNORED_NAMES.includes(name.toLowerCase()))) {
    throw refusal(wrap, { '.tag': 'disallowed_name' })
  }
}

function isName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || name.endsWith(' ')) return false
  return name.length <= MAX_NAME_LENGTH && !/[\\\0\x7f]/.test(name)
}

const namesOf = (path: string): string[] => (path === '' ? [] : path.slice(1).split('/'))

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))

const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

const keyOf = (name: string): string => name.normalize('NFC').toLowerCase()

const sizeOf = (entry: Folder | File): number =>
  entry.kind === 'file'
    ? entry.content.length
    : [...entry.entries.values()].reduce((sum, each) => sum + sizeOf(each), 0)

function metadataOf(entry: Folder | File): Metadata {
  const { kind, display } = entry
  const common = { '.tag': kind, name: lastName(display), path_lower: display.toLowerCase(), path_display: display }
  const id = `id:${createHash('sha256').update(common.path_lower).digest('base64url').slice(0, 22)}`
  if (entry.kind === 'folder') return { ...common, id }
  const modified = `${entry.modifiedAt.toISOString().slice(0, 19)}Z`
  return {
    ...common,
    id,
    client_modified: modified,
    server_modified: modified,
    rev: entry.rev,
    size: entry.content.length,
    is_downloadable: true,
    content_hash: contentHash(entry.content),
  }
}

/** The order is the same each time, and nobody's. */
function inNoOrder(a: Metadata, b: Metadata): number {
  const [first, second] = [a, b].map(({ id }) => String(id))
  return (first ?? '') < (second ?? '') ? -1 : 1
}

/** https://www.dropbox.com/developers/reference/content-hash */
export function contentHash(content: Buffer): string {
  const blockBytes = 4 * 2 ** 20
  const whole = createHash('sha256')
  for (let start = 0; start < content.length; start += blockBytes) {
    whole.update(
      createHash('sha256')
        .update(content.subarray(start, start + blockBytes))
        .digest(),
    )
  }
  return whole.digest('hex')
}
