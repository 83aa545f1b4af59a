/**
 * What accounts may use, and what they have used today (UTC), in memory: a call pays two look-ups. Read from the database at
 * start, so a restart forgets at most what usage forgets. Calls count from when they are admitted, processor time when a
 * call ends; so calls that run when the time is used up may go beyond it.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import type { CallUsage, WorkerSpec } from '@algorist/runner/types.ts'
import type { TraceReceiver } from '../calls/trace.ts'
import type { Database } from '../db/schema.ts'
import { dayBefore, dayOf, endOfDayMs } from './days.ts'
import { selectQuotas } from './quota-queries.ts'
import { selectUsedOn } from './read-queries.ts'

/** Null: no limit; of an account's own ones: as for everybody. */
export interface Limits {
  readonly callsPerDay: number | null
  readonly cpuSecondsPerDay: number | null
  readonly dataBytes: number | null
}

export interface UsedToday {
  /** Those that run or wait included, where calls are limited. */
  readonly calls: number
  readonly cpuMicroseconds: number
}

export interface AccountQuotas {
  readonly receive: TraceReceiver
  /** What a worker used beside its calls. */
  receiveRest(spec: WorkerSpec, rest: CallUsage): void
  /**
   * Admits a call of an account. The function gives its place back, unless it has ended or was kept.
   * @throws ApiError TooManyRequests when a limit is reached
   */
  enter(accountId: string, requestId: string): () => void
  /** The call was accepted and runs later: its place is kept until then. */
  keep(accountId: string, requestId: string): void
  /** A call that was kept will not run. */
  drop(requestId: string): void
  /** Limits in force. */
  limitsOf(accountId: string): Limits
  /** Those set for this account. */
  ownLimitsOf(accountId: string): Limits
  usedToday(accountId: string): UsedToday
  /** When the day ends, in epoch milliseconds. */
  resetsAtMs(): number
  /** After the commit. */
  set(accountId: string, limits: Limits): void
  /** Runs one change of limits after the other, so that memory ends with what the database ends with. */
  inTurn<T>(change: () => Promise<T>): Promise<T>
}

export const NO_LIMITS: Limits = { callsPerDay: null, cpuSecondsPerDay: null, dataBytes: null }

interface Admitted {
  readonly day: string
  isKept: boolean
}

interface Used {
  calls: number
  cpuMicroseconds: number
  /** Calls that have not ended, by request id. */
  readonly admitted: Map<string, Admitted>
}

const nothing = (): Used => ({ calls: 0, cpuMicroseconds: 0, admitted: new Map() })
const noop = () => {}

/**
 * @param common limits of accounts without any of their own
 * @param now epoch milliseconds
 */
export async function createAccountQuotas({
  db,
  common,
  now = Date.now,
}: {
  readonly db: Database
  readonly common: Limits
  readonly now?: () => number
}): Promise<AccountQuotas> {
  const own = new Map<string, Limits>()
  const limits = new Map<string, Limits>()
  let used = new Map<string, Used>()
  let today = dayOf(now())
  let endsAtMs = endOfDayMs(now())
  let changing: Promise<unknown> = Promise.resolve()

  function set(accountId: string, { callsPerDay, cpuSecondsPerDay, dataBytes }: Limits): void {
    own.set(accountId, { callsPerDay, cpuSecondsPerDay, dataBytes })
    limits.set(accountId, {
      callsPerDay: callsPerDay ?? common.callsPerDay,
      cpuSecondsPerDay: cpuSecondsPerDay ?? common.cpuSecondsPerDay,
      dataBytes: dataBytes ?? common.dataBytes,
    })
  }

  const limitsOf = (accountId: string): Limits => limits.get(accountId) ?? common

  function usedOf(accountId: string): Used {
    if (now() >= endsAtMs) startDay()
    const known = used.get(accountId)
    if (known) return known
    const made = nothing()
    used.set(accountId, made)
    return made
  }

  /** Calls that run or wait are taken along; one that waited for more than a day is never run. */
  function startDay(): void {
    const atMs = now()
    today = dayOf(atMs)
    endsAtMs = endOfDayMs(atMs)
    const yesterday = dayBefore(today)
    const next = new Map<string, Used>()
    for (const [accountId, { admitted }] of used) {
      for (const [requestId, { day }] of admitted) if (day < yesterday) admitted.delete(requestId)
      if (admitted.size > 0) next.set(accountId, { ...nothing(), admitted })
    }
    used = next
  }

  function requireLeft(accountId: string, { callsPerDay, cpuSecondsPerDay }: Limits): Used {
    const use = usedOf(accountId)
    const calls = use.calls + use.admitted.size
    if (callsPerDay !== null && calls >= callsPerDay) throw usedUp(`${callsPerDay} calls`, `${calls}`)
    const cpuSeconds = use.cpuMicroseconds / 1e6
    if (cpuSecondsPerDay !== null && cpuSeconds >= cpuSecondsPerDay) {
      throw usedUp(`${cpuSecondsPerDay} seconds of processor time`, cpuSeconds.toFixed(3))
    }
    return use
  }

  function usedUp(limit: string, use: string): ApiError {
    const seconds = Math.max(1, Math.ceil((endsAtMs - now()) / 1000))
    const resetAt = new Date(endsAtMs).toISOString()
    const message = `The account may use ${limit} a day and has used ${use}; the next day begins at ${resetAt}`
    return new ApiError('TooManyRequests', message, { headers: { 'Retry-After': String(seconds) } })
  }

  for (const row of await selectQuotas(db)) {
    set(row.account_id, {
      callsPerDay: row.calls_per_day,
      cpuSecondsPerDay: row.cpu_seconds_per_day,
      dataBytes: row.data_bytes,
    })
  }
  for (const { callerId, calls, cpuMicroseconds } of await selectUsedOn(db, today)) {
    used.set(callerId, { ...nothing(), calls, cpuMicroseconds })
  }

  return {
    receive({ request, outcome }) {
      const use = usedOf(request.worker.key.accountId)
      // Of accounts without limits none is in it, and to look one up costs more than the rest of this.
      if (use.admitted.size > 0) use.admitted.delete(request.requestId)
      use.calls++
      use.cpuMicroseconds += outcome.usage?.cpuMicroseconds ?? 0
    },
    receiveRest({ key }, { cpuMicroseconds }) {
      usedOf(key.accountId).cpuMicroseconds += cpuMicroseconds
    },
    enter(accountId, requestId) {
      const inForce = limitsOf(accountId)
      if (inForce.callsPerDay === null && inForce.cpuSecondsPerDay === null) return noop
      const admission: Admitted = { day: today, isKept: false }
      requireLeft(accountId, inForce).admitted.set(requestId, admission)
      return () => {
        if (!admission.isKept) used.get(accountId)?.admitted.delete(requestId)
      }
    },
    keep(accountId, requestId) {
      const admission = used.get(accountId)?.admitted.get(requestId)
      if (admission) admission.isKept = true
    },
    drop(requestId) {
      for (const { admitted } of used.values()) if (admitted.delete(requestId)) return
    },
    limitsOf,
    ownLimitsOf: (accountId) => own.get(accountId) ?? NO_LIMITS,
    usedToday(accountId) {
      const { calls, cpuMicroseconds, admitted } = usedOf(accountId)
      return { calls: calls + admitted.size, cpuMicroseconds }
    },
    resetsAtMs: () => (now() >= endsAtMs ? endOfDayMs(now()) : endsAtMs),
    set,
    inTurn(change) {
      const changed = changing.then(change)
      changing = changed.catch(() => {})
      return changed
    },
  }
}
