/** Bounded memory of a byte stream: keeps its first and last half, counts what was left out between them. */

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
  const head: Buffer[] = []
  const tail: Buffer[] = []
  let headBytes = 0
  let tailBytes = 0
  let leftOutBytes = 0

  function pushTail(bytes: Buffer): void {
    tail.push(bytes)
    tailBytes += bytes.length
    while (tailBytes > half) {
      const first = tail[0]
      if (first === undefined) return
      const surplus = tailBytes - half
      const dropped = Math.min(surplus, first.length)
      if (dropped === first.length) tail.shift()
      else tail[0] = first.subarray(dropped)
      tailBytes -= dropped
      leftOutBytes += dropped
    }
  }

  return {
    push(bytes) {
      const room = half - headBytes
      const first = bytes.subarray(0, Math.max(0, room))
      if (first.length > 0) {
        head.push(first)
        headBytes += first.length
      }
      if (first.length < bytes.length) pushTail(bytes.subarray(first.length))
    },
    text() {
      if (leftOutBytes === 0) return Buffer.concat([...head, ...tail]).toString('utf8')
      const note = `\n[${leftOutBytes} bytes left out]\n`
      return Buffer.concat(head).toString('utf8') + note + Buffer.concat(tail).toString('utf8')
    },
    tail(maxBytes) {
      const kept = Buffer.concat([...head, ...tail])
      return kept.subarray(Math.max(0, kept.length - maxBytes)).toString('utf8')
    },
  }
}
