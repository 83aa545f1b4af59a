/**
 * The results that are kept for callers, in the database: how long, and how much of each account. It owns their end;
 * that they are written belongs to who finishes a call, and when it looks for old ones to retention/.
 */
import type { Logger } from 'pino'
import type { Database } from '../db/schema.ts'
import {
  deleteExpired,
  deleteResultsBefore,
  expireResults,
  type KeptResult,
  type ResultRow,
  readKeptBefore,
  readKeptBytes,
  readOldestKept,
  readResultsAmount,
} from './queries.ts'

const hourMs = 60 * 60 * 1000
/** Results and idempotency keys are kept this long after their call has finished. */
export const keepResultMs = 24 * hourMs
/** That there was a call is known for longer. */
const keepRecordMs = 48 * hourMs
const maxExpiredRecords = 10_000
/** Rows of one statement: small enough that nobody else waits long. */
const batch = 200
/** Batches at a start; what is left is for later. */
const maxBatches = 50
/** What a row costs beside its body, so that tiny results are limited in number. */
const rowBytes = 1024

export interface KeptResults {
  /** Counts a result that has just been stored; the account's oldest go when its room is used up. */
  added(row: Pick<ResultRow, 'account_id' | 'kept_bytes'>): void
  /** Reads what is there; before the first `added`. */
  open(): Promise<void>
  readonly maxBytesPerAccount: number
  /** Results and records there are, or those that finished before a time. */
  amount(finishedBefore?: string): Promise<{ readonly rows: number; readonly bytes: number }>
  /** Ends results that are too old and deletes records that are, some of each; returns how many. */
  removeOld(): Promise<number>
  close(): Promise<void>
}

export interface KeptResultOptions {
  readonly db: Database
  readonly log: Logger
  readonly maxBytesPerAccount: number
}

/** What a result counts against the room of its account. */
export function keptBytes(body: Uint8Array | null): number {
  return rowBytes + (body?.length ?? 0)
}

export function createKeptResults({ db, log, maxBytesPerAccount }: KeptResultOptions): KeptResults {
  const used = new Map<string, number>()
  const trimming = new Map<string, Promise<void>>()
  let isClosing = false

  function isFull(accountId: string): boolean {
    return (used.get(accountId) ?? 0) > maxBytesPerAccount
  }

  function makeRoom(accountId: string): void {
    if (isClosing || trimming.has(accountId)) return
    const work = trim(accountId)
      .catch((error) => log.error({ err: error, accountId }, 'old results could not be dropped'))
      .finally(() => trimming.delete(accountId))
    trimming.set(accountId, work)
  }

  /** What is added meanwhile finds this at work, so it looks again before it ends. */
  async function trim(accountId: string): Promise<void> {
    let hasRoom = true
    do {
      hasRoom = await dropSurplus(accountId)
      await deleteExpired(db, accountId, maxExpiredRecords)
    } while (hasRoom && !isClosing && isFull(accountId))
  }

  /** False when there is nothing more to drop. */
  async function dropSurplus(accountId: string): Promise<boolean> {
    while (!isClosing && isFull(accountId)) {
      const oldest = await readOldestKept(db, accountId, batch)
      const surplus: KeptResult[] = []
      let left = used.get(accountId) ?? 0
      for (const row of oldest) {
        if (left <= maxBytesPerAccount) break
        left -= row.kept_bytes
        surplus.push(row)
      }
      if (surplus.length === 0) return false
      await drop(surplus)
    }
    return true
  }

  async function drop(rows: readonly KeptResult[]): Promise<void> {
    await expireResults(
      db,
      rows.map(({ request_id }) => request_id),
    )
    for (const { account_id, kept_bytes } of rows) {
      const left = (used.get(account_id) ?? 0) - kept_bytes
      if (left > 0) used.set(account_id, left)
      else used.delete(account_id)
    }
  }

  async function removeOld(): Promise<number> {
    const before = (ageMs: number) => new Date(Date.now() - ageMs).toISOString()
    const rows = await readKeptBefore(db, before(keepResultMs), batch)
    if (rows.length > 0) await drop(rows)
    return rows.length + (await deleteResultsBefore(db, before(keepRecordMs), batch))
  }

  return {
    added({ account_id, kept_bytes }) {
      used.set(account_id, (used.get(account_id) ?? 0) + kept_bytes)
      if (isFull(account_id)) makeRoom(account_id)
    },
    async open() {
      for (const [accountId, bytes] of await readKeptBytes(db)) {
        used.set(accountId, bytes)
        if (isFull(accountId)) makeRoom(accountId)
      }
      for (let count = 0; count < maxBatches && (await removeOld()) > 0; count++);
    },
    maxBytesPerAccount,
    amount: (finishedBefore) => readResultsAmount(db, finishedBefore),
    removeOld,
    async close() {
      isClosing = true
      await Promise.all(trimming.values())
    },
  }
}
