/**
 * Calls with `output=void`: accepted once they are in the database, run in the background, gone when they end.
 *
 * After a crash a call that had not started runs; one that had started is recorded as failed, never run twice
 * (design: life of a call). Failures are kept for the error log.
 */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import type { CallOutcome, CallRequest, Runner } from '@algorist/runner/types.ts'
import type { Logger } from 'pino'
import type { PendingCallsTable } from '../db/schema.ts'
import type { Database } from '../services.ts'
import { callRequest, type Invocation } from './invoke.ts'

/** A queued call is not worth running after a day. */
const expiryMs = 24 * 60 * 60 * 1000

export interface PendingCallOptions {
  readonly db: Database
  readonly runner: Runner
  readonly log: Logger
  readonly backlogPerAccount: number
  /** How many of them run at the same time; the rest wait in the database. */
  readonly concurrency: number
}

export interface PendingCalls {
  /** Resolves when the call is durable. Throws TooManyRequests beyond the account's backlog. */
  accept(invocation: Invocation, timeoutMs: number): Promise<void>
  /** Takes up what an earlier server left behind. */
  recover(): Promise<void>
  /** Starts nothing new and waits for the running ones. */
  close(): Promise<void>
}

interface QueuedCall {
  readonly request: CallRequest
  readonly timeoutMs: number
  readonly acceptedAtMs: number
}

export function createPendingCalls({
  db,
  runner,
  log,
  backlogPerAccount,
  concurrency,
}: PendingCallOptions): PendingCalls {
  const queue: QueuedCall[] = []
  const backlog = new Map<string, number>()
  const running = new Set<Promise<void>>()
  let isClosing = false

  async function accept(invocation: Invocation, timeoutMs: number): Promise<void> {
    const account = invocation.caller.account.id
    const waiting = backlog.get(account) ?? 0
    if (waiting >= backlogPerAccount) {
      throw new ApiError('TooManyRequests', `The account has ${waiting} calls waiting already, the most allowed`, {
        headers: { 'Retry-After': '5' },
      })
    }
    backlog.set(account, waiting + 1)
    const call: QueuedCall = { request: callRequest(invocation), timeoutMs, acceptedAtMs: Date.now() }
    try {
      await db.insertInto('pending_calls').values(toRow(call)).execute()
    } catch (error) {
      leaveBacklog(account)
      throw error
    }
    enqueue(call)
  }

  function enqueue(call: QueuedCall): void {
    queue.push(call)
    startNext()
  }

  function startNext(): void {
    while (!isClosing && running.size < concurrency) {
      const call = queue.shift()
      if (!call) return
      const run = runCall(call)
        .catch((error) => log.error({ err: error, requestId: call.request.requestId }, 'a void call could not be run'))
        .finally(() => {
          running.delete(run)
          leaveBacklog(call.request.worker.key.accountId)
          startNext()
        })
      running.add(run)
    }
  }

  function leaveBacklog(account: string): void {
    const left = (backlog.get(account) ?? 1) - 1
    if (left === 0) backlog.delete(account)
    else backlog.set(account, left)
  }

  async function runCall({ request, timeoutMs, acceptedAtMs }: QueuedCall): Promise<void> {
    const { requestId } = request
    if (Date.now() - acceptedAtMs > expiryMs) {
      await finish(request, {
        message: 'The call waited for more than a day and was dropped',
        errorType: 'TimeoutError',
      })
      return
    }
    await setState(requestId, 'started')
    const identity = { ...request.identity, deadlineAtMs: Date.now() + timeoutMs }
    const outcome = await runUntilTaken({ ...request, identity, timeLeftMs: timeoutMs })
    // Refused only because the server closes: the next one runs it.
    if (outcome.kind === 'refused') await setState(requestId, 'accepted')
    else await finish(request, outcome.kind === 'error' ? outcome : undefined)
  }

  async function setState(requestId: string, state: PendingCallsTable['state']): Promise<void> {
    await db.updateTable('pending_calls').set({ state }).where('request_id', '=', requestId).execute()
  }

  /** A full queue is no failure of a call that nobody waits for: it is offered again. */
  async function runUntilTaken(request: CallRequest): Promise<CallOutcome> {
    for (;;) {
      const outcome = await runner.call(request)
      if (outcome.kind !== 'refused' || isClosing) return outcome
      await new Promise((resolve) => setTimeout(resolve, Math.max(100, outcome.retryAfterMs)))
    }
  }

  /** Removes the call and keeps its failure in one transaction, so that a crash can't lose or double it. */
  async function finish(request: CallRequest, failure: Failure | undefined): Promise<void> {
    const { requestId, worker } = request
    await db.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('pending_calls').where('request_id', '=', requestId).execute()
      if (!failure) return
      await transaction
        .insertInto('call_errors')
        .values({
          id: randomUUID(),
          request_id: requestId,
          account_id: worker.key.accountId,
          algorithm_id: worker.key.algorithmId,
          build_id: worker.key.buildId,
          error_type: failure.errorType,
          message: failure.message,
          stacktrace: failure.stacktrace ?? null,
          created_at: new Date().toISOString(),
        })
        .execute()
    })
  }

  async function recover(): Promise<void> {
    const rows = await db.selectFrom('pending_calls').selectAll().orderBy('accepted_at').execute()
    for (const row of rows) {
      const call = fromRow(row)
      backlog.set(row.account_id, (backlog.get(row.account_id) ?? 0) + 1)
      if (row.state === 'accepted') {
        enqueue(call)
      } else {
        await finish(call.request, { message: 'server restarted', errorType: 'SystemExit' })
        leaveBacklog(row.account_id)
      }
    }
  }

  async function close(): Promise<void> {
    isClosing = true
    await Promise.all(running)
  }

  return { accept, recover, close }
}

interface Failure {
  readonly message: string
  readonly errorType: string
  readonly stacktrace?: string
}

function toRow({ request, timeoutMs, acceptedAtMs }: QueuedCall): PendingCallsTable {
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
    accepted_at: new Date(acceptedAtMs).toISOString(),
  }
}

function fromRow(row: PendingCallsTable): QueuedCall {
  const { worker, identity } = JSON.parse(row.identity) as Pick<CallRequest, 'worker' | 'identity'>
  return {
    request: {
      requestId: row.request_id,
      worker,
      contentType: row.content_type as CallRequest['contentType'],
      body: Buffer.from(row.body),
      timeLeftMs: row.timeout_ms,
      wantsStdout: false,
      identity,
    },
    timeoutMs: row.timeout_ms,
    acceptedAtMs: Date.parse(row.accepted_at),
  }
}
