/** An asynchronous call as it is stored, from its acceptance to its end. */
import type { CallOutcome, CallRequest } from '@algorist/runner/types.ts'
import type { Catalog } from '../algorithms/catalog.ts'
import { entryOf } from '../call-log/entry-of.ts'
import { keptBytes } from './kept-results.ts'
import type { AcceptOptions } from './pending.ts'
import type { CallEnd, PendingRow, ResultRow } from './queries.ts'
import { type ReplyOptions, renderCall } from './replies.ts'

type Result = Extract<CallOutcome, { kind: 'result' }>
type Failed = Extract<CallOutcome, { kind: 'error' }>
/** Without timing: no worker was there at the end. */
type Failure = Pick<Failed, 'message' | 'errorType'> & Partial<Failed>

/** How a call ended. */
export type EndedCall =
  | { readonly status: 'succeeded'; readonly outcome: Result }
  | { readonly status: 'failed' | 'cancelled' | 'expired'; readonly failure: Failure }

export function rowOf(request: CallRequest, { timeoutMs, reply, key }: AcceptOptions): PendingRow {
  const { requestId, worker, identity, contentType, body } = request
  return {
    request_id: requestId,
    account_id: worker.key.accountId,
    algorithm_id: worker.key.algorithmId,
    build_id: worker.key.buildId,
    identity: JSON.stringify({ worker, identity }),
    content_type: contentType,
    body,
    timeout_ms: Math.round(timeoutMs),
    state: 'accepted',
    accepted_at: new Date().toISOString(),
    started_at: null,
    reply_options: reply && JSON.stringify(reply),
    idempotency_key: key?.key ?? null,
    request_digest: key?.digest ?? null,
    instance: null,
  }
}

/** The request to the runner; its time begins now. */
export function storedCall(row: PendingRow): CallRequest {
  const { worker, identity } = identityOf(row.identity)
  return {
    requestId: row.request_id,
    worker,
    contentType: row.content_type as CallRequest['contentType'],
    body: Buffer.from(row.body.buffer, row.body.byteOffset, row.body.length),
    timeLeftMs: row.timeout_ms,
    wantsStdout: replyOptionsOf(row)?.stdout ?? false,
    identity: { ...identity, deadlineAtMs: Date.now() + row.timeout_ms },
  }
}

export function identityOf(stored: string): Pick<CallRequest, 'worker' | 'identity'> {
  return JSON.parse(stored)
}

function replyOptionsOf({ reply_options }: PendingRow): ReplyOptions | null {
  return reply_options === null ? null : JSON.parse(reply_options)
}

/** What is written when a call has ended; nobody else is told of a failure, so it is written for sure. */
export function endOf(row: PendingRow, ended: EndedCall, catalog: Pick<Catalog, 'byId'>): CallEnd {
  const isKept = row.reply_options !== null || row.idempotency_key !== null
  return {
    requestId: row.request_id,
    result: isKept ? resultOf(row, ended) : undefined,
    failure:
      ended.status === 'succeeded' || ended.status === 'cancelled' ? undefined : failureOf(row, ended.failure, catalog),
  }
}

const noTiming = { waitMs: 0, startMs: 0, loadMs: 0, runMs: 0 }

function resultOf(row: PendingRow, ended: EndedCall): ResultRow {
  const options = replyOptionsOf(row)
  const outcome = ended.status === 'succeeded' ? ended.outcome : outcomeOf(ended.failure)
  const reply = options && ended.status !== 'expired' ? renderCall(outcome, options) : null
  return {
    request_id: row.request_id,
    account_id: row.account_id,
    identity: row.identity,
    kind: options ? 'result' : 'void',
    status: ended.status,
    accepted_at: row.accepted_at,
    started_at: row.started_at,
    finished_at: new Date().toISOString(),
    reply_status: reply?.status ?? null,
    reply_type: reply?.contentType ?? null,
    reply_body: reply?.body ?? null,
    kept_bytes: keptBytes(reply?.body ?? null),
    idempotency_key: row.idempotency_key,
    request_digest: row.request_digest,
  }
}

function failureOf(row: PendingRow, failure: Failure, catalog: Pick<Catalog, 'byId'>): CallEnd['failure'] {
  const outcome = outcomeOf(failure)
  return entryOf(catalog, { request: storedCall(row), outcome, endedAt: new Date() })
}

function outcomeOf(failure: Failure): Failed {
  return { timing: noTiming, ...failure, kind: 'error' }
}
