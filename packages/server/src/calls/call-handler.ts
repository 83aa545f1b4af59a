/**
 * The HTTP side of a call (rest-api.md 4): from the raw request to the reply bytes. No SQL, no disk and no wait on the
 * way unless the caller asked for an answer that is durable: asynchronous calls, and those with an idempotency key.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from '@algorist/contract/errors.ts'
import type { Logger } from 'pino'
import type { Caller } from '../caller.ts'
import type { Authenticate } from '../http/authenticate.ts'
import { replyError } from '../http/error-reply.ts'
import { denied } from '../permissions.ts'
import { sendAnswer } from './answer.ts'
import type { AnswerCall } from './answer-call.ts'
import { callPrefix, parentTimeLeftMs, prefersAsync, readOptions, splitTarget } from './call-options.ts'
import { readInput } from './input.ts'
import type { CallLimits } from './limits.ts'
import { idempotencyKeyOf, requestKey } from './request-key.ts'
import { type KnownCaller, type ResolveOptions, resolveTarget } from './resolve.ts'
import { checkWebCaller, corsHeaders, isWebCall, replyPreflight, webPrefix } from './web.ts'

/** Raw path prefixes that this handler serves. */
export const callPrefixes: readonly string[] = [callPrefix, webPrefix]

export interface CallHandlerOptions extends ResolveOptions {
  readonly authenticate: Authenticate
  readonly limits: CallLimits
  readonly answerCall: AnswerCall
  readonly maxBodyBytes: number
  readonly log: Logger
}

export interface CallHandler {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Answers by HTTP status since start. */
  callsByStatus(): ReadonlyMap<number, number>
}

type RunningAlgorithm = Extract<KnownCaller, { kind: 'algorithm' }>

export function createCallHandler(options: CallHandlerOptions): CallHandler {
  const { authenticate, limits, answerCall, maxBodyBytes, log } = options
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
    const authenticated = authenticateCall(request)
    const caller = knownCaller(authenticated instanceof Promise ? await authenticated : authenticated)
    checkMayCall(caller, request)
    const found = resolveTarget(options, caller, rawPath)
    const asked = readOptions(rawQuery)
    const isAsync = asked.output !== 'void' && prefersAsync(request)
    const keyValue = idempotencyKeyOf(request)
    const timeoutMs = Math.min(asked.timeoutMs, parentTimeLeftMs(caller))
    const release = limits.enter(caller, requestId)
    try {
      const input = await readInput(request, { maxBytes: maxBodyBytes, timeoutMs })
      if (caller.kind === 'algorithm') await requireSameCall(request, caller)
      // A body may take minutes; what was found before it may be deleted, or its files collected, by now.
      const isAsFound = options.catalog.byId(found.algorithm.id) === found.algorithm
      const target = isAsFound ? found : resolveTarget(options, caller, rawPath)
      const wantsStdout = asked.stdout && target.isOwn
      const invocation = { requestId, caller, target, input, deadlineMs: acceptedAtMs + timeoutMs, wantsStdout }
      const parts = { caller, target: request.url ?? '', isAsync, input }
      const key = keyValue === undefined ? undefined : await requestKey({ value: keyValue, ...parts })
      const answer = await answerCall({ invocation, options: asked, timeoutMs, acceptedAtMs, isAsync, key })
      sendAnswer(response, answer, headers)
    } finally {
      release()
    }
  }

  /** The end of a body may come when the call that sent its beginning has ended, and its rights with it. */
  async function requireSameCall(request: IncomingMessage, { call }: RunningAlgorithm): Promise<void> {
    const now = await authenticateCall(request)
    if (now.kind !== 'algorithm' || now.call.requestId !== call.requestId) {
      throw new ApiError('AuthorizationRequired', 'The call that began this request has ended')
    }
  }

  /** Calls have their own text for missing credentials, and one client compares it. */
  function authenticateCall(request: IncomingMessage): Caller | Promise<Caller> {
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
    if ((request.url ?? '').startsWith(webPrefix)) throw denied('this route is for web pages')
    return
  }
  if (isWebCall(request)) checkWebCaller(caller.rights, request)
  else if (!caller.rights.allowAlgo) throw denied('the key may not call algorithms (allow_algo)')
}
