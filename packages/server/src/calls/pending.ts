/**
 * Calls that run later: `output=void`, and `Prefer: respond-async` whose result is kept. Accepted once they are in the
 * database, run in the background, in turns among accounts.
 *
 * After a crash a call that had not started runs; one that had started is recorded as failed, never run twice, unless
 * its caller sent an idempotency key and so asked for it (design: life of a call). While one server hands over to another,
 * both work on the same rows: whoever marks one as started runs it, and what a living one has started is left to it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { CallOutcome, CallRequest, Runner } from '@algorist/runner/types.ts'
import type { Logger } from 'pino'
import type { Catalog } from '../algorithms/catalog.ts'
import type { Database } from '../db/schema.ts'
import { thisInstance } from '../instance.ts'
import { createPassingMap } from '../passing-map.ts'
import { type BacklogLimits, createBacklog } from './backlog.ts'
import { createFairQueue } from './fair-queue.ts'
import { createGroupCommit } from './group-commit.ts'
import { callRequest, type Invocation } from './invoke.ts'
import type { KeptResults } from './kept-results.ts'
import { type EndedCall, endOf, rowOf, storedCall } from './pending-rows.ts'
import {
  type CallEnd,
  claimPending,
  finishPending,
  insertAccepted,
  isKeyTaken,
  markAccepted,
  type PendingRow,
  readLeftBehind,
  readPending,
} from './queries.ts'
import type { ReplyOptions } from './replies.ts'
import type { RequestKey } from './request-key.ts'

/** A queued call is not worth running after a day. */
const expiryMs = 24 * 60 * 60 * 1000
/** Bodies of waiting calls that are held in memory; those of the others are read when their turn comes. */
const maxHeldBytes = 64 * 1024 * 1024

export interface PendingCallOptions {
  readonly db: Database
  readonly runner: Runner
  readonly catalog: Pick<Catalog, 'byId'>
  readonly log: Logger
  readonly results: KeptResults
  readonly limits: PendingCallLimits
  /** Other server processes at work on the same rows, while there are any. */
  readonly others?: OtherServers
}

/** What is asked of servers that finish their calls after this one has followed them, or before it. */
export interface OtherServers {
  /** Ends a call that one of them runs. False when none does. */
  cancel(requestId: string): Promise<boolean>
  /** Asks the one that goes on to run what is stored; called while this one is leaving. */
  takeAccepted(): Promise<void>
}

export interface PendingCallLimits {
  /** What may wait of one account. */
  readonly backlog: BacklogLimits
  /** How many run at the same time, and how many of one account; the rest wait in the database. */
  readonly running: number
  readonly runningPerAccount: number
  /** Time that running calls get to finish when the server stops. */
  readonly shutdownMs: number
}

export interface AcceptOptions {
  readonly timeoutMs: number
  /** How the result is to look; null when none is kept. */
  readonly reply: ReplyOptions | null
  readonly key: RequestKey | undefined
}

export interface PendingCalls {
  /** Resolves when the call is durable. Throws TooManyRequests beyond the account's backlog. */
  accept(invocation: Invocation, options: AcceptOptions): Promise<void>
  /** Ends a call; resolves when that is durable. False when it had finished. */
  cancel(requestId: string): Promise<boolean>
  /**
   * Takes up what earlier servers left behind; before the first call is accepted, and again when one of them has gone.
   *
   * @param living instances that still run what they have started
   */
  recover(living?: ReadonlySet<string>): Promise<void>
  /** Starts nothing new: another server runs what waits, and what is accepted from now on. */
  leave(): Promise<void>
  /** True while calls run here. */
  isBusy(): boolean
  /** Starts nothing new, waits for the running ones, and in the end kills them. */
  close(): Promise<void>
}

interface QueuedCall {
  readonly requestId: string
  readonly accountId: string
  readonly sizeBytes: number
  /** Null: read when its turn comes. */
  readonly row: PendingRow | null
}

interface RunningCall {
  readonly abort: AbortController
  readonly ended: Promise<EndedCall['status'] | undefined>
}

interface Claim {
  readonly requestId: string
  isMine: boolean
}

/** Why a run was ended: the reason of its abort. */
type Stop = 'cancelled' | 'closing'

export function createPendingCalls({
  db,
  runner,
  catalog,
  log,
  results,
  limits,
  others,
}: PendingCallOptions): PendingCalls {
  const queue = createFairQueue<QueuedCall>()
  const running = createPassingMap<RunningCall>()
  /** By account; none of them leaves it (0085). */
  const runningOf = new Map<string, number>()
  /** All that is queued, runs, or is about to be. */
  const known = createPassingMap<true>()
  const backlog = createBacklog(limits.backlog)
  let heldBytes = 0
  let isClosing = false
  let isLeaving = false
  let isStartDue = false
  let recovering: Promise<void> = Promise.resolve()

  const accepted = createGroupCommit<PendingRow>({
    write: (rows) => insertAccepted(db, rows),
    sizeBytes: ({ body }) => body.length,
  })
  const started = createGroupCommit<Claim>({
    async write(claims) {
      const ids = claims.map(({ requestId }) => requestId)
      const mine = await claimPending(db, ids, thisInstance.id)
      for (const claim of claims) claim.isMine = mine.has(claim.requestId)
    },
  })
  const finished = createGroupCommit<CallEnd>({
    write: (ends) => finishPending(db, ends),
    sizeBytes: ({ result }) => result?.kept_bytes ?? 0,
  })

  async function accept(invocation: Invocation, options: AcceptOptions): Promise<void> {
    const row = rowOf(callRequest(invocation), options)
    const call = { requestId: row.request_id, accountId: row.account_id, sizeBytes: row.body.length }
    backlog.enter(call)
    known.set(call.requestId, true)
    try {
      await accepted.add(row)
    } catch (error) {
      forget(call)
      throw error
    }
    if (!isLeaving) return enqueue({ ...call, row })
    forget(call)
    await others?.takeAccepted()
  }

  function forget(call: Pick<QueuedCall, 'requestId' | 'accountId' | 'sizeBytes'>): void {
    known.take(call.requestId)
    backlog.leave(call)
  }

  function enqueue(call: QueuedCall): void {
    const isHeld = call.row !== null && heldBytes + call.sizeBytes <= maxHeldBytes
    if (isHeld) heldBytes += call.sizeBytes
    queue.push(call.accountId, call.requestId, isHeld ? call : { ...call, row: null })
    startSoon()
  }

  /** After the acknowledgements of all that were stored together have gone out: nobody waits for a start. */
  function startSoon(): void {
    if (isStartDue) return
    isStartDue = true
    setImmediate(() => {
      isStartDue = false
      startNext()
    })
  }

  function startNext(): void {
    while (!isClosing && !isLeaving && running.size() < limits.running) {
      const call = queue.next((accountId) => (runningOf.get(accountId) ?? 0) < limits.runningPerAccount)
      if (!call) return
      start(call)
    }
  }

  function start(call: QueuedCall): void {
    const { requestId, accountId } = call
    const abort = new AbortController()
    runningOf.set(accountId, (runningOf.get(accountId) ?? 0) + 1)
    const ended = run(call, abort.signal)
      .catch((error: unknown) => {
        log.error({ err: error, requestId }, 'an asynchronous call could not be run')
        return undefined
      })
      .finally(() => {
        running.take(requestId)
        runningOf.set(accountId, (runningOf.get(accountId) ?? 1) - 1)
        forget(call)
        startNext()
      })
    running.set(requestId, { abort, ended })
  }

  async function take({ requestId, sizeBytes, row }: QueuedCall): Promise<PendingRow | undefined> {
    if (row) heldBytes -= sizeBytes
    return row ?? (await readPending(db, requestId))
  }

  async function run(call: QueuedCall, signal: AbortSignal): Promise<EndedCall['status'] | undefined> {
    const row = await take(call)
    if (!row) return undefined
    if (Date.now() - Date.parse(row.accepted_at) > expiryMs) return finish(row, { status: 'expired', failure: tooOld })
    const startedAt = new Date().toISOString()
    const claim = { requestId: call.requestId, isMine: false }
    await started.add(claim)
    if (!claim.isMine) return undefined
    const outcome = await runUntilTaken(storedCall(row), signal)
    const begun = { ...row, started_at: startedAt }
    if (outcome === 'cancelled') return finish(begun, { status: 'cancelled', failure: cancelled })
    // Refused because the server closes, or ended for it and asked for with a key: the next one runs it.
    const isForNext = outcome === 'closing' ? row.idempotency_key !== null : outcome.kind === 'refused'
    if (isForNext) {
      await markAccepted(db, call.requestId)
      return undefined
    }
    if (outcome === 'closing') return finish(begun, { status: 'failed', failure: restarted })
    if (outcome.kind === 'error') return finish(begun, { status: 'failed', failure: outcome })
    return outcome.kind === 'result' ? finish(begun, { status: 'succeeded', outcome }) : undefined
  }

  /** A full queue is no failure of a call that nobody waits for: it is offered again. */
  async function runUntilTaken(request: CallRequest, signal: AbortSignal): Promise<CallOutcome | Stop> {
    let wasEnded = false
    const end = () => {
      wasEnded = runner.cancel(request.requestId)
    }
    signal.addEventListener('abort', end)
    try {
      while (!signal.aborted) {
        const outcome = await runner.call(request)
        if (wasEnded) break
        if (outcome.kind !== 'refused' || isClosing) return outcome
        await delay(Math.max(100, outcome.retryAfterMs), undefined, { signal }).catch(() => {})
      }
      return signal.reason as Stop
    } finally {
      signal.removeEventListener('abort', end)
    }
  }

  async function finish(row: PendingRow, ended: EndedCall): Promise<EndedCall['status']> {
    const end = endOf(row, ended, catalog)
    try {
      await finished.add(end)
    } catch (error) {
      // Two servers took the same key at the same time; a call must end all the same.
      if (!end.result || !isKeyTaken(error)) throw error
      await finished.add({ ...end, result: { ...end.result, idempotency_key: null } })
    }
    if (end.result) results.added(end.result)
    return ended.status
  }

  async function cancel(requestId: string): Promise<boolean> {
    const queued = queue.remove(requestId)
    if (queued) {
      const row = await take(queued)
      if (row) await finish(row, { status: 'cancelled', failure: cancelled })
      forget(queued)
      return row !== undefined
    }
    const run = running.get(requestId)
    if (!run) return (await others?.cancel(requestId)) ?? false
    run.abort.abort('cancelled' satisfies Stop)
    return (await run.ended) === 'cancelled'
  }

  /** One after the other, so that none takes what another is about to end. */
  function recover(living: ReadonlySet<string> = new Set()): Promise<void> {
    const next = recovering.then(() => takeUp(living))
    recovering = next.catch(() => {})
    return next
  }

  async function takeUp(living: ReadonlySet<string>): Promise<void> {
    for (const { request_id, account_id, state, instance, idempotency_key, size_bytes } of await readLeftBehind(db)) {
      if (known.has(request_id)) continue
      if (state === 'started' && instance !== null && living.has(instance)) continue
      const row = state === 'started' && idempotency_key === null ? await readPending(db, request_id) : undefined
      if (row) {
        await finish(row, { status: 'failed', failure: restarted })
        continue
      }
      if (state === 'started') await markAccepted(db, request_id)
      const call = { requestId: request_id, accountId: account_id, sizeBytes: size_bytes, row: null }
      known.set(request_id, true)
      backlog.restore(call)
      enqueue(call)
    }
  }

  async function close(): Promise<void> {
    isClosing = true
    const timer = setTimeout(() => {
      for (const { abort } of running.items()) abort.abort('closing' satisfies Stop)
    }, limits.shutdownMs)
    await Promise.all(running.items().map(({ ended }) => ended))
    clearTimeout(timer)
  }

  async function leave(): Promise<void> {
    isLeaving = true
    for (const call of queue.clear()) forget(call)
  }

  return { accept, cancel, recover, leave, isBusy: () => running.size() > 0, close }
}

const tooOld = { message: 'The call waited for more than a day and was dropped', errorType: 'TimeoutError' }
const cancelled = { message: 'The call was cancelled', errorType: 'SystemExit' }
const restarted = { message: 'server restarted', errorType: 'SystemExit' }
