/** An entry of the call log, made from a call that ended: what is kept of it, and how much. */
import type { CallOutcome, CallRequest, CallTiming } from '@algorist/runner/types.ts'
import type { CallLogRow } from '../db/call-log-rows.ts'

/** Longest texts, in characters; of outputs the beginning and the end are kept. */
const MOST = { input: 128, message: 2000, stacktrace: 8000, errorType: 200 }
export const MOST_OUTPUT = 64 * 1024

export interface EndedCall {
  readonly request: Pick<CallRequest, 'requestId' | 'worker' | 'identity' | 'contentType' | 'body'>
  readonly outcome: Exclude<CallOutcome, { kind: 'refused' }>
  /** Such as 1.2.0, or the commit of an unpublished build. */
  readonly version: string
  readonly endedAt: Date
  /** False where the owner wants neither input nor output nor messages kept. */
  readonly keepsContent: boolean
  /** Of its output; {@link MOST_OUTPUT} when left out. */
  readonly mostOutputCharacters?: number
}

/** On the hot path: a few microseconds. */
export function logRow(call: EndedCall): CallLogRow {
  const { request, outcome, version, endedAt, keepsContent, mostOutputCharacters = MOST_OUTPUT } = call
  const { requestId, worker, identity, contentType, body } = request
  const { timing, usage, stdout } = outcome
  const failure = outcome.kind === 'error' ? outcome : undefined
  return {
    request_id: requestId,
    session_id: identity.sessionId,
    depth: identity.depth,
    caller_id: worker.key.accountId,
    algorithm_id: worker.key.algorithmId,
    root_algorithm_id: identity.rootAlgorithmId ?? null,
    owner_id: identity.algorithmOwnerId,
    build_id: worker.key.buildId,
    version,
    ended_at: endedAt.toISOString(),
    outcome: outcomeOf(failure),
    error_type: failure ? cut(failure.errorType, MOST.errorType) : null,
    message: failure && keepsContent ? cut(failure.message, MOST.message) : null,
    stacktrace: failure?.stacktrace && keepsContent ? cut(failure.stacktrace, MOST.stacktrace) : null,
    input: keepsContent ? beginningOf(contentType, body) : null,
    output: stdout && keepsContent ? headAndTail(stdout, mostOutputCharacters) : null,
    content_type: contentType,
    input_bytes: body.length,
    answer_bytes: outcome.kind === 'result' ? outcome.body.length : 0,
    accept_us: null,
    reply_us: null,
    ...microseconds(timing),
    start_cause: timing.startCause ?? null,
    cpu_us: usage ? Math.round(usage.cpuMicroseconds) : null,
    peak_memory_bytes: usage ? Math.round(usage.peakMemoryBytes) : null,
  }
}

/** Messages with which calls end that somebody stopped; everything else that failed did so by itself. */
const STOPPED: ReadonlySet<string> = new Set(['The call was cancelled', 'server restarted'])

function outcomeOf(failure: { errorType: string; message: string } | undefined): CallLogRow['outcome'] {
  if (failure === undefined) return 'succeeded'
  if (failure.errorType === 'TimeoutError') return 'timed-out'
  return failure.errorType === 'SystemExit' && STOPPED.has(failure.message) ? 'stopped' : 'failed'
}

/** What a call took until its worker had answered, in microseconds. */
export function untilAnswerUs({ accept_us, wait_us, start_us, load_us, run_us }: PartsOfRow): number {
  return (accept_us ?? 0) + wait_us + start_us + (load_us ?? 0) + run_us
}

export type PartsOfRow = Pick<CallLogRow, 'accept_us' | 'wait_us' | 'start_us' | 'load_us' | 'run_us'>

export const inUs = (ms: number): number => Math.round(ms * 1000)

function microseconds({ waitMs, startMs, loadMs, runMs }: CallTiming) {
  return { wait_us: inUs(waitMs), start_us: inUs(startMs), load_us: inUs(loadMs), run_us: inUs(runMs) }
}

function beginningOf(contentType: CallRequest['contentType'], body: Buffer): string | null {
  if (contentType === 'binary') return null
  // Four bytes at most make a character.
  return cut(body.toString('utf8', 0, 4 * MOST.input), MOST.input)
}

function cut(text: string, most: number): string {
  return storable(text.length > most ? text.slice(0, most) : text)
}

function headAndTail(text: string, most: number): string {
  if (text.length <= most) return storable(text)
  const half = Math.floor(most / 2)
  const note = `\n[${text.length - most} characters left out]\n`
  return storable(text.slice(0, half) + note + text.slice(-half))
}

/** PostgreSQL text cannot hold NUL, nor half a character. */
function storable(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed()
}
