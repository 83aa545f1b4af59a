/**
 * Serves an operation of the contract through the management API: authenticate, check who may call, read query and
 * body as the contract says, run the handler, write the reply in the contract's member order.
 *
 * Features call `serve(app, operation, handler)`; they never see Fastify's request or reply.
 */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { BodyOf, Operation, ParamsOf } from '@algorist/contract/operation.ts'
import { parseQuery } from '@algorist/contract/query.ts'
import { serializeReply } from '@algorist/contract/serialize.ts'
import { validateBody } from '@algorist/contract/validate.ts'
import type { CallIdentity } from '@algorist/runner/types.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Change } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { Authenticate } from './authenticate.ts'
import { checkWho } from './authorize.ts'
import { parseManagementBody } from './management-body.ts'

/** What features register their operations on. */
export interface App {
  readonly fastify: FastifyInstance
  readonly authenticate: Authenticate
  /** The call that a request comes from inside of, whatever credentials it carries; undefined for all others. */
  readonly runningCall: (request: IncomingMessage) => Promise<CallIdentity | undefined>
  /** Public base URL, without a trailing slash. */
  readonly url: string
  /** Ids of the operations served so far; the rest answers 5005. */
  readonly served: Set<string>
  /** Records a change that was made, before its answer. */
  readonly recordChange: (change: Change) => Promise<void>
}

/** A request as handlers see it: parsed, its caller known. */
export interface OperationRequest<O extends Operation> {
  readonly caller: Caller
  /** The call that it comes from inside of; `caller` is somebody else where it carries a key. */
  readonly runningCall: CallIdentity | undefined
  /** Path parameters, decoded. A parameter is absent when another path of the operation was used. */
  readonly params: ParamsOf<O>
  /** Query values after rules H10 and H11; absent when not given. */
  readonly query: { readonly [name: string]: string | undefined }
  readonly body: BodyOf<O>
  /** The body as it came with its type, for operations that declare none. */
  readonly received: { readonly contentType: string; readonly bytes: Buffer }
  readonly log: Logger
  /** Public base URL for links, without a trailing slash. */
  readonly url: string
  /** Path and query as sent, for `next_link`. */
  readonly target: string
  /** Address of the client, or of the proxy that it came through. */
  readonly address: string
  /** A header of the request, by its name in any spelling. */
  readonly header: (name: string) => string | undefined
  /** Who asks as of now, for replies that take long. @throws as at the beginning when its credentials are no longer good */
  readonly callerNow: () => Promise<Caller>
  /** What a browser says about the page that sent the request. */
  readonly origin: string | undefined
}

/** A reply with a status other than the operation's first, or with bytes or headers of its own. */
export interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers: { readonly [name: string]: string }
}

const replies = new WeakSet<object>()

/** Answers with this status; without it the operation's first reply status is used. */
export function reply(status: number, body?: unknown, headers: { readonly [name: string]: string } = {}): Reply {
  const made: Reply = { status, body, headers }
  replies.add(made)
  return made
}

export type Handler<O extends Operation> = (request: OperationRequest<O>) => unknown

/** Registers `handler` for every path of `operation`. */
export function serve<O extends Operation>(app: App, operation: O, handler: Handler<O>): void {
  app.served.add(operation.id)
  const answer = async (request: FastifyRequest, response: FastifyReply) => {
    const caller = await app.authenticate(request.raw)
    checkWho(operation, caller)
    const result = await handler({
      caller,
      runningCall: await app.runningCall(request.raw),
      params: request.params as ParamsOf<O>,
      query: queryOf(request.raw.url ?? ''),
      body: bodyOf(operation, request.body),
      received: receivedBy(request),
      log: request.log as Logger,
      url: app.url,
      target: request.raw.url ?? '',
      address: request.raw.socket.remoteAddress ?? '',
      header: (name) => headerOf(request, name),
      callerNow: async () => {
        const now = await app.authenticate(request.raw)
        checkWho(operation, now)
        return now
      },
      origin: request.raw.headers.origin,
    })
    const answered = isReply(result) ? result : reply(usualStatus(operation), result)
    if (isChange(operation)) await app.recordChange(changeOf(operation, request, { caller, answered }))
    return write(operation, response, answered)
  }
  for (const path of operation.paths) {
    app.fastify.route({
      method: operation.method,
      url: withUuidParameters(path),
      handler: answer,
      config: { operation },
    })
  }
}

/** What only reads has nothing to record; of the POSTs that only ask, calls and void results are served elsewhere. */
function isChange({ method, isUnrecorded }: Operation): boolean {
  return !isUnrecorded && method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
}

/** The path names what was changed; a secret in it (the code of a mailed link) is left out. */
function changeOf(
  { id: action, paths }: Operation,
  { raw }: FastifyRequest,
  { caller, answered }: { readonly caller: Caller; readonly answered: Reply },
): Change {
  const isSecret = paths.some((path) => path.includes(':code'))
  const target = isSecret ? (paths[0] ?? '') : ((raw.url ?? '').split('?', 1)[0] ?? '')
  return { action, target, status: answered.status, caller, address: raw.socket.remoteAddress ?? null }
}

/** Algorithm and user routes tell a UUID from a name by its form (rest-api.md 1.1); names can't hold a dash. */
export function withUuidParameters(path: string): string {
  const uuid = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}'
  return path.replace('/:id', `/:id(^${uuid}$)`)
}

function queryOf(target: string): { [name: string]: string | undefined } {
  const start = target.indexOf('?')
  return start < 0 ? {} : Object.fromEntries(parseQuery(target.slice(start + 1)))
}

function bodyOf<O extends Operation>(operation: O, raw: unknown): BodyOf<O> {
  if (!operation.body) return undefined as BodyOf<O>
  return validateBody(operation, parseManagementBody(raw instanceof Buffer ? raw : Buffer.alloc(0))) as BodyOf<O>
}

/** The framework sees one content type for all; what the client wrote is in the raw headers. */
function receivedBy({ raw, body }: FastifyRequest): { contentType: string; bytes: Buffer } {
  const at = raw.rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type')
  return { contentType: raw.rawHeaders[at + 1] ?? '', bytes: body instanceof Buffer ? body : Buffer.alloc(0) }
}

function headerOf({ raw }: FastifyRequest, name: string): string | undefined {
  const value = raw.headers[name.toLowerCase()]
  return Array.isArray(value) ? value[0] : value
}

function isReply(result: unknown): result is Reply {
  return typeof result === 'object' && result !== null && replies.has(result)
}

function usualStatus(operation: Operation): number {
  return Number(Object.keys(operation.replies)[0] ?? 200)
}

function write(operation: Operation, response: FastifyReply, { status, body, headers }: Reply): FastifyReply {
  response.code(status).headers(headers)
  const shape = operation.replies[status]
  if (shape === undefined || shape === 'empty' || body === undefined) return response.send()
  if (shape === 'bytes' || body instanceof Readable) return response.send(body)
  return response.header('Content-Type', 'application/json').send(serializeReply(shape, body))
}
