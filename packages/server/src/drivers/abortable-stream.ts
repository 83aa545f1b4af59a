/** Streams that drivers hand to their readers. */
import type { Readable } from 'node:stream'

/** Destroys the stream with the reason of the signal, itself and not an error around it, once that is aborted. */
export function abortableStream(stream: Readable, signal: AbortSignal | undefined): Readable {
  if (!signal) return stream
  const onAbort = (): void => {
    stream.destroy(signal.reason)
  }
  if (signal.aborted) onAbort()
  else {
    signal.addEventListener('abort', onAbort, { once: true })
    stream.once('close', () => signal.removeEventListener('abort', onAbort))
  }
  return stream
}
