/**
 * From a call that may be made to its answer: runs it now or accepts it for later, once for each idempotency key. Knows
 * no HTTP but what an answer consists of.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import { giveBack } from '@algorist/contract/give-back.ts'
import type { Runner } from '@algorist/runner/types.ts'
import type { Database } from '../db/schema.ts'
import type { DiskSpace } from '../disk-space.ts'
import { acceptedForResult, acceptedVoid, type CallAnswer } from './answer.ts'
import type { CallOptions } from './call-options.ts'
import { createIdempotency, type Idempotency } from './idempotency.ts'
import { callRequest, type Invocation, invoke } from './invoke.ts'
import { type KeptResults, keptBytes } from './kept-results.ts'
import type { PendingCalls } from './pending.ts'
import { insertResult, type ResultRow } from './queries.ts'
import { type CallReply, type FinishedCall, type ReplyOptions, renderCall } from './replies.ts'
import type { RequestKey } from './request-key.ts'
import { restMs, timingHeader } from './timing.ts'

export interface AskedCall {
  readonly invocation: Invocation
  readonly options: CallOptions
  readonly timeoutMs: number
  /** When its request came, in monotonic milliseconds. */
  readonly acceptedAtMs: number
  readonly isAsync: boolean
  readonly key: RequestKey | undefined
}

export interface AnswerCallOptions {
  readonly db: Database
  readonly runner: Runner
  readonly pending: PendingCalls
  readonly results: KeptResults
  readonly disk: Pick<DiskSpace, 'requireRoom'>
  readonly idempotency?: Idempotency
}

/**
 * Answers a call. Throws ApiError for one that did not run; one that is stored, its body or its answer, is refused while
 * the disk is full (InsufficientStorage), since what is acknowledged must be durable.
 */
export type AnswerCall = (call: AskedCall) => Promise<CallAnswer>

export function createAnswerCall(options: AnswerCallOptions): AnswerCall {
  const { db, runner, pending, results, disk, idempotency = createIdempotency({ db }) } = options

  /** The common case, on the hot path: nothing of it is stored. */
  async function runNow(call: AskedCall): Promise<CallAnswer & { outcome: FinishedCall }> {
    const { invocation, options, acceptedAtMs, key } = call
    const times = { acceptMs: performance.now() - acceptedAtMs, replyMs: 0 }
    const outcome = await invoke(runner, invocation, times)
    giveBack(invocation.input.body)
    if (outcome.kind === 'refused') {
      throw new ApiError('ServiceUnavailable', outcome.message, { headers: retryAfter(outcome.retryAfterMs) })
    }
    const reply = renderCall(outcome, replyOptions(invocation, options))
    if (outcome.kind === 'result' && reply.body !== outcome.body) giveBack(outcome.body)
    times.replyMs = restMs(performance.now() - acceptedAtMs, times.acceptMs, outcome.timing)
    const timing = timingHeader(outcome.timing, times)
    const mayRetry = outcome.kind === 'error' && outcome.retryAfterMs !== undefined
    const headers = { 'X-Algorist-Timing': timing, ...(mayRetry ? retryAfter(outcome.retryAfterMs) : {}) }
    return { ...reply, headers, outcome, isBodyOwn: key === undefined }
  }

  /** The answer is durable before it is sent: that is what the key promises. */
  async function runOnce(call: AskedCall, key: RequestKey): Promise<CallAnswer> {
    disk.requireRoom()
    const startedAt = new Date().toISOString()
    const { outcome, ...answer } = await runNow(call)
    const status = outcome.kind === 'result' ? 'succeeded' : 'failed'
    const row = syncResult({ call, key, startedAt, status, reply: answer })
    await insertResult(db, row)
    results.added(row)
    // Whoever gets this answer once more is told which call it is of.
    return { ...answer, headers: { ...answer.headers, 'X-Request-ID': row.request_id } }
  }

  async function accept({ invocation, options, timeoutMs, isAsync, key }: AskedCall): Promise<CallAnswer> {
    disk.requireRoom()
    const reply = isAsync ? replyOptions(invocation, options) : null
    await pending.accept(invocation, { timeoutMs, reply, key })
    return (isAsync ? acceptedForResult : acceptedVoid)(invocation.requestId)
  }

  return (call) => {
    const { key, isAsync, options } = call
    const isLater = isAsync || options.output === 'void'
    if (key) return idempotency.once(key, () => (isLater ? accept(call) : runOnce(call, key)))
    return isLater ? accept(call) : runNow(call)
  }
}

function replyOptions({ caller, target }: Invocation, options: CallOptions): ReplyOptions {
  return {
    raw: options.output === 'raw',
    stdout: options.stdout && target.isOwn,
    timing: options.timing,
    stacktrace: target.isOwn || target.algorithm.settings.sourceVisibility === 'open',
    foldErrorType: caller.kind === 'algorithm',
  }
}

interface SyncResult {
  readonly call: AskedCall
  readonly key: RequestKey
  readonly startedAt: string
  readonly status: 'succeeded' | 'failed'
  readonly reply: Omit<CallReply, 'status'> & { readonly status: number }
}

function syncResult({ call, key, startedAt, status, reply }: SyncResult): ResultRow {
  const { requestId, worker, identity } = callRequest(call.invocation)
  return {
    request_id: requestId,
    account_id: worker.key.accountId,
    identity: JSON.stringify({ worker, identity }),
    kind: 'sync',
    status,
    accepted_at: startedAt,
    started_at: startedAt,
    finished_at: new Date().toISOString(),
    reply_status: reply.status,
    reply_type: reply.contentType,
    reply_body: reply.body,
    kept_bytes: keptBytes(reply.body),
    idempotency_key: key.key,
    request_digest: key.digest,
  }
}

const retryAfter = (ms = 0) => ({ 'Retry-After': String(Math.max(1, Math.ceil(ms / 1000))) })
