/**
 * Owns the socket. Routes by the raw request target before any framework decodes it: calls, git and platform pages
 * here, everything else to the management API. Sets the limits that hold for every request.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { ApiError } from '@algorist/contract/errors.ts'
import type { Logger } from 'pino'
import { CanonicalResponse } from './canonical-response.ts'
import { replyError } from './error-reply.ts'
import { type LaneOptions, layLane } from './lane/lane.ts'

export type RawHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** A prefix of the raw path and who serves it. Without a slash at its end it is a whole path, or what comes before one. */
export interface RawRoute {
  readonly prefix: string
  readonly handle: RawHandler
  /** It tells clients that ask (`Expect: 100-continue`) itself when to send their body; otherwise they are told at once. */
  readonly continues?: boolean
}

export interface ListenerOptions {
  /** Tried in order; the first whose prefix starts the target wins. */
  readonly routes: readonly RawRoute[]
  readonly fallback: RawHandler
  readonly tls: { readonly certificate: string | Buffer; readonly key: string | Buffer } | null
  readonly log: Logger
  /** Has each request handled, at once unless something is in the way (restart/gate.ts). */
  readonly pass?: (request: IncomingMessage, response: ServerResponse, handle: RawHandler) => void | Promise<void>
  /** The short way for what it takes; without it node:http reads all. */
  readonly lane?: Omit<LaneOptions, 'keepAliveMs'>
}

/** H12: clients pool connections for a minute and more; a call may take 50 minutes and an upload hours. */
const serverLimits = {
  keepAliveTimeout: 80_000,
  headersTimeout: 60_000,
  requestTimeout: 0,
  maxHeaderSize: 64 * 1024,
  // Node's own refusal has no body; ours is in `checkHost`.
  requireHostHeader: false,
}

/** An HTTP server that is not listening yet. */
export function createListener({ routes, fallback, tls, log, pass, lane }: ListenerOptions): Server {
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    request.url = canonicalTarget(request.url)
    const handle = routeOf(request.url)?.handle ?? fallback
    const checked: RawHandler = (...exchange) => {
      checkHost(request)
      return pass ? pass(...exchange, handle) : handle(...exchange)
    }
    handleSafely(checked, request, response, log)
  }
  const routeOf = (target: string) => routes.find(({ prefix }) => isBelow(target, prefix))
  const options = { ...serverLimits, ServerResponse: CanonicalResponse }
  const server = tls
    ? createTlsServer({ ...options, cert: tls.certificate, key: tls.key }, onRequest)
    : createServer(options, onRequest)
  answersHalfClosed(server)
  if (lane)
    layLane(server, tls ? 'secureConnection' : 'connection', { ...lane, keepAliveMs: serverLimits.keepAliveTimeout })
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!routeOf(canonicalTarget(request.url))?.continues) response.writeContinue()
    server.emit('request', request, response)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuseBadRequest(error, socket))
  return server
}

/** One that only processes of this server reach, and that answers in the same way. It is not listening yet. */
export function createInnerServer(onRequest: RawHandler): Server {
  const options = { ...serverLimits, maxHeaderSize: serverLimits.maxHeaderSize * 2, ServerResponse: CanonicalResponse }
  return createServer(options, (request, response) => void onRequest(request, response))
}

/** A client that has sent all it has and closed its side still gets its answer, as RFC 9112 9.6 allows it to expect. */
function answersHalfClosed(server: Server): void {
  Object.assign(server, { httpAllowHalfOpen: true })
}

/** HTTP/1.1 asks servers to insist on it, once: otherwise a proxy's idea of the target may differ from ours. */
function checkHost({ httpVersion, headers, rawHeaders }: IncomingMessage): void {
  if (httpVersion === '1.1' && headers.host === undefined) {
    throw new ApiError('MalformedRequest', 'The request has no Host header')
  }
  const hosts = rawHeaders.filter(
    (name, index) => index % 2 === 0 && name.length === 4 && name.toLowerCase() === 'host',
  )
  if (hosts.length > 1) throw new ApiError('MalformedRequest', 'The request has more than one Host header')
  if (!/^[\w.:[\]-]*$/.test(headers.host ?? '')) {
    throw new ApiError('MalformedRequest', 'The Host header is no name or address')
  }
}

/** `/health?x` and `/health/` are below `/health`; `/healthz` is an unknown path (H19). */
function isBelow(target: string, prefix: string): boolean {
  if (!target.startsWith(prefix)) return false
  const next = target[prefix.length]
  return prefix.endsWith('/') || next === undefined || next === '/' || next === '?'
}

/** `/api/v1/…` is an alias of `/v1/…` (rest-api.md 1.1). */
function canonicalTarget(target = '/'): string {
  return target.startsWith('/api/v1/') ? target.slice(4) : target
}

async function handleSafely(
  handle: RawHandler,
  request: IncomingMessage,
  response: ServerResponse,
  log: Logger,
): Promise<void> {
  try {
    await handle(request, response)
  } catch (error) {
    replyError(request, response, error, { log })
  }
}

/** What Node could not parse never becomes a request; it still gets JSON in our envelope (H7, H18). */
function refuseBadRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
  const messages: Record<number, string> = {
    400: 'The request is not valid HTTP/1.1',
    408: 'The request headers did not arrive within 60 seconds',
    431: 'The request headers are larger than 64 KiB',
  }
  const body = JSON.stringify({ error: { id: randomUUID(), code: 2015, message: messages[status] } })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
      'Content-Type: application/json\r\nX-Content-Type-Options: nosniff\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
