/**
 * The data API on the wire (rest-api.md 5): which place is meant, what the verb does there, and the reply. Rights and
 * storage are behind the place. There is no CORS here: pages of other sites read no data (rest-api.md 1.12).
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type DataTarget, formatDataUri, parseDataTarget } from '@algorist/contract/data-uri.ts'
import { ApiError } from '@algorist/contract/errors.ts'
import { booleanOf, parseQuery } from '@algorist/contract/query.ts'
import type { Logger } from 'pino'
import type { Caller } from '../caller.ts'
import type { Authenticate } from '../http/authenticate.ts'
import { asciiLine, replyError } from '../http/error-reply.ts'
import type { RawHandler } from '../http/listener.ts'
import { denied } from '../permissions.ts'
import { arrivingBody } from './arriving-body.ts'
import { preconditionOf } from './conditions.ts'
import { sendDirectory } from './directory-reply.ts'
import { sendFile } from './file-reply.ts'
import { watchClient } from './gone-client.ts'
import type { DataPlace } from './place.ts'
import { parseNewAcl, parseNewDirectory, readSmallBody } from './small-body.ts'

export const dataPrefixes: readonly string[] = ['/v1/data', '/v1/connector']

/** Who comes with credentials that count here. */
export type DataCaller = Exclude<Caller, { kind: 'admin' }>

export interface DataHandlerOptions {
  readonly authenticate: Authenticate
  /** @throws ApiError DataNotFound for a connector that the caller has not */
  readonly placeFor: (caller: DataCaller, target: DataTarget) => DataPlace | Promise<DataPlace>
  readonly log: Logger
  /** How long a client may neither send nor take a byte; 5 minutes when left out. */
  readonly idleMs?: number
}

const DEFAULT_IDLE_MS = 5 * 60_000

/** What a verb works with. */
interface DataRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly target: DataTarget
  readonly query: ReadonlyMap<string, string>
  readonly place: DataPlace
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal
  /** Not read before it is asked for. */
  body(): AsyncIterable<Uint8Array>
}

type Verb = (asked: DataRequest) => Promise<void>

const VERBS: Readonly<Record<string, Verb>> = {
  GET: read,
  HEAD: read,
  PUT: putFile,
  POST: createDirectory,
  PATCH: setAcl,
  DELETE: remove,
}

export function createDataHandler({
  authenticate,
  placeFor,
  log,
  idleMs = DEFAULT_IDLE_MS,
}: DataHandlerOptions): RawHandler {
  return async (request, response) => {
    const client = watchClient(response, idleMs)
    try {
      await handle(request, response, client.signal)
    } catch (error) {
      if (client.signal.aborted) return
      replyError(request, response, error, { log, headers: errorHeaders(error) })
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const verb = requireVerb(request)
    const [, rawQuery = ''] = /\?(.*)$/s.exec(request.url ?? '') ?? []
    const target = parseDataTarget(request.url ?? '')
    const caller = dataCaller(await authenticate(request))
    const place = await placeFor(caller, target)
    const onComplete = () => requireSameCall(request, caller)
    const body = () => arrivingBody(request, response, { idleMs, onComplete })
    await verb({ request, response, target, query: parseQuery(rawQuery), place, signal, body })
  }

  /** The end of a body may come when the call that sent its beginning has ended, and its rights with it. */
  async function requireSameCall(request: IncomingMessage, caller: DataCaller): Promise<void> {
    if (caller.kind !== 'algorithm') return
    const now = await authenticate(request)
    if (now.kind !== 'algorithm' || now.call.requestId !== caller.call.requestId) {
      throw new ApiError('NotAuthenticated', 'The call that began this request has ended')
    }
  }
}

/** On every error (rest-api.md 1.6); replyError has it for HEAD already. */
function errorHeaders(error: unknown): Record<string, string> {
  const { message } = error instanceof ApiError ? error : new ApiError('InternalServerError')
  return { 'X-Error-Message': asciiLine(message) }
}

function requireVerb({ method = '' }: IncomingMessage): Verb {
  const verb = Object.hasOwn(VERBS, method) ? VERBS[method] : undefined
  if (!verb) throw new ApiError('MethodNotAllowed', undefined, { headers: { Allow: Object.keys(VERBS).join(', ') } })
  return verb
}

/** Admin keys open no data (design: the edge). */
function dataCaller(caller: Caller): DataCaller {
  if (caller.kind === 'admin') throw denied('data needs a standard API key with allow_data')
  return caller
}

/** A reader who loses the race with a replacement looks again; nobody loses so often. */
const MOST_LOOKS = 10

async function read(asked: DataRequest): Promise<void> {
  const { request, response, target, place, signal } = asked
  const isHead = request.method === 'HEAD'
  for (let looks = 1; ; looks++) {
    const found = await place.find(target.path, signal)
    if (found.kind === 'directory') {
      const acl = booleanOf(asked.query.get('acl'), false) ? found.acl : undefined
      const page = await found.list(asked.query.get('marker'), signal)
      return sendDirectory(response, { ...page, acl }, isHead)
    }
    try {
      return await sendFile(response, found, { isHead, path: target.path, headers: request.headers, signal })
    } catch (error) {
      const isGone = error instanceof ApiError && error.error === 'DataNotFound' && !response.headersSent
      if (!isGone || looks === MOST_LOOKS) throw error
    }
  }
}

async function putFile({ request, response, target, place, signal, body }: DataRequest): Promise<void> {
  if (request.headers['content-range'] !== undefined) {
    throw new ApiError('InvalidRequest', 'A part of a file cannot be written; send the whole file')
  }
  await place.put(target.path, body(), {
    sizeBytes: declaredBytes(request),
    precondition: preconditionOf(request.headers),
    signal,
  })
  sendResult(response, formatDataUri(target))
}

/** Undefined for a chunked body. */
function declaredBytes({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined
  const sizeBytes = Number(headers['content-length'] ?? 0)
  if (!Number.isSafeInteger(sizeBytes)) throw new ApiError('PayloadTooLarge')
  return sizeBytes
}

async function createDirectory({ request, response, target, place, body }: DataRequest): Promise<void> {
  const { name, acl } = parseNewDirectory(await readSmallBody(body()), request)
  await place.createDirectory(target.path, name, acl)
  sendResult(response, formatDataUri({ ...target, path: target.path === '' ? name : `${target.path}/${name}` }))
}

async function setAcl({ response, target, place, body }: DataRequest): Promise<void> {
  await place.setAcl(target.path, parseNewAcl(await readSmallBody(body())))
  response.writeHead(200, { 'Content-Length': 0 }).end()
}

async function remove({ request, response, target, query, place }: DataRequest): Promise<void> {
  const force = booleanOf(query.get('force'), false)
  const deleted = await place.delete(target.path, { force, precondition: preconditionOf(request.headers) })
  sendResult(response, { deleted })
}

/** Exact text: two clients compare it (rest-api.md 5.8, 5.11). */
function sendResult(response: ServerResponse, result: string | { readonly deleted: number }): void {
  const body = Buffer.from(JSON.stringify({ result }))
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length })
  response.end(body)
}
