/**
 * Writes error replies: one envelope for everybody (rest-api.md 1.6), `X-Error-Message` on HEAD, never a stack.
 * What is not an ApiError is a fault of ours: logged whole, told as 5001 with the id to look it up by.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from '@algorist/contract/errors.ts'
import type { Logger } from 'pino'
import { isUnstorableText } from '../db/violations.ts'
import type { WholeReply } from './lane/reply.ts'

export interface ErrorReplyOptions {
  readonly log: Logger
  /** Management replies repeat code and message at the top level for readers of the flat form. */
  readonly flat?: boolean
  /** The plain GET of an algorithm answers `{"error":"No such algorithm"}` and nothing else (rest-api.md 1.6). */
  readonly bare?: boolean
  readonly headers?: { readonly [name: string]: string }
}

/** Answers with the error unless a reply has begun; then the connection is cut, so that no half reply looks whole. */
export function replyError(
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
  options: ErrorReplyOptions,
): void {
  const { status, headers, body } = errorReply(request, thrown, options)
  if (response.headersSent) {
    response.destroy()
    return
  }
  const isEarly = !isWorthReading(request)
  response.writeHead(status, {
    'Content-Length': body.length,
    ...headers,
    ...(isEarly ? { Connection: 'close' } : {}),
  })
  const content = request.method === 'HEAD' ? Buffer.alloc(0) : body
  if (isEarly) endWhenSent(request, response, content)
  else response.end(content)
}

/** The reply itself, for whoever sends it. */
export function errorReply(
  { method }: Pick<IncomingMessage, 'method'>,
  thrown: unknown,
  { log, flat, bare, headers }: ErrorReplyOptions,
): WholeReply {
  const id = randomUUID()
  const error =
    thrown instanceof ApiError
      ? thrown
      : (outOfSpace(thrown) ?? zeroByte(thrown) ?? unexpected(thrown, id, method, log))
  return {
    status: error.status,
    headers: {
      'Content-Type': 'application/json',
      ...error.headers,
      ...headers,
      ...(method === 'HEAD' ? { 'X-Error-Message': asciiLine(error.message) } : {}),
    },
    body: Buffer.from(bare ? JSON.stringify({ error: error.message }) : errorBody(error, id, flat === true)),
  }
}

const LINGER_BYTES = 32 * 1024 * 1024
const LINGER_MS = 5000

/**
 * Closing a connection that is still being written to resets it, and the sender never sees the reply. So the whole reply
 * goes out first, and what still arrives is thrown away for a while before the connection is closed.
 */
function endWhenSent(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  let arrivedBytes = 0
  const end = () => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(end, LINGER_MS)
  request.on('data', (chunk: Buffer) => {
    arrivedBytes += chunk.length
    if (arrivedBytes > LINGER_BYTES) end()
  })
  request.once('end', end).once('close', end).on('error', end)
  response.write(content)
}

/**
 * Reading the rest of a small body is cheaper than a new connection; a long or endless one is cut off. So is one that waits
 * to be asked for: after a refusal it may come or not.
 */
function isWorthReading(request: IncomingMessage): boolean {
  if (request.complete) return true
  if (request.headers.expect !== undefined) return false
  if (request.headers['transfer-encoding'] !== undefined) return false
  return Number(request.headers['content-length'] ?? 0) <= 64 * 1024
}

/** The disk may have filled up since it was measured (disk-space.ts); the database and the file system say so. */
function outOfSpace(thrown: unknown): ApiError | undefined {
  if (!(thrown instanceof Error)) return undefined
  const isFull = (thrown as NodeJS.ErrnoException).code === 'ENOSPC' || thrown.message === 'database or disk is full'
  return isFull ? new ApiError('InsufficientStorage', undefined, { cause: thrown }) : undefined
}

/** Every text of a request may come to the database, and only one of the engines minds. */
function zeroByte(thrown: unknown): ApiError | undefined {
  if (!isUnstorableText(thrown)) return undefined
  const message = 'Expected texts without zero bytes, which the database of this server cannot keep'
  return new ApiError('InputValidationError', message, { cause: thrown })
}

function unexpected(thrown: unknown, id: string, method: string | undefined, log: Logger): ApiError {
  log.error({ err: thrown, errorId: id, method }, 'unexpected failure')
  return new ApiError('InternalServerError', undefined, { cause: thrown })
}

function errorBody(error: ApiError, id: string, flat: boolean): string {
  const { code, message, members } = error
  return JSON.stringify({ error: { id, code, message, ...members }, ...(flat ? { code, message } : {}) })
}

/** One line of printable ASCII, as a header value must be. */
export function asciiLine(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .slice(0, 500)
}
