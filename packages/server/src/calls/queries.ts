/** SQL of asynchronous calls, kept results and idempotency keys. */
import { sql } from 'kysely'
import { type CallLogRow, writeCallLog } from '../db/call-log-rows.ts'
import { createInsert, eachOf } from '../db/many-rows.ts'
import type { CallResultsTable, Database, PendingCallsTable } from '../db/schema.ts'
import { uniqueViolation } from '../db/violations.ts'

export type PendingRow = PendingCallsTable
export type ResultRow = CallResultsTable

const insertPending = createInsert<PendingRow>({
  table: 'pending_calls',
  columns: {
    request_id: 'text',
    account_id: 'text',
    algorithm_id: 'text',
    build_id: 'text',
    identity: 'text',
    content_type: 'text',
    body: 'bytes',
    timeout_ms: 'integer',
    state: 'text',
    accepted_at: 'text',
    started_at: 'text',
    reply_options: 'text',
    idempotency_key: 'text',
    request_digest: 'text',
    instance: 'text',
  },
})

/** The key is that of a call that has ended. */
class KeyOfEndedCall extends Error {}

/**
 * Stores accepted calls, all of them or none.
 *
 * @throws Error that `isKeyTaken()` knows when one has the key of another that waits, runs or has ended
 */
export async function insertAccepted(db: Database, rows: readonly PendingRow[]): Promise<void> {
  const keys = rows.flatMap(({ idempotency_key: key }) => key ?? [])
  if (keys.length === 0) return insertPending(db, rows)
  await db.transaction().execute(async (transaction) => {
    await insertPending(transaction, rows)
    // Behind the insert: a call that ended since somebody looked for its key has left the one index, and is here.
    const ended = await transaction
      .selectFrom('call_results')
      .select('request_id')
      .where('idempotency_key', 'in', eachOf(transaction, keys))
      .executeTakeFirst()
    if (ended) throw new KeyOfEndedCall(`The idempotency key is that of ${ended.request_id}`)
  })
}

/** What a start needs to know of the calls that were left, oldest first; their bodies stay where they are. */
export function readLeftBehind(db: Database) {
  return db
    .selectFrom('pending_calls')
    .select([
      'request_id',
      'account_id',
      'state',
      'instance',
      'idempotency_key',
      sql<number>`length(body)`.as('size_bytes'),
    ])
    .orderBy('accepted_at')
    .execute()
}

export function readPending(db: Database, requestId: string): Promise<PendingRow | undefined> {
  return db.selectFrom('pending_calls').selectAll().where('request_id', '=', requestId).executeTakeFirst()
}

/** Makes an instance the one that runs these calls. @returns those of them that no other had started or ended before */
export async function claimPending(
  db: Database,
  requestIds: readonly string[],
  instance: string,
): Promise<ReadonlySet<string>> {
  const rows = await db
    .updateTable('pending_calls')
    .set({ state: 'started', started_at: new Date().toISOString(), instance })
    .where('request_id', 'in', eachOf(db, requestIds))
    .where('state', '=', 'accepted')
    .returning('request_id')
    .execute()
  return new Set(rows.map(({ request_id }) => request_id))
}

/** It will run from its beginning. */
export async function markAccepted(db: Database, requestId: string): Promise<void> {
  await db
    .updateTable('pending_calls')
    .set({ state: 'accepted', started_at: null, instance: null })
    .where('request_id', '=', requestId)
    .execute()
}

/** How a call ended: what is kept of its answer, and its entry in the call log when it failed. */
export interface CallEnd {
  readonly requestId: string
  readonly result: ResultRow | undefined
  readonly failure: CallLogRow | undefined
}

/** One transaction, so that a crash can neither lose nor double a call. */
export async function finishPending(db: Database, ends: readonly CallEnd[]): Promise<void> {
  const ids = ends.map(({ requestId }) => requestId)
  const results = ends.flatMap(({ result }) => result ?? [])
  const failures = ends.flatMap(({ failure }) => failure ?? [])
  // By far the most: calls that keep nothing. One statement needs no transaction of its own.
  if (results.length + failures.length === 0) {
    await db.deleteFrom('pending_calls').where('request_id', 'in', eachOf(db, ids)).execute()
    return
  }
  await db.transaction().execute(async (transaction) => {
    await transaction.deleteFrom('pending_calls').where('request_id', 'in', eachOf(db, ids)).execute()
    await insertResults(transaction, results)
    await writeCallLog(transaction, failures)
  })
}

const insertResults = createInsert<ResultRow>({
  table: 'call_results',
  columns: {
    request_id: 'text',
    account_id: 'text',
    identity: 'text',
    kind: 'text',
    status: 'text',
    accepted_at: 'text',
    started_at: 'text',
    finished_at: 'text',
    reply_status: 'integer',
    reply_type: 'text',
    reply_body: 'bytes',
    kept_bytes: 'integer',
    idempotency_key: 'text',
    request_digest: 'text',
  },
})

export function insertResult(db: Database, row: ResultRow): Promise<void> {
  return insertResults(db, [row])
}

/** What there is to know of a call without its body and result. */
export interface CallRecord {
  readonly request_id: string
  readonly account_id: string
  readonly identity: string
  readonly status: 'accepted' | 'started' | ResultRow['status']
  readonly accepted_at: string
  readonly started_at: string | null
  readonly finished_at: string | null
}

const shared = ['request_id', 'account_id', 'identity', 'accepted_at', 'started_at'] as const

/** A call made with `Prefer: respond-async`. Calls move from the first table to the second, so it is read last. */
export async function readAsyncCall(db: Database, requestId: string): Promise<CallRecord | undefined> {
  const pending = await db
    .selectFrom('pending_calls')
    .select([...shared, 'state as status'])
    .where('request_id', '=', requestId)
    .where('reply_options', 'is not', null)
    .executeTakeFirst()
  if (pending) return { ...pending, finished_at: null }
  return db
    .selectFrom('call_results')
    .select([...shared, 'status', 'finished_at'])
    .where('request_id', '=', requestId)
    .where('kind', '=', 'result')
    .executeTakeFirst()
}

export function readReply(db: Database, requestId: string) {
  return db
    .selectFrom('call_results')
    .select(['reply_status', 'reply_type', 'reply_body'])
    .where('request_id', '=', requestId)
    .executeTakeFirst()
}

/** The call that was made with an idempotency key. */
export interface KeyedCall {
  readonly request_id: string
  readonly kind: ResultRow['kind']
  readonly request_digest: string | null
  readonly finished_at: string | null
}

export async function readKeyedCall(db: Database, key: string): Promise<KeyedCall | undefined> {
  const pending = await db
    .selectFrom('pending_calls')
    .select(['request_id', 'request_digest', 'reply_options'])
    .where('idempotency_key', '=', key)
    .executeTakeFirst()
  if (pending) {
    const { request_id, request_digest, reply_options } = pending
    return { request_id, request_digest, kind: reply_options === null ? 'void' : 'result', finished_at: null }
  }
  return db
    .selectFrom('call_results')
    .select(['request_id', 'kind', 'request_digest', 'finished_at'])
    .where('idempotency_key', '=', key)
    .executeTakeFirst()
}

export async function forgetKey(db: Database, requestId: string): Promise<void> {
  await db.updateTable('call_results').set({ idempotency_key: null }).where('request_id', '=', requestId).execute()
}

export async function readKeptBytes(db: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('call_results')
    .select(['account_id', ({ fn }) => fn.sum<number | string>('kept_bytes').as('sum')])
    .groupBy('account_id')
    .execute()
  return new Map(rows.map(({ account_id, sum }) => [account_id, Number(sum)]))
}

/** Rows and what they count against their accounts; all, or those that finished before a time. */
export async function readResultsAmount(db: Database, finishedBefore: string | undefined) {
  const sums = await db
    .selectFrom('call_results')
    .select(({ fn }) => [
      fn.countAll<number | string>().as('rows'),
      fn.sum<number | string | null>('kept_bytes').as('bytes'),
    ])
    .$if(finishedBefore !== undefined, (query) => query.where('finished_at', '<', finishedBefore ?? ''))
    .executeTakeFirstOrThrow()
  return { rows: Number(sums.rows), bytes: Number(sums.bytes ?? 0) }
}

export interface KeptResult {
  readonly request_id: string
  readonly account_id: string
  readonly kept_bytes: number
}

const kept = ['request_id', 'account_id', 'kept_bytes'] as const

export function readOldestKept(db: Database, accountId: string, limit: number): Promise<KeptResult[]> {
  return db
    .selectFrom('call_results')
    .select(kept)
    .where('account_id', '=', accountId)
    .where('kept_bytes', '>', 0)
    .orderBy('finished_at')
    .limit(limit)
    .execute()
}

export function readKeptBefore(db: Database, finishedBefore: string, limit: number): Promise<KeptResult[]> {
  return db
    .selectFrom('call_results')
    .select(kept)
    .where('finished_at', '<', finishedBefore)
    .where('kept_bytes', '>', 0)
    .orderBy('finished_at')
    .limit(limit)
    .execute()
}

/** The answers go, and that there was a call stays. */
export async function expireResults(db: Database, requestIds: readonly string[]): Promise<void> {
  await db
    .updateTable('call_results')
    .set({ status: 'expired', reply_status: null, reply_type: null, reply_body: null, kept_bytes: 0 })
    .where('request_id', 'in', requestIds)
    .execute()
}

/** Removes records, at most `limit`; returns how many. */
export async function deleteResultsBefore(db: Database, finishedBefore: string, limit: number): Promise<number> {
  const rows = db
    .selectFrom('call_results')
    .select('request_id')
    .where('finished_at', '<', finishedBefore)
    .orderBy('finished_at')
    .limit(limit)
  const { numDeletedRows } = await db
    .deleteFrom('call_results')
    .where('request_id', 'in', rows)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

/** Removes an account's expired records but the newest `keep`. */
export async function deleteExpired(db: Database, accountId: string, keep: number): Promise<void> {
  const expired = db
    .selectFrom('call_results')
    .select('finished_at')
    .where('account_id', '=', accountId)
    .where('kept_bytes', '=', 0)
    .orderBy('finished_at', 'desc')
    .limit(1)
    .offset(keep)
  await db
    .deleteFrom('call_results')
    .where('account_id', '=', accountId)
    .where('kept_bytes', '=', 0)
    .where('finished_at', '<', expired)
    .execute()
}

/** True for the failure to store an idempotency key a second time. */
export function isKeyTaken(error: unknown): boolean {
  return error instanceof KeyOfEndedCall || uniqueViolation(error)?.endsWith('.idempotency_key') === true
}
