/**
 * Slows a program that prints more than anybody reads: a flood of output would otherwise keep the server's event loop busy
 * for as long as the program runs. While its streams are paused the program waits in its own write.
 */
import type { Readable } from 'node:stream'

const WINDOW_MS = 100
/** What a piece costs besides its bytes: a flood of pieces of one byte is a flood too. */
const PIECE_BYTES = 256

export interface Throttle {
  /** Takes note of a piece that has arrived; when they are too many, the streams pause until the next window. */
  count(bytes: number): void
  close(): void
}

export function createThrottle(streams: readonly Readable[], bytesPerSecond: number): Throttle {
  const bytesPerWindow = (bytesPerSecond * WINDOW_MS) / 1000
  let windowStartMs = 0
  let seenBytes = 0
  let timer: NodeJS.Timeout | undefined

  function resume(): void {
    timer = undefined
    for (const stream of streams) stream.resume()
  }

  return {
    count(bytes) {
      const nowMs = performance.now()
      if (nowMs - windowStartMs >= WINDOW_MS) {
        windowStartMs = nowMs
        seenBytes = 0
      }
      seenBytes += bytes + PIECE_BYTES
      if (seenBytes < bytesPerWindow || timer !== undefined) return
      for (const stream of streams) stream.pause()
      timer = setTimeout(resume, WINDOW_MS)
    },
    close: () => clearTimeout(timer),
  }
}
