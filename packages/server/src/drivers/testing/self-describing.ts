/** Content that tells by itself whether it is whole. */
import { createHash, randomBytes } from 'node:crypto'

const digestBytes = 32

/** The digest of the rest, a number, and random bytes. */
export function selfDescribing(number: number, randomBytesCount: number): Buffer {
  const rest = Buffer.concat([Buffer.alloc(4), randomBytes(randomBytesCount)])
  rest.writeUInt32BE(number)
  return Buffer.concat([digestOf(rest), rest])
}

/** The number; undefined when the content is not as it was made. */
export function numberOf(content: Buffer): number | undefined {
  const rest = content.subarray(digestBytes)
  return digestOf(rest).equals(content.subarray(0, digestBytes)) ? rest.readUInt32BE() : undefined
}

function digestOf(content: Buffer): Buffer {
  return createHash('sha256').update(content).digest()
}
