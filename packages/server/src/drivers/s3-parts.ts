/** A body in parts, as uploads of large files want it, in memory that is used again. */
import { DriverError } from './driver.ts'
import { giveBack } from './lent-memory.ts'

const MIB = 1024 * 1024
/** What the protocol allows. */
const maxParts = 10_000
/** Of all parts of one upload that are in memory. */
const maxHeldBytes = 64 * MIB
/** Of a body whose size is known: 78 GiB in as many parts as there may be. */
const usualPartBytes = 8 * MIB
/** Of a body that may turn out to have up to 156 GiB. */
const unknownPartBytes = 16 * MIB
/** Two fit into memory, one that is sent and one that is filled. */
const maxPartBytes = maxHeldBytes / 2
const maxPartsUnderWay = 3

/** Memory for the parts of one upload. */
export interface PartMemory {
  readonly partBytes: number
  /** How many parts may be sent at a time while another is filled. */
  readonly maxUnderWay: number
  take(): Buffer
  giveBack(part: Buffer): void
}

/** @throws DriverError wrong-size when a body of that size does not fit into the parts there may be */
export function partMemory(sizeBytes: number | undefined): PartMemory {
  const partBytes = partBytesFor(sizeBytes)
  const free: Buffer[] = []
  return {
    partBytes,
    maxUnderWay: Math.min(maxPartsUnderWay, Math.floor(maxHeldBytes / Math.max(partBytes, 1)) - 1),
    take: () => free.pop() ?? Buffer.allocUnsafeSlow(partBytes),
    giveBack(part) {
      if (part.length === partBytes) free.push(part)
    },
  }
}

function partBytesFor(sizeBytes: number | undefined): number {
  if (sizeBytes === undefined) return unknownPartBytes
  if (sizeBytes > maxParts * maxPartBytes) throw tooLarge(maxPartBytes)
  const needed = Math.ceil(sizeBytes / maxParts / MIB) * MIB
  return Math.min(sizeBytes, Math.max(usualPartBytes, needed))
}

function tooLarge(partBytes: number): DriverError {
  const maxGib = Math.floor((maxParts * partBytes) / 1024 ** 3)
  return new DriverError('wrong-size', `No more than ${maxGib} GiB of one file are written to S3; split it`)
}

/**
 * Cuts a body into parts, of which only the last may be shorter.
 *
 * @throws DriverError wrong-size when there would be too many
 */
export async function* partsOf(body: AsyncIterable<Uint8Array>, memory: PartMemory): AsyncGenerator<Buffer, void> {
  let part: Buffer | undefined
  let filledBytes = 0
  let count = 0
  for await (const chunk of body) {
    let rest = chunk
    while (rest.length > 0) {
      if (!part && count++ === maxParts) throw tooLarge(memory.partBytes)
      part ??= memory.take()
      const fitting = rest.subarray(0, part.length - filledBytes)
      part.set(fitting, filledBytes)
      filledBytes += fitting.length
      rest = rest.subarray(fitting.length)
      if (filledBytes < part.length) continue
      yield part
      part = undefined
      filledBytes = 0
    }
    giveBack(chunk)
  }
  if (part) yield part.subarray(0, filledBytes)
}
