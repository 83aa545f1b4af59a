/** Bodies in blocks of one size, for storages that take a file in parts. */

export interface Block {
  readonly bytes: Uint8Array
  /** Where it begins in the body. */
  readonly offset: number
  readonly isLast: boolean
}

/**
 * Cuts a body into blocks of `blockBytes`; the last one is shorter or as long, and empty only when the body is. One block is
 * held back to know whether it is the last, so memory in use is two blocks and a chunk.
 */
export async function* inBlocks(body: AsyncIterable<Uint8Array>, blockBytes: number): AsyncGenerator<Block, void> {
  let parts: Uint8Array[] = []
  let heldBytes = 0
  let offset = 0
  for await (const chunk of body) {
    for (let rest = chunk; rest.byteLength > 0; ) {
      if (heldBytes === blockBytes) {
        yield { bytes: Buffer.concat(parts), offset, isLast: false }
        offset += heldBytes
        parts = []
        heldBytes = 0
      }
      const taken = rest.subarray(0, blockBytes - heldBytes)
      parts.push(taken)
      heldBytes += taken.byteLength
      rest = rest.subarray(taken.byteLength)
    }
  }
  yield { bytes: Buffer.concat(parts), offset, isLast: true }
}
