/**
 * The body of a request as it arrives, for whoever stores it: nothing is read, and the client is not told to send, before
 * somebody asks for the first bytes; so a refusal that comes earlier costs no upload.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from '@algorist/contract/errors.ts'
import { lend } from '../drivers/lent-memory.ts'

export interface ArrivingBodyOptions {
  /** How long a client may send nothing at all. */
  readonly idleMs: number
  /** Called when everything has come, before the reader of the body learns of it; what it throws, the reader gets. */
  readonly onComplete?: () => void | Promise<void>
}

/**
 * Chunks without copies, each read when it is asked for.
 *
 * @throws ApiError RequestTimeout after idle time, MalformedRequest when the connection ends before the body does
 */
export async function* arrivingBody(
  request: IncomingMessage,
  response: ServerResponse,
  { idleMs, onComplete }: ArrivingBodyOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (request.headers.expect !== undefined && request.httpVersion === '1.1') response.writeContinue()
  const reader = createReader(request, idleMs)
  try {
    for (let chunk = await reader.next(); chunk; chunk = await reader.next()) yield chunk
  } finally {
    reader.leave()
  }
  await onComplete?.()
}

interface Reader {
  /** Undefined at the end. */
  next(): Promise<Buffer | undefined>
  /** What still comes is thrown away. */
  leave(): void
}

/** By events: the stream's own iterator joins chunks, and cuts the connection when its reader stops. */
function createReader(request: IncomingMessage, idleMs: number): Reader {
  let waiting = Promise.withResolvers<Buffer | undefined>()
  let timer: NodeJS.Timeout | undefined
  const take = (chunk: Buffer) => {
    request.pause()
    settle(() => waiting.resolve(lend(chunk)))
  }
  const end = () => settle(() => waiting.resolve(undefined))
  const fail = (error: ApiError) => settle(() => waiting.reject(error))
  const cut = () => fail(new ApiError('MalformedRequest', 'The connection closed before the whole body came'))
  const idle = () => fail(new ApiError('RequestTimeout', `No byte of the body came for ${idleMs / 1000} seconds`))

  function settle(how: () => void): void {
    clearTimeout(timer)
    how()
  }

  request.pause()
  request.on('data', take).on('end', end).on('close', cut).on('error', cut)
  return {
    next() {
      waiting = Promise.withResolvers()
      if (request.readableEnded) end()
      else if (request.destroyed) cut()
      else {
        timer = setTimeout(idle, idleMs)
        request.resume()
      }
      return waiting.promise
    },
    leave() {
      clearTimeout(timer)
      request.off('data', take).off('end', end).off('close', cut)
      request.resume()
    },
  }
}
