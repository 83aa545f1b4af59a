/**
 * The HTTP side of a call (rest-api.md 4): from the raw request to the reply bytes. No SQL, no disk and no wait on the
 * way unless the caller asked for `output=void`, which is answered once the call is durable.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from '@algorist/contract/errors.ts'
import { booleanOf, parseQuery, timeoutSecondsOf } from '@algorist/contract/query.ts'
import type { CallOutcome, CallTiming, Runner } from '@algorist/runner/types.ts'
import type { Logger } from 'pino'
import type { Caller } from '../caller.ts'
import type { Authenticate } from '../http/authenticate.ts'
import { replyError } from '../http/error-reply.ts'
import { readInput } from './input.ts'
import { invoke } from './invoke.ts'
import type { CallLimits } from './limits.ts'
import type { PendingCalls } from './pending.ts'
import { renderCall } from './replies.ts'
import { type KnownCaller, type ResolveOptions, resolveTarget, type Target } from './resolve.ts'
import { checkWebCaller, corsHeaders, isWebCall, replyPreflight, webPrefix } from './web.ts'

const callPrefix = '/v1/algo/'
/** Raw path prefixes that this handler serves. */
export const callPrefixes: readonly string[] = [callPrefix, webPrefix]

export interface CallHandlerOptions extends ResolveOptions {
  readonly authenticate: Authenticate
  readonly limits: CallLimits
  readonly pending: PendingCalls
  readonly runner: Runner
  readonly maxBodyBytes: number
  readonly log: Logger
}

export interface CallHandler {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Answers by HTTP status since start. */
  callsByStatus(): ReadonlyMap<number, number>
}

/** What the query of a call says (rest-api.md 4.3). */
interface CallOptions {
  readonly timeoutMs: number
  readonly output: 'normal' | 'raw' | 'void'
  readonly stdout: boolean
  readonly timing: boolean
}

export function createCallHandler(options: CallHandlerOptions): CallHandler {
  const { authenticate, limits, pending, runner, maxBodyBytes, log } = options
  const statuses = new Map<number, number>()

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const acceptedAtMs = performance.now()
    const requestId = `req-${randomUUID()}`
    const headers = { ...corsHeaders(request), 'X-Request-ID': requestId }
    try {
      if (request.method === 'OPTIONS') replyPreflight(response)
      else await call({ request, response, requestId, headers, acceptedAtMs })
    } catch (error) {
      replyError(request, response, error, { log, headers })
    }
    statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1)
  }

  interface Exchange {
    readonly request: IncomingMessage
    readonly response: ServerResponse
    readonly requestId: string
    readonly headers: { readonly [name: string]: string }
    readonly acceptedAtMs: number
  }

  async function call({ request, response, requestId, headers, acceptedAtMs }: Exchange): Promise<void> {
    if (request.method !== 'POST')
      throw new ApiError('MethodNotAllowed', 'Algorithms are called with POST', { headers: { Allow: 'POST, OPTIONS' } })
    const [rawPath, rawQuery] = splitTarget(request.url ?? '')
    const caller = knownCaller(authenticateCall(request))
    checkMayCall(caller, request)
    const target = resolveTarget(options, caller, rawPath)
    const query = readOptions(rawQuery)
    const timeoutMs = Math.min(query.timeoutMs, parentTimeLeftMs(caller))
    const release = limits.enter(caller)
    try {
      const input = await readInput(request, { maxBytes: maxBodyBytes, timeoutMs })
      const invocation = {
        requestId,
        caller,
        target,
        input,
        deadlineMs: acceptedAtMs + timeoutMs,
        wantsStdout: query.stdout && target.isOwn,
      }
      if (query.output === 'void') {
        await pending.accept(invocation, timeoutMs)
        send(
          response,
          {
            status: 200,
            contentType: 'application/json',
            body: Buffer.from(`{"async":"void","request_id":"${requestId}"}`),
          },
          headers,
        )
        return
      }
      const outcome = await invoke(runner, invocation)
      sendOutcome({ response, outcome, query, caller, target, headers })
    } finally {
      release()
    }
  }

  /** Calls have their own text for missing credentials, and one client compares it. */
  function authenticateCall(request: IncomingMessage): Caller {
    try {
      return authenticate(request)
    } catch (error) {
      throw error instanceof ApiError && error.error === 'NotAuthenticated'
        ? new ApiError('AuthorizationRequired')
        : error
    }
  }

  return { handle, callsByStatus: () => statuses }
}

function splitTarget(target: string): [path: string, query: string] {
  const start = target.indexOf('?')
  const path = start < 0 ? target : target.slice(0, start)
  const prefix = path.startsWith(webPrefix) ? webPrefix : callPrefix
  return [path.slice(prefix.length), start < 0 ? '' : target.slice(start + 1)]
}

function knownCaller(caller: Caller): KnownCaller {
  if (caller.kind === 'anonymous') throw new ApiError('AuthorizationRequired')
  if (caller.kind === 'admin') {
    throw new ApiError('NotAuthorized', 'Admin keys do not call algorithms; use a standard key')
  }
  return caller
}

/** The rights that do not depend on which algorithm is called. */
function checkMayCall(caller: KnownCaller, request: IncomingMessage): void {
  if (caller.kind === 'algorithm') {
    if (!caller.call.mayCallAlgorithms) {
      throw new ApiError(
        'NotAuthorized',
        'This version may not call other algorithms: its pipeline_enabled setting is off',
      )
    }
    return
  }
  if (isWebCall(request)) checkWebCaller(caller.rights, request)
  else if (!caller.rights.allowAlgo) throw new ApiError('NotAuthorized')
}

function readOptions(rawQuery: string): CallOptions {
  if (rawQuery === '') return defaults
  const query = parseQuery(rawQuery)
  const output = query.get('output')?.toLowerCase()
  return {
    timeoutMs: timeoutSecondsOf(query.get('timeout')) * 1000,
    output: output === 'raw' || output === 'void' ? output : 'normal',
    stdout: booleanOf(query.get('stdout'), false),
    timing: booleanOf(query.get('timing'), false),
  }
}

const defaults: CallOptions = {
  timeoutMs: timeoutSecondsOf(undefined) * 1000,
  output: 'normal',
  stdout: false,
  timing: false,
}

/** A child call never outlives the call that made it. */
function parentTimeLeftMs(caller: KnownCaller): number {
  return caller.kind === 'algorithm' ? Math.max(1, caller.call.deadlineAtMs - Date.now()) : Number.POSITIVE_INFINITY
}

interface OutcomeReply {
  readonly response: ServerResponse
  readonly outcome: CallOutcome
  readonly query: CallOptions
  readonly caller: KnownCaller
  readonly target: Target
  readonly headers: { readonly [name: string]: string }
}

function sendOutcome({ response, outcome, query, caller, target, headers }: OutcomeReply): void {
  if (outcome.kind === 'refused') {
    const retryAfterSeconds = String(Math.max(1, Math.ceil(outcome.retryAfterMs / 1000)))
    throw new ApiError('ServiceUnavailable', outcome.message, { headers: { 'Retry-After': retryAfterSeconds } })
  }
  const reply = renderCall(outcome, {
    raw: query.output === 'raw',
    stdout: query.stdout && target.isOwn,
    timing: query.timing,
    stacktrace: target.isOwn || target.algorithm.settings.sourceVisibility === 'open',
    foldErrorType: caller.kind === 'algorithm',
  })
  send(response, reply, { ...headers, 'X-Algorist-Timing': timingHeader(outcome.timing) })
}

function timingHeader({ waitMs, startMs, runMs }: CallTiming): string {
  return `wait=${waitMs.toFixed(3)};start=${startMs.toFixed(3)};run=${runMs.toFixed(3)}`
}

interface SentReply {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}

function send(
  response: ServerResponse,
  { status, contentType, body }: SentReply,
  headers: { readonly [name: string]: string },
): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': body.length, ...headers })
  response.end(body)
}
