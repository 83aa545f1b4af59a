/** Where the parts of a backup come from: a folder or a tar file. Nothing of what is read is trusted. */
import { createReadStream } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { isErrno } from '../atomic-file.ts'
import { BackupError, indexPath, MANIFEST_PATH, PART_BYTES, type Part, pathsIn } from './format.ts'
import { BLOCK_BYTES, END, isZero, paddingOf, readTarHeader } from './tar-blocks.ts'

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b])

export interface Source {
  /** In the order in which they were written. @throws BackupError for what cannot be part of a backup */
  parts(): AsyncGenerator<Part>
}

/** @throws BackupError when there is nothing, or nothing that can be read twice, as a restore does */
export async function openSource(given: string): Promise<Source> {
  if (given === '-') throw new BackupError('A backup is read twice: give the name of a file or folder')
  const path = resolve(given)
  const found = await stat(path).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) throw new BackupError(`There is no backup at ${path}`)
    throw error
  })
  if (found.isDirectory()) return { parts: () => partsOfFolder(path) }
  if (!found.isFile()) throw new BackupError(`${path} is no file and no folder; a backup is read twice`)
  const isCompressed = await isGzip(path)
  return { parts: () => partsOfTar(path, isCompressed) }
}

/** Whatever its name says: what comes from standard output has the name that somebody gave it. */
async function isGzip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(GZIP_MAGIC.length), 0, GZIP_MAGIC.length, 0)
    return buffer.equals(GZIP_MAGIC)
  } finally {
    await file.close()
  }
}

async function* partsOfFolder(folder: string): AsyncGenerator<Part> {
  const manifest = await readPart(folder, MANIFEST_PATH)
  for (let number = 1; ; number++) {
    const index = await readPart(folder, indexPath(number)).catch((error: unknown) => {
      if (error instanceof MissingPart) return undefined
      throw error
    })
    if (!index) break
    for (const path of pathsIn(index.bytes)) yield await readPart(folder, path)
    yield index
  }
  yield manifest
}

class MissingPart extends BackupError {}

async function readPart(folder: string, path: string): Promise<Part> {
  const file = join(folder, path)
  try {
    const found = await stat(file)
    if (!found.isFile() || found.size > PART_BYTES) throw new BackupError(`Not a backup: ${path} is no part of one`)
    return { path, bytes: await readFile(file) }
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw new MissingPart(`The backup is not whole: ${path} is missing`)
    throw error
  }
}

async function* partsOfTar(path: string, isCompressed: boolean): AsyncGenerator<Part> {
  const file = createReadStream(path, { highWaterMark: 1024 * 1024 })
  const plain = isCompressed ? file.pipe(createGunzip()) : file
  file.on('error', (error) => plain.destroy(error))
  try {
    yield* partsOfBlocks(createBlockReader(plain))
  } catch (error) {
    throw error instanceof BackupError || !isDamage(error) ? error : new BackupError(`${path}: ${error.message}`)
  } finally {
    file.destroy()
  }
}

async function* partsOfBlocks(reader: BlockReader): AsyncGenerator<Part> {
  for (;;) {
    const header = readTarHeader(await reader.take(BLOCK_BYTES))
    if (!header) break
    const { path, sizeBytes } = header
    if (sizeBytes > PART_BYTES) throw new BackupError(`Not a backup: ${path} is too long for a part`)
    const bytes = await reader.take(sizeBytes)
    requireZeros(await reader.take(paddingOf(sizeBytes)))
    yield { path, bytes }
  }
  requireZeros(await reader.take(END.length - BLOCK_BYTES))
  if (!(await reader.isAtEnd())) throw new BackupError('The backup was changed: something follows its end')
}

function requireZeros(bytes: Buffer): void {
  if (!isZero(bytes)) throw new BackupError('The backup was changed: something stands between its parts')
}

/** What decompressing says of bytes that were changed, or of a file that was cut off. */
function isDamage(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

interface BlockReader {
  /** @throws BackupError when the stream ends before */
  take(length: number): Promise<Buffer>
  isAtEnd(): Promise<boolean>
}

function createBlockReader(stream: Readable): BlockReader {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let held: Buffer[] = []
  let heldBytes = 0

  async function fill(length: number): Promise<boolean> {
    while (heldBytes < length) {
      const { value, done } = await chunks.next()
      if (done) return false
      held.push(value)
      heldBytes += value.length
    }
    return true
  }

  return {
    async take(length) {
      if (!(await fill(length))) throw new BackupError('The backup is not whole: it ends too early')
      const all = held.length === 1 && held[0] ? held[0] : Buffer.concat(held)
      held = [all.subarray(length)]
      heldBytes = all.length - length
      return all.subarray(0, length)
    },
    isAtEnd: async () => !(await fill(1)),
  }
}
