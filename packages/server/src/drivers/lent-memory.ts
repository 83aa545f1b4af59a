/**
 * Memory of the chunks of large files, given back as soon as the last who needs one is done with it. The collector alone
 * would let many mebibytes of them pile up, since to it a chunk looks as small as its handle.
 */

/** Options of a stream that passes chunks on as they came: other streams join small ones into new ones. */
export const asTheyCame = { objectMode: true, highWaterMark: 2 } as const

const lent = new WeakSet<ArrayBufferLike>()

/** For whoever made a chunk and keeps nothing of it: allows others to give it back. */
export function lend<Chunk extends Uint8Array>(chunk: Chunk): Chunk {
  if (chunk.byteLength === chunk.buffer.byteLength) lent.add(chunk.buffer)
  return chunk
}

/** For whoever needed a chunk last; it is empty afterwards. Does nothing to a chunk that was not lent. */
export function giveBack({ buffer }: Uint8Array): void {
  if (lent.delete(buffer) && buffer instanceof ArrayBuffer) buffer.transfer(0)
}
