/**
 * Content of any size that nobody holds: it is made while it is sent, and made again to compare what comes back, byte for
 * byte. It is the key stream of a cipher, so no part of it is like another.
 */
import { type Cipheriv, createCipheriv, createHash } from 'node:crypto'

const CHUNK_BYTES = 1024 * 1024
const zeros = Buffer.alloc(CHUNK_BYTES)

/** @param seed content of another seed differs everywhere */
export function* madeContent(seed: string, sizeBytes: number): Generator<Buffer> {
  const cipher = cipherOf(seed)
  for (let left = sizeBytes; left > 0; left -= CHUNK_BYTES) yield cipher.update(zeros.subarray(0, left))
}

/** Reads to the end. @throws Error that names the first piece that differs, or the length where that does */
export async function requireMadeContent(
  body: AsyncIterable<Uint8Array>,
  seed: string,
  sizeBytes: number,
): Promise<void> {
  const cipher = cipherOf(seed)
  let offset = 0
  for await (const chunk of body) {
    // The cipher takes away what it gave.
    if (!isZero(cipher.update(chunk))) throw new Error(`Wrong bytes between ${offset} and ${offset + chunk.length}`)
    offset += chunk.length
  }
  if (offset !== sizeBytes) throw new Error(`${offset} bytes instead of ${sizeBytes}`)
}

function cipherOf(seed: string): Cipheriv {
  return createCipheriv('aes-128-ctr', createHash('sha256').update(seed).digest().subarray(0, 16), Buffer.alloc(16))
}

/** Sockets hand out less than a chunk at a time. */
function isZero(bytes: Buffer): boolean {
  return bytes.equals(zeros.subarray(0, bytes.length))
}
