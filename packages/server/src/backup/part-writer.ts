/** Cuts what a backup holds into parts, and keeps the indexes that name them with their checksums. */
import { createHash } from 'node:crypto'
import { indexLine, indexPath, PART_BYTES, PARTS_PER_INDEX, type PartSums, partPath } from './format.ts'
import type { Sink } from './sink.ts'

export interface PartWriter {
  /** Adds one part. Rejects once the signal is aborted, with its reason. */
  add(path: string, bytes: Buffer): Promise<void>
  /** Adds a stream as one part or more. @returns its length in bytes */
  addStream(name: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number>
  /** Writes the last index. */
  finish(): Promise<PartSums>
  /** So far. */
  written(): { readonly parts: number; readonly bytes: number }
}

export function createPartWriter(sink: Sink, signal: AbortSignal): PartWriter {
  const indexed = createHash('sha256')
  let lines: string[] = []
  let indexes = 0
  let count = 0
  let bytesWritten = 0

  async function add(path: string, bytes: Buffer): Promise<void> {
    signal.throwIfAborted()
    const part = { path, bytes }
    await sink.add(part)
    lines.push(indexLine(part))
    count++
    bytesWritten += bytes.length
    if (lines.length === PARTS_PER_INDEX) await writeIndex()
  }

  async function writeIndex(): Promise<void> {
    const bytes = Buffer.from(lines.join(''))
    lines = []
    indexed.update(bytes)
    await sink.add({ path: indexPath(++indexes), bytes })
  }

  return {
    add,
    async addStream(name, chunks) {
      let number = 0
      let sizeBytes = 0
      for await (const bytes of inParts(chunks)) {
        await add(partPath(name, ++number), bytes)
        sizeBytes += bytes.length
      }
      return sizeBytes
    },
    async finish() {
      if (lines.length > 0) await writeIndex()
      return { count, bytes: bytesWritten, indexes, sha256: indexed.digest('hex') }
    },
    written: () => ({ parts: count, bytes: bytesWritten }),
  }
}

/** One part at least, so that what is empty is there. */
async function* inParts(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = []
  let heldBytes = 0
  let isFirst = true
  for await (const chunk of chunks) {
    held.push(chunk)
    heldBytes += chunk.length
    if (heldBytes < PART_BYTES) continue
    let rest = Buffer.concat(held)
    for (; rest.length >= PART_BYTES; rest = rest.subarray(PART_BYTES)) yield rest.subarray(0, PART_BYTES)
    held = [rest]
    heldBytes = rest.length
    isFirst = false
  }
  if (isFirst || heldBytes > 0) yield Buffer.concat(held)
}
