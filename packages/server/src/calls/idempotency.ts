/**
 * Calls with an `Idempotency-Key`: the first one runs, the others get its answer, while it runs and for a day after.
 * A call that was refused before it ran (429, 503 and the like) leaves its key free.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import type { Database } from '../db/schema.ts'
import { createPassingMap } from '../passing-map.ts'
import { acceptedForResult, acceptedVoid, type CallAnswer } from './answer.ts'
import { keepResultMs } from './kept-results.ts'
import { forgetKey, isKeyTaken, type KeyedCall, readKeyedCall, readReply } from './queries.ts'
import type { RequestKey } from './request-key.ts'

export interface Idempotency {
  /**
   * Runs `first` unless the key is taken. Whatever `first` answers must be stored under the key by then.
   * Throws IdempotencyKeyReused when the key came with another request, ResultExpired when its answer is gone.
   */
  once(key: RequestKey, first: () => Promise<CallAnswer>): Promise<CallAnswer>
  /** Resolves when no call with the key runs here. */
  settled(key: string): Promise<void>
}

export interface IdempotencyOptions {
  readonly db: Database
  /** Resolves when no call with the key runs in another server process either. */
  readonly settledElsewhere?: (key: string) => Promise<void>
}

interface Running {
  readonly digest: string
  readonly answer: Promise<CallAnswer>
}

export function createIdempotency({ db, settledElsewhere }: IdempotencyOptions): Idempotency {
  const running = createPassingMap<Running>()

  async function once(key: RequestKey, first: () => Promise<CallAnswer>): Promise<CallAnswer> {
    const before = running.get(key.key)
    if (before) {
      checkSame(key, before.digest)
      return replayed(await before.answer)
    }
    const answer = firstOrStored(key, first)
    running.set(key.key, { digest: key.digest, answer })
    try {
      return await answer
    } finally {
      running.take(key.key)
    }
  }

  async function firstOrStored(key: RequestKey, first: () => Promise<CallAnswer>): Promise<CallAnswer> {
    await settledElsewhere?.(key.key)
    const stored = await findStored(key)
    if (stored) return stored
    try {
      return await first()
    } catch (error) {
      // Another server on the same database was faster.
      if (!isKeyTaken(error)) throw error
      const other = await findStored(key)
      if (other) return other
      throw error
    }
  }

  async function findStored(key: RequestKey): Promise<CallAnswer | undefined> {
    const call = await readKeyedCall(db, key.key)
    if (!call) return undefined
    if (isOld(call)) {
      await forgetKey(db, call.request_id)
      return undefined
    }
    checkSame(key, call.request_digest)
    return replayed(await answerOf(call))
  }

  async function answerOf({ request_id, kind }: KeyedCall): Promise<CallAnswer> {
    if (kind === 'void') return acceptedVoid(request_id)
    if (kind === 'result') return acceptedForResult(request_id)
    const reply = await readReply(db, request_id)
    if (!reply?.reply_status || !reply.reply_body) {
      throw new ApiError('ResultExpired', 'The call with this Idempotency-Key has run; its answer is not kept any more')
    }
    return {
      status: reply.reply_status,
      contentType: reply.reply_type ?? '',
      body: Buffer.from(reply.reply_body),
      headers: { 'X-Request-ID': request_id },
    }
  }

  async function settled(key: string): Promise<void> {
    await running.get(key)?.answer.catch(() => {})
  }

  return { once, settled }
}

function checkSame({ digest }: RequestKey, other: string | null): void {
  if (digest !== other) throw new ApiError('IdempotencyKeyReused')
}

function isOld({ finished_at }: KeyedCall): boolean {
  return finished_at !== null && Date.parse(finished_at) < Date.now() - keepResultMs
}

function replayed(answer: CallAnswer): CallAnswer {
  return { ...answer, headers: { ...answer.headers, 'Idempotency-Replayed': 'true' } }
}
