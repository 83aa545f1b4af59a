/** Checks UTF-8 as it arrives: a character split between two chunks is held back until its rest comes. */
import { isUtf8 } from 'node:buffer'

export interface Utf8Validator {
  /** False once the bytes can't be UTF-8 any more. */
  push(chunk: Buffer): boolean
  /** False when the bytes end inside a character. */
  end(): boolean
}

const NOTHING = Buffer.alloc(0)

export function createUtf8Validator(): Utf8Validator {
  let pending: Buffer = NOTHING
  return {
    push(chunk) {
      const bytes = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      const whole = bytes.length - incompleteTail(bytes)
      // A copy: chunks are given back.
      pending = whole === bytes.length ? NOTHING : Buffer.from(bytes.subarray(whole))
      return isUtf8(bytes.subarray(0, whole))
    },
    end: () => pending.length === 0,
  }
}

/** How many bytes at the end begin a character that is not complete yet. */
function incompleteTail(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number
    if (byte < 0x80) return 0
    if (byte > 0xf4) return 0
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return length > back ? back : 0
    }
  }
  return 0
}
