/** CRC-32 of a stream of bytes, on the way in and on the way out. */
import { Transform } from 'node:stream'
import { crc32 } from 'node:zlib'
import { asTheyCame } from '../drivers/lent-memory.ts'

export interface Checksum {
  /** Of what has passed so far, unsigned. */
  crc32: number
  sizeBytes: number
}

/** Passes a body on and keeps count in `checksum`, which begins with zeros. */
export async function* summed(body: AsyncIterable<Uint8Array>, checksum: Checksum): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    checksum.crc32 = crc32(chunk, checksum.crc32)
    checksum.sizeBytes += chunk.byteLength
    yield chunk
  }
}

/**
 * A stream that passes bytes on but keeps the latest chunk back until all have come and fit: a reader that was promised
 * `sizeBytes` never gets the last of them when something is wrong, so it notices.
 *
 * @param onMismatch makes the error with which the stream then ends
 */
export function verifying(expected: Readonly<Checksum>, onMismatch: () => Error): Transform {
  let held: Buffer | undefined
  let sum = 0
  let sizeBytes = 0
  return new Transform({
    ...asTheyCame,
    transform(chunk: Buffer, _encoding, done) {
      sum = crc32(chunk, sum)
      sizeBytes += chunk.length
      const before = held
      held = chunk
      done(null, before)
    },
    flush(done) {
      if (sum !== expected.crc32 || sizeBytes !== expected.sizeBytes) done(onMismatch())
      else done(null, held)
    },
  })
}
