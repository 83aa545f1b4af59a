/**
 * Writes a tar file (POSIX pax) of plain files, each streamed. Names and times that the old header cannot hold go into an
 * extended one, sizes from 8 GiB on into the form that GNU tar began; both are read everywhere.
 */
import type { FileHandle } from 'node:fs/promises'

export const BLOCK_BYTES = 512
/** Largest size that twelve octal digits hold. */
const OCTAL_SIZE_BYTES = 8 ** 11 - 1

export interface TarEntry {
  readonly name: string
  /** Of the body, where it is known before; a body of another length is an error then. */
  readonly sizeBytes?: number
  readonly modifiedAt: Date
}

export interface TarWriter {
  /** @returns the length of the body */
  add(entry: TarEntry, body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number>
  /** Ends the archive; the file stays open. */
  end(): Promise<void>
}

/** @param file empty, and open for writing at any place: the length of a body is written once it is known */
export function createTarWriter(file: FileHandle): TarWriter {
  let position = 0

  async function append(bytes: Uint8Array): Promise<void> {
    await writeAt(file, bytes, position)
    position += bytes.byteLength
  }

  return {
    async add({ name, sizeBytes, modifiedAt }, body) {
      const extended = extendedHeader(name, modifiedAt)
      const headerAt = position + extended.length
      await append(Buffer.concat([extended, header({ name, sizeBytes: sizeBytes ?? 0, modifiedAt, type: '0' })]))
      const bodyAt = position
      for await (const chunk of body) await append(chunk)
      const length = position - bodyAt
      if (sizeBytes === undefined)
        await writeAt(file, header({ name, sizeBytes: length, modifiedAt, type: '0' }), headerAt)
      else if (sizeBytes !== length) throw new Error(`${name} has ${length} bytes, expected ${sizeBytes}`)
      if (length % BLOCK_BYTES !== 0) await append(padding(length))
      return length
    },
    end: () => append(Buffer.alloc(2 * BLOCK_BYTES)),
  }
}

async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done)
    done += bytesWritten
  }
}

interface Header {
  readonly name: string
  readonly sizeBytes: number
  readonly modifiedAt: Date
  readonly type: '0' | 'x'
}

function header({ name, sizeBytes, modifiedAt, type }: Header): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES)
  // Readers that know no extended headers get at least this much of the name.
  block.write(name.replace(/[^\x20-\x7e]/g, '_'), 0, 100, 'latin1')
  block.write(octal(0o600, 8), 100, 'latin1')
  block.write(octal(0, 8), 108, 'latin1')
  block.write(octal(0, 8), 116, 'latin1')
  writeSize(block, sizeBytes)
  block.write(octal(Math.max(0, Math.floor(modifiedAt.getTime() / 1000)), 12), 136, 'latin1')
  block.write(type, 156, 'latin1')
  block.write('ustar\u000000', 257, 'latin1')
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

function writeSize(block: Buffer, sizeBytes: number): void {
  if (sizeBytes <= OCTAL_SIZE_BYTES) {
    block.write(octal(sizeBytes, 12), 124, 'latin1')
    return
  }
  block.writeUInt8(0x80, 124)
  block.writeBigUInt64BE(BigInt(sizeBytes), 128)
}

/** Sum of all bytes, with spaces in place of the sum itself. */
export function checksumOf(block: Buffer): number {
  let sum = 8 * 0x20
  for (let at = 0; at < BLOCK_BYTES; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0
  return sum
}

/** Name as UTF-8, and time with its milliseconds. */
function extendedHeader(name: string, modifiedAt: Date): Buffer {
  const records = Buffer.concat([
    record('path', name),
    record(
      'mtime',
      `${Math.floor(modifiedAt.getTime() / 1000)}.${String(modifiedAt.getMilliseconds()).padStart(3, '0')}`,
    ),
  ])
  const head = header({ name: 'pax', sizeBytes: records.length, modifiedAt: new Date(0), type: 'x' })
  return Buffer.concat([head, records, padding(records.length)])
}

/** `LENGTH keyword=value`, where the length counts itself. */
function record(keyword: string, value: string): Buffer {
  const rest = Buffer.from(` ${keyword}=${value}\n`)
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return Buffer.concat([Buffer.from(String(length)), rest])
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`
}

function padding(length: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (length % BLOCK_BYTES)) % BLOCK_BYTES)
}
