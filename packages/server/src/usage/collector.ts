/**
 * Collects what calls used and writes it in groups. A call costs one look-up in a map; about every second the sums since the
 * last time are added to the database in one transaction. What `kill -9` loses is what was not written yet: a second.
 *
 * A group that could not be written is tried again as it is, under the same number. The transaction notes the number, so a
 * group that was committed though its answer was lost does not count twice.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { CallOutcome } from '@algorist/runner/types.ts'
import type { Logger } from 'pino'
import type { CallTrace, TraceReceiver } from '../calls/trace.ts'
import type { UsageDaysTable, UsageMeasures } from '../db/usage-tables.ts'
import type { Services } from '../services.ts'
import { dayOf } from './days.ts'
import { addTo, noMeasures } from './measures.ts'
import { groupSums } from './sums.ts'
import { addToDays, addToSums, claimGroup, deleteWritersBefore, noteAlgorithms } from './write-queries.ts'

const WRITE_EVERY_MS = 1000
const TRIES_AT_CLOSE = 10
const KEEP_WRITERS_MS = 30 * 24 * 60 * 60 * 1000

export interface UsageCollector {
  readonly receive: TraceReceiver
  /** Writes what has been collected so far. Rejects when the database does not take it; it stays collected. */
  flush(): Promise<void>
  /** Writes the rest; nothing may be received any more. */
  close(): Promise<void>
}

type Uses = Pick<Services, 'db' | 'directory' | 'catalog'> & { readonly log: Logger }

type Rows = Map<string, UsageDaysTable>

interface Group {
  readonly number: number
  readonly rows: readonly UsageDaysTable[]
}

export function createUsageCollector({ db, directory, catalog, log }: Uses): UsageCollector {
  const writerId = randomUUID()
  /** Algorithms whose names are stored. */
  const noted = new Set<string>()
  let collected: Rows = new Map()
  let unwritten: Group | undefined
  let lastNumber = 0
  let writing = Promise.resolve()
  let isFailing = false
  const timer = setInterval(() => void flush().catch(() => {}), WRITE_EVERY_MS).unref()

  /** One after the other. */
  function flush(): Promise<void> {
    writing = writing.catch(() => {}).then(writeAll)
    return writing
  }

  async function writeAll(): Promise<void> {
    while (unwritten !== undefined || collected.size > 0) {
      unwritten ??= take()
      try {
        await write(unwritten)
      } catch (error) {
        if (!isFailing) log.error({ err: error }, 'usage could not be written; it is tried again every second')
        isFailing = true
        throw error
      }
      isFailing = false
      unwritten = undefined
    }
  }

  function take(): Group {
    const rows = [...collected.values()]
    collected = new Map()
    return { number: ++lastNumber, rows }
  }

  async function write({ number, rows }: Group): Promise<void> {
    const algorithms = newAlgorithms(rows)
    await db.transaction().execute(async (transaction) => {
      if (!(await claimGroup(transaction, { id: writerId, number }))) return
      await noteAlgorithms(transaction, algorithms)
      await addToDays(transaction, rows)
      await addToSums(transaction, groupSums(rows, kindOfOwner))
    })
    for (const { id } of algorithms) noted.add(id)
  }

  function newAlgorithms(rows: readonly UsageDaysTable[]) {
    const ids = new Set(rows.map((row) => row.algorithm_id).filter((id) => !noted.has(id)))
    return [...ids].flatMap((id) => {
      const entry = catalog.byId(id)
      return entry ? [{ id, owner_id: entry.ownerId, name: entry.name }] : []
    })
  }

  const kindOfOwner = (ownerId: string) => directory.byId(ownerId)?.kind ?? 'user'

  return {
    receive(trace) {
      const { accountId, algorithmId } = trace.request.worker.key
      const day = dayOf(trace.endedAt.getTime())
      const key = `${accountId} ${algorithmId} ${trace.version} ${day}`
      const known = collected.get(key)
      if (known) return count(known, trace)
      const machine_type = catalog.byId(algorithmId)?.settings.machineType ?? 'cpu'
      const ids = { caller_id: accountId, algorithm_id: algorithmId, version: trace.version, day }
      const owner_id = trace.request.identity.algorithmOwnerId
      const row = { ...ids, owner_id, machine_type, ...noMeasures() }
      count(row, trace)
      collected.set(key, row)
    },
    flush,
    async close() {
      clearInterval(timer)
      for (let round = 1; round <= TRIES_AT_CLOSE; round++) {
        try {
          await flush()
          break
        } catch (error) {
          if (round === TRIES_AT_CLOSE) {
            log.error({ err: error, rows: unwritten?.rows.length }, 'usage that was not written is lost')
          } else await delay(WRITE_EVERY_MS)
        }
      }
      await deleteWritersBefore(db, new Date(Date.now() - KEEP_WRITERS_MS).toISOString()).catch(() => {})
    },
  }
}

function count(row: UsageDaysTable, { request, outcome }: CallTrace): void {
  addTo(row, measuresOfCall(request.body.length, outcome))
}

function measuresOfCall(inputBytes: number, outcome: CallTrace['outcome']): UsageMeasures {
  const { timing, usage } = outcome
  const run_us = microseconds(timing.runMs)
  const isError = outcome.kind === 'error'
  // However short, a call is a second (platform.md 5.2).
  const rounded_seconds = Math.max(1, Math.ceil(timing.runMs / 1000))
  return {
    calls: 1,
    errors: isError ? 1 : 0,
    rounded_seconds,
    rounded_error_seconds: isError ? rounded_seconds : 0,
    wait_us: microseconds(timing.waitMs),
    start_us: microseconds(timing.startMs),
    run_us,
    error_run_us: isError ? run_us : 0,
    cpu_us: usage?.cpuMicroseconds ?? 0,
    peak_memory_bytes: usage?.peakMemoryBytes ?? 0,
    input_bytes: inputBytes,
    answer_bytes: answerBytes(outcome),
  }
}

function answerBytes(outcome: CallOutcome): number {
  return outcome.kind === 'result' ? outcome.body.length : 0
}

const microseconds = (ms: number): number => Math.round(ms * 1000)
