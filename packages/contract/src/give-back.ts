/**
 * Memory of large bytes that nobody looks at any more, given back at once (decision 0084). It is outside the collector's heap:
 * left to the collector, every 50 MiB of it have all marked that the process has.
 */

/** Below this it is not worth a call; what is small is often a piece of a memory that others have a part of. */
const WORTH_BYTES = 16 * 1024

/** How many writes the kernel is still to read memory for. It must not be somebody else's by then. */
const writes = new WeakMap<ArrayBufferLike, number>()

/** Keeps `bytes` from being given back until the function is called: for a write, as its callback. */
export function hold({ buffer }: Uint8Array): () => void {
  writes.set(buffer, (writes.get(buffer) ?? 0) + 1)
  return () => {
    const left = (writes.get(buffer) ?? 0) - 1
    if (left > 0) writes.set(buffer, left)
    else writes.delete(buffer)
  }
}

/**
 * Frees the memory of `bytes`, which are empty from then on. To be called by whoever alone has them. What is a part of a larger
 * memory is left to the collector, since others may have the rest, and so is what is held.
 */
export function giveBack(bytes: Uint8Array): void {
  const { buffer } = bytes
  if (bytes.length < WORTH_BYTES || bytes.length !== buffer.byteLength || writes.has(buffer)) return
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}
