/** What every driver wants of the body of a write, before it touches any storage. */
import { DriverError, type WriteOptions } from './driver.ts'

/**
 * Passes a body on, and fails with wrong-size as soon as it is longer or ends shorter than `sizeBytes`, with the reason of
 * `signal` as soon as that is aborted, even while the body hangs, and with whatever the body itself fails. The body is
 * told to end in any case.
 */
export async function* checkedBody(
  body: AsyncIterable<Uint8Array>,
  { sizeBytes, signal }: WriteOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = body[Symbol.asyncIterator]()
  const aborted = abortion(signal)
  let seenBytes = 0
  let hasEnded = false
  try {
    for (;;) {
      const { done, value } = await Promise.race([iterator.next(), aborted.promise])
      if (done === true) break
      seenBytes += value.byteLength
      if (sizeBytes !== undefined && seenBytes > sizeBytes) throw wrongSize(`more than the ${sizeBytes}`)
      if (value.byteLength > 0) yield value
    }
    hasEnded = true
    if (sizeBytes !== undefined && seenBytes < sizeBytes) throw wrongSize(`${seenBytes} instead of the ${sizeBytes}`)
  } finally {
    aborted.forget()
    // Not awaited: a body that hangs ends only when what it waits for does.
    if (!hasEnded) iterator.return?.().catch(() => undefined)
  }
}

function wrongSize(actual: string): DriverError {
  return new DriverError('wrong-size', `The body has ${actual} bytes that were announced; send it again`)
}

/** A promise that an abort rejects, and the way to let go of the signal. */
function abortion(signal: AbortSignal | undefined): { promise: Promise<never>; forget: () => void } {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => undefined)
  const onAbort = (): void => reject(signal?.reason)
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })
  return { promise, forget: () => signal?.removeEventListener('abort', onAbort) }
}
