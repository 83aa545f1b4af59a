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
import { takeBegun } from '../http/begun.ts'
import { errorReply, replyError } from '../http/error-reply.ts'
import type { WholeReply } from '../http/lane/reply.ts'
import type { RequestHead } from '../http/request-head.ts'
import { denied } from '../permissions.ts'
import { type CallAnswer, sendAnswer, wholeReply } from './answer.ts'
import type { AnswerCall } from './answer-call.ts'
import { callPrefix, parentTimeLeftMs, prefersAsync, readOptions, splitTarget } from './call-options.ts'
import { type CallInput, readInput, wholeInput } from './input.ts'
import type { CallLimits } from './limits.ts'
import { createRefusalPace } from './refusal-pace.ts'
import { rememberTargets } from './remember-targets.ts'
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
  /** Answers a request whose body is still to be read. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
  /**
   * Answers a request that is whole; never rejects. The same head comes as the same object (http/lane/lane.ts).
   *
   * @param begunAtMs when its first bytes came, in monotonic milliseconds; now, when left out
   */
  handleWhole(head: RequestHead, body: Buffer, begunAtMs?: number): Promise<WholeReply>
  /** Answers by HTTP status since start. */
  callsByStatus(): ReadonlyMap<number, number>
}

type RunningAlgorithm = Extract<KnownCaller, { kind: 'algorithm' }>

/** A call whose head was read. */
interface HeadOfCall {
  readonly head: RequestHead
  readonly requestId: string
  /** In monotonic milliseconds. */
  readonly acceptedAtMs: number
}

/** Gets the input, at once when it is here already. */
type ReadBody = (limits: { readonly maxBytes: number; readonly timeoutMs: number }) => CallInput | Promise<CallInput>

export function createCallHandler(options: CallHandlerOptions): CallHandler {
  const { authenticate, limits, answerCall, maxBodyBytes, log } = options
  const resolveAgain = rememberTargets(options)
  const pace = createRefusalPace()
  const statuses = new Map<number, number>()

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const of = begin(request, takeBegun(request.socket))
    const headers = headersFor(of)
    try {
      if (request.method === 'OPTIONS') replyPreflight(response)
      else sendAnswer(response, await call(of, (read) => readInput(request, read)), headers)
    } catch (error) {
      replyError(request, response, error, { log, headers })
    }
    count(response.statusCode)
  }

  async function handleWhole(head: RequestHead, body: Buffer, begunAtMs?: number): Promise<WholeReply> {
    const of = begin(head, begunAtMs)
    const reply = await call(of, ({ maxBytes }) => wholeInput(head, body, maxBytes)).then(
      (answer) => wholeReply(answer, headersFor(of)),
      (error: unknown) => errorReply(head, error, { log, headers: headersFor(of) }),
    )
    count(reply.status)
    return reply
  }

  const begin = (head: RequestHead, acceptedAtMs = performance.now()): HeadOfCall => ({
    head,
    requestId: `req-${randomUUID()}`,
    acceptedAtMs,
  })

  function count(status: number): void {
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }

  async function call({ head, requestId, acceptedAtMs }: HeadOfCall, readBody: ReadBody): Promise<CallAnswer> {
    if (head.method !== 'POST')
      throw new ApiError('MethodNotAllowed', 'Algorithms are called with POST', { headers: { Allow: 'POST, OPTIONS' } })
    const authenticated = authenticateCall(head)
    const caller = knownCaller(authenticated instanceof Promise ? await authenticated : authenticated)
    checkMayCall(caller, head)
    const [rawPath, rawQuery] = splitTarget(head.url ?? '')
    const found = resolveAgain(head, caller, rawPath)
    const asked = readOptions(rawQuery)
    const isAsync = asked.output !== 'void' && prefersAsync(head)
    const keyValue = idempotencyKeyOf(head)
    const timeoutMs = Math.min(asked.timeoutMs, parentTimeLeftMs(caller))
    const entered = enter(caller, requestId)
    const release = entered instanceof Promise ? await entered : entered
    try {
      const read = readBody({ maxBytes: maxBodyBytes, timeoutMs })
      const input = read instanceof Promise ? await read : read
      if (caller.kind === 'algorithm') await requireSameCall(head, caller)
      // A body may take minutes; what was found before it may be deleted, or its files collected, by now.
      const isAsFound = options.catalog.byId(found.algorithm.id) === found.algorithm
      const target = isAsFound ? found : resolveTarget(options, caller, rawPath)
      const wantsStdout = asked.stdout && target.isOwn
      const invocation = { requestId, caller, target, input, deadlineMs: acceptedAtMs + timeoutMs, wantsStdout }
      const parts = { caller, target: head.url ?? '', isAsync, input }
      const key = keyValue === undefined ? undefined : await requestKey({ value: keyValue, ...parts })
      return await answerCall({ invocation, options: asked, timeoutMs, acceptedAtMs, isAsync, key })
    } finally {
      release()
    }
  }

  /** Takes a place. A refusal comes at once, or a moment later for who is refused very often. */
  function enter(caller: KnownCaller, requestId: string): (() => void) | Promise<never> {
    try {
      return limits.enter(caller, requestId)
    } catch (error) {
      const held = pace.hold(caller.account.id)
      if (held === null) throw error
      return held.then(() => Promise.reject(error))
    }
  }

  /** The end of a body may come when the call that sent its beginning has ended, and its rights with it. */
  async function requireSameCall(head: RequestHead, { call }: RunningAlgorithm): Promise<void> {
    const now = await authenticateCall(head)
    if (now.kind !== 'algorithm' || now.call.requestId !== call.requestId) {
      throw new ApiError('AuthorizationRequired', 'The call that began this request has ended')
    }
  }

  /** Calls have their own text for missing credentials, and one client compares it. */
  function authenticateCall(head: RequestHead): Caller | Promise<Caller> {
    try {
      return authenticate(head)
    } catch (error) {
      throw error instanceof ApiError && error.error === 'NotAuthenticated'
        ? new ApiError('AuthorizationRequired')
        : error
    }
  }

  return { handle, handleWhole, callsByStatus: () => statuses }
}

function headersFor({ head, requestId }: HeadOfCall): { readonly [name: string]: string } {
  return { ...corsHeaders(head), 'X-Request-ID': requestId }
}

function knownCaller(caller: Caller): KnownCaller {
  if (caller.kind === 'anonymous') throw new ApiError('AuthorizationRequired')
  if (caller.kind === 'admin') {
    throw new ApiError('NotAuthorized', 'Admin keys do not call algorithms; use a standard key')
  }
  return caller
}

/** The rights that do not depend on which algorithm is called. */
function checkMayCall(caller: KnownCaller, request: RequestHead): void {
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
