/** A driver that keeps everything in memory: what the others are measured by, and for tests. */
import { Readable } from 'node:stream'
import { abortableStream } from './abortable-stream.ts'
import { checkedBody } from './checked-body.ts'
import { type Driver, DriverError, type FileEntry, type FileStat } from './driver.ts'
import { pageOf } from './listing-page.ts'

export interface MemoryDriverOptions {
  /** Most bytes of content, which writes at the same time may exceed together; 256 MiB unless given. */
  readonly maxBytes?: number
}

interface File extends FileStat {
  readonly kind: 'file'
  readonly content: Buffer
}

interface Folder {
  readonly kind: 'folder'
  readonly entries: Map<string, File | Folder>
}

const defaultMaxBytes = 256 * 2 ** 20
/** Readers get pieces of this size, so that they can be slow. */
const chunkBytes = 65_536

export function createMemoryDriver({ maxBytes = defaultMaxBytes }: MemoryDriverOptions = {}): Driver {
  const root: Folder = { kind: 'folder', entries: new Map() }
  let usedBytes = 0
  let writes = 0

  function find(path: string): File | Folder | undefined {
    let at: File | Folder | undefined = root
    for (const name of segmentsOf(path)) at = at?.kind === 'folder' ? at.entries.get(name) : undefined
    return at
  }

  function makeFolder(path: string): Folder {
    let at = root
    for (const name of segmentsOf(path)) {
      const next: File | Folder = at.entries.get(name) ?? { kind: 'folder', entries: new Map() }
      if (next.kind === 'file') throw new DriverError('invalid-path', `'${name}' is a file, and cannot be a folder too`)
      at.entries.set(name, next)
      at = next
    }
    return at
  }

  function put(path: string, content: Buffer): File {
    const name = nameOf(path)
    const folder = makeFolder(parentOf(path))
    const before = folder.entries.get(name)
    if (before?.kind === 'folder' || name === '') throw new DriverError('invalid-path', `'${name}' is a folder`)
    const stat = { sizeBytes: content.length, modifiedAt: new Date(), etag: String(++writes) }
    const file: File = { kind: 'file', content, ...stat }
    folder.entries.set(name, file)
    usedBytes += content.length - (before?.sizeBytes ?? 0)
    return file
  }

  async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    let sizeBytes = 0
    for await (const chunk of body) {
      sizeBytes += chunk.length
      if (usedBytes + sizeBytes > maxBytes) {
        throw new DriverError('full', `No more than ${maxBytes} bytes are kept; delete what is not needed`)
      }
      chunks.push(Buffer.from(chunk))
    }
    return Buffer.concat(chunks)
  }

  /** Removes the entry when `mayGo` says so of it. */
  function remove(path: string, mayGo: (entry: File | Folder) => boolean): boolean {
    const parent = find(parentOf(path))
    const entry = parent?.kind === 'folder' ? parent.entries.get(nameOf(path)) : undefined
    if (parent?.kind !== 'folder' || entry === undefined || !mayGo(entry)) return false
    parent.entries.delete(nameOf(path))
    if (entry.kind === 'file') usedBytes -= entry.sizeBytes
    return true
  }

  return {
    async stat(path, signal) {
      signal?.throwIfAborted()
      const entry = find(path)
      return entry?.kind === 'file' ? { kind: 'file', ...statOf(entry) } : entry && { kind: 'folder' }
    },
    async read(path, { range, signal } = {}) {
      signal?.throwIfAborted()
      const file = find(path)
      if (file?.kind !== 'file') throw notFound(`no file '${path}'`)
      const { content } = file
      const part = range ? content.subarray(range.first, range.last + 1) : content
      return abortableStream(Readable.from(chunksOf(part), { objectMode: false }), signal)
    },
    async write(path, body, options = {}) {
      options.signal?.throwIfAborted()
      const content = await collect(checkedBody(body, options))
      return statOf(put(path, content))
    },
    async delete(path, signal) {
      signal?.throwIfAborted()
      return remove(path, ({ kind }) => kind === 'file')
    },
    async list(path, options) {
      options.signal?.throwIfAborted()
      const folder = find(path)
      if (folder?.kind !== 'folder') throw notFound(`no folder '${path}'`)
      const names = [...folder.entries.keys()]
      const isFile = (name: string): boolean => folder.entries.get(name)?.kind === 'file'
      const all = { folders: names.filter((name) => !isFile(name)), files: names.filter(isFile) }
      const page = pageOf(path, all, options)
      return { ...page, files: page.files.flatMap((name) => entryOf(name, folder.entries.get(name))) }
    },
    async createFolder(path, signal) {
      signal?.throwIfAborted()
      makeFolder(path)
    },
    async deleteFolder(path, signal) {
      signal?.throwIfAborted()
      return remove(path, (entry) => {
        if (entry.kind === 'folder' && entry.entries.size > 0) throw new DriverError('not-empty', `'${path}' has files`)
        return entry.kind === 'folder'
      })
    },
    async close() {
      root.entries.clear()
      usedBytes = 0
    },
  }
}

const segmentsOf = (path: string): string[] => (path === '' ? [] : path.split('/'))

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

const statOf = ({ sizeBytes, modifiedAt, etag }: FileStat): FileStat => ({ sizeBytes, modifiedAt, etag })

function entryOf(name: string, entry: File | Folder | undefined): FileEntry[] {
  return entry?.kind === 'file' ? [{ name, ...statOf(entry) }] : []
}

function* chunksOf(content: Buffer): Generator<Buffer> {
  for (let start = 0; start < content.length; start += chunkBytes) yield content.subarray(start, start + chunkBytes)
}

function notFound(what: string): DriverError {
  return new DriverError('not-found', `There is ${what}`)
}
