/**
 * Reads a tar file that may come from anybody: plain files with extended headers of POSIX, and nothing else. Names are only
 * text here, never paths; a size is believed as far as the file has bytes.
 */
import type { FileHandle } from 'node:fs/promises'
import { badBundle } from './bad-bundle.ts'
import { BLOCK_BYTES, checksumOf } from './tar-writer.ts'

export interface ReadTarEntry {
  readonly name: string
  readonly sizeBytes: number
  readonly modifiedAt: Date
  /** The content, once. */
  readonly body: AsyncGenerator<Buffer, void, undefined>
}

const CHUNK_BYTES = 512 * 1024
/** Room for a name of 4 KiB many times over. */
const MAX_EXTENDED_BYTES = 32 * 1024
/** A file name of 255 bytes in a folder of ours. */
const MAX_NAME_BYTES = 1024

/** @throws ApiError InvalidRequest for what is no such archive, and at its end unless the file ends there as well */
export async function* readTar(file: FileHandle): AsyncGenerator<ReadTarEntry, void, undefined> {
  const { size: fileBytes } = await file.stat()
  let position = 0

  async function take(length: number): Promise<Buffer> {
    const bytes = await readAt(file, position, length)
    position += length
    return bytes
  }

  for (let extended: Extended = {}; ; ) {
    const block = await take(BLOCK_BYTES)
    if (isZero(block)) break
    const { name, sizeBytes, modifiedAt, type } = parseHeader(block)
    const next = position + Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES
    if (next > fileBytes) throw badBundle(`it ends in the middle of ${extended.path ?? name}; copy it again`)
    if (type === 'x') {
      if (sizeBytes > MAX_EXTENDED_BYTES) throw badBundle('an extended header is too large')
      const bytes = await take(next - position)
      if (!isZero(bytes.subarray(sizeBytes))) throw badBundle('it is damaged')
      extended = parseExtended(bytes.subarray(0, sizeBytes))
      continue
    }
    const mtime = extended.mtime ?? modifiedAt
    if (Math.floor(mtime.getTime() / 1000) * 1000 !== modifiedAt.getTime()) throw badBundle('a time is damaged')
    const body = contentOf(file, position, sizeBytes)
    yield { name: extended.path ?? name, sizeBytes, modifiedAt: mtime, body }
    extended = {}
    if (!isZero(await readAt(file, position + sizeBytes, next - position - sizeBytes))) throw badBundle('it is damaged')
    position = next
  }
  if (!isZero(await take(BLOCK_BYTES)) || position !== fileBytes) throw badBundle('something follows its end')
}

async function* contentOf(file: FileHandle, start: number, sizeBytes: number): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < sizeBytes; ) {
    const chunk = await readAt(file, start + at, Math.min(CHUNK_BYTES, sizeBytes - at))
    at += chunk.length
    yield chunk
  }
}

/** Exactly so many bytes. */
async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done)
    if (bytesRead === 0) throw badBundle('it ends too early; copy it again')
    done += bytesRead
  }
  return bytes
}

function parseHeader(block: Buffer) {
  if (block.toString('latin1', 257, 262) !== 'ustar' || parseOctal(block, 148, 8) !== checksumOf(block)) {
    throw badBundle('it is no tar file, or it is damaged')
  }
  const type = block[156] === 0 ? '0' : block.toString('latin1', 156, 157)
  const name = decode(untilNul(block.subarray(0, 100)))
  if (type !== '0' && type !== 'x') throw badBundle(`${name} is no plain file`)
  if (block[345] !== 0) throw badBundle(`${name} has its folder elsewhere; pack it as algorist export does`)
  const modifiedAt = new Date(parseOctal(block, 136, 12) * 1000)
  return { name, sizeBytes: parseSize(block), modifiedAt, type }
}

function parseSize(block: Buffer): number {
  if (block[124] !== 0x80) return parseOctal(block, 124, 12)
  const size = block.readBigUInt64BE(128)
  if (block.readUInt32BE(124) !== 0x80_00_00_00 || size > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw badBundle('an entry is larger than any file')
  }
  return Number(size)
}

function parseOctal(block: Buffer, start: number, width: number): number {
  const text = block.toString('latin1', start, start + width).replace(/[\0 ]+$/, '')
  if (!/^[0-7]*$/.test(text)) throw badBundle('it is no tar file, or it is damaged')
  return Number.parseInt(text || '0', 8)
}

interface Extended {
  readonly path?: string
  readonly mtime?: Date
}

function parseExtended(bytes: Buffer): Extended {
  const found: { path?: string; mtime?: Date } = {}
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const digits = space < 0 ? '' : bytes.toString('latin1', at, space)
    const end = at + Number(digits)
    if (!/^[1-9]\d{0,5}$/.test(digits) || end > bytes.length || end <= space + 1 || bytes[end - 1] !== 0x0a) {
      throw badBundle('an extended header is damaged')
    }
    const [, keyword, value = ''] = /^([^=]*)=(.*)$/s.exec(decode(bytes.subarray(space + 1, end - 1))) ?? []
    if (keyword === 'path') found.path = checkedName(value)
    else if (keyword === 'mtime') found.mtime = timeOf(value)
    else throw badBundle('an extended header says what this server does not know')
    at = end
  }
  return found
}

function checkedName(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES && !name.includes('\0')) return name
  throw badBundle('the name of an entry is too long, or has a NUL byte')
}

function timeOf(text: string): Date {
  const time = new Date(Math.round(Number(text) * 1000))
  if (/^\d{1,12}(\.\d+)?$/.test(text) && time.getTime() < Date.UTC(9999, 0)) return time
  throw badBundle('an entry has a time that is none')
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw badBundle('the name of an entry is not UTF-8')
  }
}

function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}

const isZero = (block: Buffer): boolean => block.every((byte) => byte === 0)
