/** Bounded memory of a byte stream: keeps its first and last half, counts what was left out between them. */
import { createBytePile } from './byte-pile.ts'

export interface HeadTail {
  push(bytes: Buffer): void
  /** All that is kept as text, with a note where bytes are missing; invalid UTF-8 is replaced. */
  text(): string
  /** The last bytes as text. */
  tail(maxBytes: number): string
}

/** Keeps at most about `capBytes`. */
export function createHeadTail(capBytes: number): HeadTail {
  const half = Math.floor(capBytes / 2)
  const head = createBytePile()
  const tail = createBytePile()
  let leftOutBytes = 0

  return {
    push(bytes) {
      const first = bytes.subarray(0, Math.max(0, half - head.sizeBytes()))
      if (first.length > 0) head.add(first)
      if (first.length === bytes.length) return
      tail.add(bytes.subarray(first.length))
      const surplusBytes = Math.max(0, tail.sizeBytes() - half)
      tail.dropFirst(surplusBytes)
      leftOutBytes += surplusBytes
    },
    text() {
      if (leftOutBytes === 0) return Buffer.concat([head.concat(), tail.concat()]).toString('utf8')
      const note = `\n[${leftOutBytes} bytes left out]\n`
      return head.concat().toString('utf8') + note + tail.concat().toString('utf8')
    },
    tail(maxBytes) {
      const kept = Buffer.concat([head.concat(), tail.concat()])
      return kept.subarray(Math.max(0, kept.length - maxBytes)).toString('utf8')
    },
  }
}
