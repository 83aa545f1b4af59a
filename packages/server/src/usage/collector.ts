/**
 * Collects what calls used and writes it in groups. A call costs one look-up in a map; about every second the sums since the
 * last time are added to the database in one transaction. What `kill -9` loses is what was not written yet: a second.
 *
 * A group that could not be written is tried again as it is, under the same number. The transaction notes the number, so a
 * group that was committed though its answer was lost does not count twice.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { CallRequest, CallUsage, WorkerKey, WorkerSpec } from '@algorist/runner/types.ts'
import type { Logger } from 'pino'
import { type CallTrace, type TraceReceiver, whatRan } from '../calls/trace.ts'
import type { UsageDaysTable } from '../db/usage-tables.ts'
import type { Services } from '../services.ts'
import { DAY_MS, dayOf } from './days.ts'
import { noMeasures } from './measures.ts'
import { groupSums } from './sums.ts'
import { addToDays, addToSums, claimGroup, deleteWritersBefore, noteAlgorithms } from './write-queries.ts'

const WRITE_EVERY_MS = 1000
const TRIES_AT_CLOSE = 10
const KEEP_WRITERS_MS = 30 * 24 * 60 * 60 * 1000

export interface UsageCollector {
  readonly receive: TraceReceiver
  /** What a worker used beside its calls: after the last one, or all when it never ran one. It is no call. */
  receiveRest(spec: WorkerSpec, rest: CallUsage): void
  /** Writes what has been collected so far. Rejects when the database does not take it; it stays collected. */
  flush(): Promise<void>
  /** Writes the rest; nothing may be received any more. */
  close(): Promise<void>
}

type Uses = Pick<Services, 'db' | 'directory' | 'catalog'> & { readonly log: Logger }

/**
 * Rows by day (counted since 1970), caller, algorithm and version. Each of these texts is the same object for all calls, whose
 * hash is known; a key put together of them would be hashed for every call.
 */
type Rows = Map<number, Map<string, Map<string, Map<string, UsageDaysTable>>>>

interface NewRow {
  readonly key: WorkerKey
  readonly ownerId: string
  readonly version: string
  readonly atMs: number
}

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

  /** What could not be written before, and what is collected by now. Calls that end meanwhile wait for the next time. */
  async function writeAll(): Promise<void> {
    await writeUnwritten()
    if (collected.size > 0) unwritten = take()
    await writeUnwritten()
  }

  async function writeUnwritten(): Promise<void> {
    if (unwritten === undefined) return
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

  function take(): Group {
    const callers = [...collected.values()].flatMap((ofDay) => [...ofDay.values()])
    const rows = callers.flatMap((ofCaller) => [...ofCaller.values()].flatMap((versions) => [...versions.values()]))
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

  function rowOf({ accountId, algorithmId }: WorkerKey, version: string, atMs: number): UsageDaysTable | undefined {
    return collected
      .get(Math.floor(atMs / DAY_MS))
      ?.get(accountId)
      ?.get(algorithmId)
      ?.get(version)
  }

  function startRow({ worker, identity }: CallRequest, version: string, atMs: number): UsageDaysTable {
    return newRow({ key: worker.key, ownerId: identity.algorithmOwnerId, version, atMs })
  }

  function newRow({ key: { accountId, algorithmId }, ownerId, version, atMs }: NewRow): UsageDaysTable {
    const ids = { caller_id: accountId, algorithm_id: algorithmId, version, day: dayOf(atMs) }
    const machine_type = catalog.byId(algorithmId)?.settings.machineType ?? 'cpu'
    const row: UsageDaysTable = { ...ids, owner_id: ownerId, machine_type, ...noMeasures() }
    within(within(within(collected, Math.floor(atMs / DAY_MS)), accountId), algorithmId).set(version, row)
    return row
  }

  const kindOfOwner = (ownerId: string) => directory.byId(ownerId)?.kind ?? 'user'

  return {
    receive(trace) {
      const { request, version, endedAt } = trace
      const row = rowOf(request.worker.key, version, endedAt.getTime()) ?? startRow(request, version, endedAt.getTime())
      count(row, trace)
    },
    receiveRest(spec, rest) {
      const { version } = whatRan(catalog, spec.key)
      const nowMs = Date.now()
      const ownerId = catalog.byId(spec.key.algorithmId)?.ownerId ?? directory.byName(spec.algorithm.owner)?.id ?? ''
      const row = rowOf(spec.key, version, nowMs) ?? newRow({ key: spec.key, ownerId, version, atMs: nowMs })
      addUsed(row, rest)
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

/** The map under a key, made when it is missing. */
function within<Key, InnerKey, Value>(map: Map<Key, Map<InnerKey, Value>>, key: Key): Map<InnerKey, Value> {
  const known = map.get(key)
  if (known) return known
  const made = new Map<InnerKey, Value>()
  map.set(key, made)
  return made
}

/** On the hot path: adds in place and makes nothing. */
function count(row: UsageDaysTable, { request, outcome }: CallTrace): void {
  const { timing, usage } = outcome
  const runMicroseconds = microseconds(timing.runMs)
  // However short, a call is a second (platform.md 5.2).
  const roundedSeconds = Math.max(1, Math.ceil(timing.runMs / 1000))
  row.calls++
  row.rounded_seconds += roundedSeconds
  row.wait_us += microseconds(timing.waitMs)
  row.start_us += microseconds(timing.startMs + timing.loadMs)
  row.run_us += runMicroseconds
  row.input_bytes += request.body.length
  if (outcome.kind === 'error') {
    row.errors++
    row.rounded_error_seconds += roundedSeconds
    row.error_run_us += runMicroseconds
  } else row.answer_bytes += outcome.body.length
  if (usage) addUsed(row, usage)
}

function addUsed(row: UsageDaysTable, { cpuMicroseconds, peakMemoryBytes }: CallUsage): void {
  row.cpu_us += cpuMicroseconds
  row.peak_memory_bytes = Math.max(row.peak_memory_bytes, peakMemoryBytes)
}

const microseconds = (ms: number): number => Math.round(ms * 1000)
