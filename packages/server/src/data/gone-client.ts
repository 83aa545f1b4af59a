/** Clients that leave in the middle, or stop taking what they asked for: nothing is held for them. */
import type { ServerResponse } from 'node:http'

/**
 * The signal is aborted when the client leaves before its reply has gone out. One that takes no byte of the reply for
 * `idleMs` is cut off; one that sends none is the reader's concern (arriving-body.ts).
 */
export function watchClient(response: ServerResponse, idleMs: number): { readonly signal: AbortSignal } {
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  response.setTimeout(idleMs, () => {
    if (response.writableNeedDrain) response.destroy()
    else response.socket?.setTimeout(idleMs)
  })
  return gone
}
