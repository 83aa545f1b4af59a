/** How the outcome of a call looks on the wire (rest-api.md 4.5, 4.6 and 4.8). Result bytes are spliced, never parsed. */
import type { CallOutcome, CallTiming } from '@algorist/runner/types.ts'

/** An outcome that ran: `refused` ones are errors of the platform and answered as such. */
export type FinishedCall = Exclude<CallOutcome, { kind: 'refused' }>

export interface CallReply {
  readonly status: 200 | 400
  readonly contentType: string
  readonly body: Buffer
}

export interface ReplyOptions {
  readonly raw: boolean
  /** Adds `metadata.stdout`; only for callers of their own algorithm. */
  readonly stdout: boolean
  /** Adds `metadata.timing` in seconds. */
  readonly timing: boolean
  /** Whether the caller may see the source, and so stack traces. */
  readonly stacktrace: boolean
  /** Set for calls made by an algorithm: error types outside the list become `AlgorithmError` (rest-api.md 4.6). */
  readonly foldErrorType: boolean
}

const json = 'application/json'
const rawTypes = { text: 'text/plain; charset=utf-8', json, binary: 'application/octet-stream' } as const

/** Error types that survive being passed from a child call to its parent (runtime.md 2.10). */
const listedErrorTypes = new Set(
  (
    'InputError UnsupportedError InitializationError OutOfMemoryError OutOfGpuMemoryError LanguageError TooLargeError ' +
    'ParsingError EntityNotFoundError ThirdPartyCredentialError AlgorithmError TimeoutError PaymentRequiredError ' +
    'SystemError SystemExit LoadingError'
  ).split(' '),
)

export function renderCall(outcome: FinishedCall, options: ReplyOptions): CallReply {
  if (outcome.kind === 'error') {
    return { status: options.raw ? 400 : 200, contentType: json, body: renderError(outcome, options) }
  }
  if (options.raw) return { status: 200, contentType: rawTypes[outcome.contentType], body: outcome.body }
  const metadata = `,"metadata":{"content_type":"${outcome.contentType}","duration":${seconds(outcome.timing.runMs)}${extras(outcome, options)}}}`
  return { status: 200, contentType: json, body: envelope(outcome, metadata) }
}

const opening = '{"result":'
const openingBytes = Buffer.from(opening)

/** JSON goes in as the bytes that it came as. */
function envelope({ contentType, body }: Extract<FinishedCall, { kind: 'result' }>, metadata: string): Buffer {
  if (contentType === 'json') return Buffer.concat([openingBytes, body, Buffer.from(metadata)])
  const text = contentType === 'text' ? JSON.stringify(body.toString('utf8')) : `"${body.toString('base64')}"`
  return Buffer.from(`${opening}${text}${metadata}`)
}

function renderError(outcome: Extract<FinishedCall, { kind: 'error' }>, options: ReplyOptions): Buffer {
  const { message, stacktrace, errorType } = outcome
  const error = {
    message,
    ...(options.stacktrace && stacktrace !== undefined ? { stacktrace } : {}),
    error_type: options.foldErrorType && !listedErrorTypes.has(errorType) ? 'AlgorithmError' : errorType,
  }
  const metadata = `{"duration":${seconds(outcome.timing.runMs)}${extras(outcome, options)}}`
  return Buffer.from(`{"error":${JSON.stringify(error)},"metadata":${metadata}}`)
}

function extras({ stdout, timing }: FinishedCall, options: ReplyOptions): string {
  const printed = options.stdout && !options.raw ? `,"stdout":${JSON.stringify(stdout ?? '')}` : ''
  return options.timing && !options.raw ? `${printed},"timing":${timingSeconds(timing)}` : printed
}

function timingSeconds({ waitMs, startMs, loadMs, runMs }: CallTiming): string {
  return `{"running":${seconds(runMs)},"total":${seconds(waitMs + startMs + loadMs + runMs)}}`
}

/** Seconds as a JSON number above zero: clients test `duration > 0`. */
function seconds(ms: number): string {
  return String(Math.max(0.000001, Math.round(ms * 1000) / 1e6))
}
