/**
 * Collects the pieces of a stream. Small ones are copied together: a piece then costs its bytes and little more, however
 * small somebody makes them, and keeps nothing alive but itself.
 */

export interface BytePile {
  sizeBytes(): number
  add(bytes: Buffer): void
  dropFirst(sizeBytes: number): void
  concat(): Buffer
}

/** Larger pieces are kept as they are. */
const COPY_BELOW_BYTES = 32 * 1024
const SMALLEST_BLOCK_BYTES = 1024
const LARGEST_BLOCK_BYTES = 64 * 1024

export function createBytePile(): BytePile {
  const pieces: Buffer[] = []
  let sizeBytes = 0
  /** What small pieces are copied into; its used part is the last piece. */
  let block: Buffer | null = null
  let usedBytes = 0

  /** Copies what fits into the block; returns the rest. */
  function copy(bytes: Buffer): Buffer {
    if (block === null || usedBytes === block.length) {
      const length = Math.min(LARGEST_BLOCK_BYTES, Math.max(SMALLEST_BLOCK_BYTES, sizeBytes))
      block = Buffer.allocUnsafeSlow(length)
      usedBytes = 0
      pieces.push(block.subarray(0, 0))
    }
    const last = pieces.pop()
    const start = last === undefined ? usedBytes : last.byteOffset - block.byteOffset
    const copied = bytes.copy(block, usedBytes)
    usedBytes += copied
    pieces.push(block.subarray(start, usedBytes))
    return bytes.subarray(copied)
  }

  return {
    sizeBytes: () => sizeBytes,
    add(bytes) {
      let rest = bytes
      if (bytes.length >= COPY_BELOW_BYTES) {
        block = null
        pieces.push(bytes)
      } else while (rest.length > 0) rest = copy(rest)
      sizeBytes += bytes.length
    },
    dropFirst(dropBytes) {
      let left = Math.min(dropBytes, sizeBytes)
      sizeBytes -= left
      for (let first = pieces[0]; first !== undefined && left > 0; first = pieces[0]) {
        if (left < first.length) {
          pieces[0] = first.subarray(left)
          return
        }
        left -= first.length
        pieces.shift()
      }
      if (pieces.length === 0) block = null
    },
    concat: () => Buffer.concat(pieces, sizeBytes),
  }
}
