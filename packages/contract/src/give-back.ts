/**
 * Memory of large bytes that nobody looks at any more, given back at once (decision 0084). It is outside the collector's heap:
 * left to the collector, every 50 MiB of it have all marked that the process has.
 */

/** Below this it is not worth a call; what is small is often a piece of a memory that others have a part of. */
const WORTH_BYTES = 16 * 1024

/** Memory that the kernel is still to read from. */
const held = new WeakSet<ArrayBufferLike>()

/** Keeps `bytes` from being given back until the function is called: for a write, as its callback. */
export function hold({ buffer }: Uint8Array): () => void {
  held.add(buffer)
  return () => void held.delete(buffer)
}

/**
 * Frees the memory of `bytes`, which are empty from then on. To be called by whoever alone has them. What is a part of a larger
 * memory is left to the collector, since others may have the rest, and so is what is held.
 */
export function giveBack(bytes: Uint8Array): void {
  const { buffer } = bytes
  if (bytes.length < WORTH_BYTES || bytes.length !== buffer.byteLength || held.has(buffer)) return
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}
