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
  const patience = createPatience(signal)
  let seenBytes = 0
  let hasEnded = false
  try {
    for (;;) {
      const { done, value } = await patience.wait(iterator.next())
      if (done === true) break
      seenBytes += value.byteLength
      if (sizeBytes !== undefined && seenBytes > sizeBytes) throw wrongSize(`more than the ${sizeBytes}`)
      if (value.byteLength > 0) yield value
    }
    hasEnded = true
    if (sizeBytes !== undefined && seenBytes < sizeBytes) throw wrongSize(`${seenBytes} instead of the ${sizeBytes}`)
  } finally {
    patience.end()
    // Not awaited: a body that hangs ends only when what it waits for does.
    if (!hasEnded) iterator.return?.().catch(() => undefined)
  }
}

function wrongSize(actual: string): DriverError {
  return new DriverError('wrong-size', `The body has ${actual} bytes that were announced; send it again`)
}

interface Patience {
  /** Rejects with the reason of the signal when that is aborted before the work is done. */
  wait<T>(work: Promise<T>): Promise<T>
  end(): void
}

/** Promise.race would keep something of every chunk until the last. */
function createPatience(signal: AbortSignal | undefined): Patience {
  let giveUp: (reason: unknown) => void = () => undefined
  const onAbort = (): void => giveUp(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  return {
    wait: (work) =>
      new Promise((resolve, reject) => {
        giveUp = reject
        if (signal?.aborted) onAbort()
        work.then(resolve, reject)
      }),
    end: () => signal?.removeEventListener('abort', onAbort),
  }
}
