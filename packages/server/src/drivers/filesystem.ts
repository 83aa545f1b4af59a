/**
 * A driver for a folder of the file system that no other process writes to; so links in it are not looked for, though one
 * in the place of a file is not followed. A file is written out of sight, synced and renamed, so it is there whole or not at
 * all, after a kill and after power loss too. Its folders stay when the last file goes.
 */
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { syncFolder } from '../atomic-file.ts'
import { abortableStream } from './abortable-stream.ts'
import { checkedBody } from './checked-body.ts'
import {
  type ByteRange,
  type Driver,
  DriverError,
  type FileEntry,
  type FileStat,
  type Listing,
  type ListOptions,
} from './driver.ts'
import { createDurableFolders } from './durable-folders.ts'
import { onDisk, onDiskUnless } from './filesystem-errors.ts'
import { openIncoming } from './incoming.ts'
import { lend } from './lent-memory.ts'
import { type Names, pageOf } from './listing-page.ts'

export interface FilesystemDriverOptions {
  /** Made when it is not there. */
  readonly folder: string
  /** Another process of this server is writing to it as well; what writers have left then stays. */
  readonly othersWrite?: boolean
}

/** In the driver's folder, for a rename works within one file system alone. */
const incomingName = '.incoming'
const readChunkBytes = 512 * 1024
const wholeFile: ByteRange = { first: 0, last: Number.POSITIVE_INFINITY }
/** Of Linux; known before a body is received for nothing. */
const maxNameBytes = 255
const maxTargetBytes = 4095
const notThere = ['ENOENT', 'ENOTDIR']

/**
 * Removes what writers that were killed have left.
 *
 * @throws DriverError when the folder cannot be used
 */
export async function createFilesystemDriver(options: FilesystemDriverOptions): Promise<Driver> {
  const root = resolve(options.folder)
  await onDisk(makeRoot(root))
  const incoming = await openIncoming(join(root, incomingName), options.othersWrite)
  const folders = createDurableFolders(root)

  function locate(path: string): string {
    const target = join(root, ...parseSegments(path))
    if (Buffer.byteLength(target) > maxTargetBytes)
      throw new DriverError('invalid-path', 'The path is too long; shorten it')
    return target
  }

  async function list(path: string, options: ListOptions): Promise<Listing> {
    options.signal?.throwIfAborted()
    const folder = locate(path)
    const names = await namesIn(folder)
    if (!names) throw notFound('folder', path)
    const shown = { ...names, folders: names.folders.filter((name) => folder !== root || name !== incomingName) }
    const page = pageOf(path, shown, options)
    const files = await entriesOf(folder, page.files)
    // Entries that vanished in between can have been all of the page.
    const isEmpty = page.folders.length + files.length === 0
    return isEmpty && page.marker !== undefined ? list(path, { ...options, marker: page.marker }) : { ...page, files }
  }

  return {
    async stat(path, signal) {
      signal?.throwIfAborted()
      const stats = await find(locate(path))
      if (stats?.isFile()) return { kind: 'file', ...statOf(stats) }
      return stats?.isDirectory() ? { kind: 'folder' } : undefined
    },
    async read(path, { range, signal } = {}) {
      signal?.throwIfAborted()
      const file = await openFile(locate(path))
      if (!file) throw notFound('file', path)
      return abortableStream(streamOf(file, range ?? wholeFile), signal)
    },
    async write(path, body, options = {}) {
      options.signal?.throwIfAborted()
      const target = locate(path)
      if (target === root) throw new DriverError('invalid-path', 'A file needs a name')
      const stats = await incoming.receive(checkedBody(body, options), async (temporary) => {
        options.signal?.throwIfAborted()
        await onDisk(folders.within(dirname(target), () => rename(temporary, target)))
      })
      return statOf(stats)
    },
    async delete(path, signal) {
      signal?.throwIfAborted()
      const target = locate(path)
      const isDeleted = await onDiskUnless([...notThere, 'EISDIR'], unlink(target).then(isDone))
      if (isDeleted) await onDisk(folders.sync(dirname(target)))
      return isDeleted ?? false
    },
    list,
    async createFolder(path, signal) {
      signal?.throwIfAborted()
      await onDisk(folders.within(locate(path), async () => undefined))
    },
    async deleteFolder(path, signal) {
      signal?.throwIfAborted()
      const folder = locate(path)
      if (folder === root) throw new DriverError('invalid-path', 'The folder of all files cannot be deleted')
      return (await onDiskUnless(notThere, folders.remove(folder).then(isDone))) ?? false
    },
    async close() {},
  }
}

/** A new one is worth nothing before it is in the folder above it for good. */
async function makeRoot(root: string): Promise<void> {
  const firstMade = await mkdir(root, { recursive: true, mode: 0o700 })
  if (firstMade !== undefined) await syncFolder(dirname(firstMade))
}

const isDone = (): true => true

/** @throws DriverError invalid-path for one that would leave the folder, or have another name on the disk than it says */
function parseSegments(path: string): string[] {
  if (path === '') return []
  const segments = path.split('/')
  const isSafe = segments.every((name) => !['', '.', '..'].includes(name))
  if (!isSafe || path.includes('\0') || !path.isWellFormed()) {
    throw new DriverError('invalid-path', "A path has no empty, '.' or '..' segment, no NUL, and is valid Unicode")
  }
  if (segments.some((name) => Buffer.byteLength(name) > maxNameBytes)) {
    throw new DriverError('invalid-path', `A name has at most ${maxNameBytes} bytes in UTF-8; choose a shorter one`)
  }
  if (segments[0] === incomingName)
    throw new DriverError('invalid-path', `'${incomingName}' is taken; choose another name`)
  return segments
}

/** Of links nothing is known here: nobody makes them, and they are not followed. */
async function find(target: string): Promise<BigIntStats | undefined> {
  return onDiskUnless(notThere, lstat(target, { bigint: true }))
}

async function openFile(target: string): Promise<FileHandle | undefined> {
  const file = await onDiskUnless([...notThere, 'ELOOP'], open(target, constants.O_RDONLY | constants.O_NOFOLLOW))
  if (!file) return undefined
  const stats = await onDisk(file.stat())
  if (stats.isFile()) return file
  await file.close()
  return undefined
}

async function namesIn(folder: string): Promise<Names | undefined> {
  const entries = await onDiskUnless(notThere, readdir(folder, { withFileTypes: true }))
  return (
    entries && {
      folders: entries.filter((entry) => entry.isDirectory()).map(({ name }) => name),
      files: entries.filter((entry) => entry.isFile()).map(({ name }) => name),
    }
  )
}

async function entriesOf(folder: string, names: readonly string[]): Promise<FileEntry[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const stats = await find(join(folder, name))
      return stats?.isFile() ? [{ name, ...statOf(stats) }] : []
    }),
  )
  return found.flat()
}

function statOf({ size, mtimeNs, ino }: BigIntStats): FileStat {
  return {
    sizeBytes: Number(size),
    modifiedAt: new Date(Number(mtimeNs / 1_000_000n)),
    etag: `${mtimeNs.toString(36)}-${ino.toString(36)}`,
  }
}

function notFound(kind: 'file' | 'folder', path: string): DriverError {
  return new DriverError('not-found', `There is no ${kind} '${path}'`)
}

/** Reads up to the end of the range or the file. The file is closed with the stream. */
function streamOf(file: FileHandle, range: ByteRange): Readable {
  const stream = Readable.from(chunksOf(file, range), { objectMode: false, highWaterMark: readChunkBytes })
  // Not at the end of the chunks: whoever never reads the first of them does not come to their end.
  return stream.once('close', () => file.close().catch(() => undefined))
}

async function* chunksOf(file: FileHandle, { first, last }: ByteRange): AsyncGenerator<Uint8Array> {
  for (let position = first; position <= last; ) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(readChunkBytes, last - position + 1))
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield bytesRead === chunk.length ? lend(chunk) : Buffer.from(chunk.subarray(0, bytesRead))
  }
}
