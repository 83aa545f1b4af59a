/**
 * The call log as it is written: hears of every call that ran, on the hot path, and writes what it takes in groups. What
 * waits at a crash is lost, a quarter of a second at most; failures of asynchronous calls, of which nobody else is told,
 * are also written with the end of the call (calls/pending.ts).
 */
import type { AskerTimes } from '@algorist/runner/types.ts'
import type { Logger } from 'pino'
import type { Catalog } from '../algorithms/catalog.ts'
import type { TraceReceiver } from '../calls/trace.ts'
import { type CallLogRow, writeCallLog } from '../db/call-log-rows.ts'
import type { Database } from '../db/schema.ts'
import { type CallTail, createCallTail } from './call-tail.ts'
import { keepsContent } from './content.ts'
import { inUs, logRow, MOST_OUTPUT } from './log-row.ts'
import { createPlaces } from './places.ts'

export interface CallLog {
  readonly receive: TraceReceiver
  readonly tail: CallTail
  /** Calls of this algorithm that were not taken, since the server started. */
  leftOut(algorithmId: string): number
  readonly startedAt: Date
  /** Of all algorithms, since the server started. */
  counts(): { readonly written: number; readonly leftOut: number }
  /** Resolves when what was heard of so far is written, or was lost. */
  settle(): Promise<void>
  /** Writes what waits; before the database is closed and after the last call ended. */
  close(): Promise<void>
}

export interface CallLogOptions {
  readonly db: Database
  readonly catalog: Pick<Catalog, 'byId'>
  readonly log: Logger
  /** Calls that are taken in one second (see places.ts). */
  readonly perSecond: number
  /** False while the disk is nearly full: calls go on then, and are not written down. */
  readonly hasDiskRoom?: () => boolean
}

const INTERVAL_MS = 250
/** So many do not wait for the interval to end. */
const ENOUGH = 500
/** Entries of one statement, so that no other waits long for the database. */
const GROUP = 250
/** When the disk does not follow: more would only fill the memory. */
const MOST_WAITING = 5000
const MOST_WAITING_CHARACTERS = 32 * 1024 * 1024

interface Waiting {
  readonly row: CallLogRow
  /** Whole when the answer is made, which is before this is written. */
  readonly times: AskerTimes | undefined
}

export function createCallLog(options: CallLogOptions): CallLog {
  const { db, catalog, log, perSecond, hasDiskRoom = () => true } = options
  const places = createPlaces(perSecond)
  const tail = createCallTail()
  const leftOut = new Map<string, number>()
  const counts = { written: 0, leftOut: 0 }
  // By request id: a statement cannot write the same row twice.
  let waiting = new Map<string, Waiting>()
  let waitingCharacters = 0
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let isFailing = false

  const receive: TraceReceiver = ({ request, outcome, version, endedAt }) => {
    const { algorithmId } = request.worker.key
    const hasRoom = waiting.size < MOST_WAITING && waitingCharacters < MOST_WAITING_CHARACTERS && hasDiskRoom()
    const call = { algorithmId, isFailure: outcome.kind === 'error', nowMs: performance.now() }
    if (!hasRoom || !places.take(call)) return leave(algorithmId)
    const mostOutputCharacters = outcome.stdout ? places.takeOutput(outcome.stdout.length) : MOST_OUTPUT
    const algorithm = catalog.byId(algorithmId)
    const ended = { request, outcome, version, endedAt, mostOutputCharacters }
    const row = logRow({ ...ended, keepsContent: keepsContent(algorithm?.settings) })
    waiting.set(row.request_id, { row, times: request.askerTimes })
    waitingCharacters += row.output?.length ?? 0
    // Not here: making the statement takes longer than a call should wait.
    if (waiting.size === ENOUGH) setImmediate(write)
    timer ??= setTimeout(write, INTERVAL_MS)
  }

  function leave(algorithmId: string, calls = 1): void {
    counts.leftOut += calls
    leftOut.set(algorithmId, (leftOut.get(algorithmId) ?? 0) + calls)
  }

  function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing ??= writeAll().finally(() => {
      writing = undefined
      if (waiting.size > 0) timer ??= setTimeout(write, waiting.size < ENOUGH ? INTERVAL_MS : 0)
    })
    return writing
  }

  /** What waits by now: whoever took along what comes meanwhile would write a call or two at a time under load. */
  async function writeAll(): Promise<void> {
    const rows = Array.from(waiting.values(), wholeRow)
    waiting = new Map()
    waitingCharacters = 0
    for (let at = 0; at < rows.length; at += GROUP) await writeGroup(rows.slice(at, at + GROUP))
  }

  async function writeGroup(rows: readonly CallLogRow[]): Promise<void> {
    try {
      await writeCallLog(db, rows)
      isFailing = false
      counts.written += rows.length
      tail.publish(rows)
    } catch (error) {
      // Once, and not for each of ten groups in a second.
      if (!isFailing) log.error({ err: error }, 'calls cannot be written to the call log; they are counted as left out')
      isFailing = true
      for (const { algorithm_id } of rows) leave(algorithm_id)
    }
  }

  async function settle(): Promise<void> {
    // What comes while this waits is not waited for.
    await writing
    if (waiting.size > 0) await write()
  }

  return {
    receive,
    tail,
    leftOut: (algorithmId) => leftOut.get(algorithmId) ?? 0,
    startedAt: new Date(),
    counts: () => ({ ...counts }),
    settle,
    async close() {
      tail.close()
      await settle()
      clearTimeout(timer)
    },
  }
}

function wholeRow({ row, times }: Waiting): CallLogRow {
  return times === undefined ? row : { ...row, accept_us: inUs(times.acceptMs), reply_us: inUs(times.replyMs) }
}
