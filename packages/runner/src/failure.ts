/** Why a call failed, as its caller will see it (rest-api.md 4.6, runtime.md 2.7). */

export interface Failure {
  readonly message: string
  readonly errorType: string
  readonly stacktrace?: string
}

/** Clients compare this text; it serves both for time and for memory (rest-api.md 4.6). */
const TIME_OR_MEMORY = 'Failed to run algorithm - may have timed-out or hit out-of-memory error'

export const timedOut: Failure = { message: TIME_OR_MEMORY, errorType: 'TimeoutError' }
export const outOfMemory: Failure = { message: TIME_OR_MEMORY, errorType: 'OutOfMemoryError' }
export const cancelled: Failure = { message: 'The call was cancelled', errorType: 'SystemExit' }
export const notFinite: Failure = {
  message: 'result contains NaN or Infinity, which JSON cannot carry',
  errorType: 'AlgorithmError',
}

export const nestedTooDeep: Failure = {
  message: 'The result is nested too deeply for JSON that others can read',
  errorType: 'AlgorithmError',
}

/** The process ended by itself; a signal counts as code -99 (runtime.md 2.6). */
export function exited(code: number, signal: string | null): Failure {
  const message = signal === null ? `exited with code ${code}` : `exited with code -99 (${signal})`
  return { message, errorType: 'SystemExit' }
}

/** The answer is larger than `limitBytes`. */
export function answerTooLarge(sizeBytes: number, limitBytes: number): Failure {
  return {
    message: `The result has ${sizeBytes} bytes, more than the limit of ${limitBytes} bytes`,
    errorType: 'TooLargeError',
  }
}

/** The runtime inside the worker broke its protocol; `problem` completes the sentence. */
export function invalidAnswer(problem: string): Failure {
  return { message: `The algorithm's runtime wrote an invalid answer: ${problem}`, errorType: 'AlgorithmError' }
}

/** The algorithm did not become ready. */
export function loadingFailed(message: string, stacktrace?: string): Failure {
  return { message, errorType: 'LoadingError', ...(stacktrace === undefined ? {} : { stacktrace }) }
}

/**
 * A failure as a bridge or pipe reports it (PROTOCOL.md `E`, runtime.md 2.4): any member may be missing or of another type.
 * `defaultType` stands in for a type that is not a string.
 */
export function reportedFailure(reported: unknown, defaultType: string): Failure {
  const members = typeof reported === 'object' && reported !== null ? (reported as Record<string, unknown>) : {}
  const type = members.error_type
  const stacktrace = members.stacktrace ?? members.stack_trace
  const errorType = typeof type === 'string' && type !== '' ? type : defaultType
  return {
    message: messageOf(members.message) ?? (typeof type === 'string' && type !== '' ? type : 'unknown error'),
    errorType,
    ...(typeof stacktrace === 'string' ? { stacktrace } : {}),
  }
}

function messageOf(message: unknown): string | null {
  if (message === undefined || message === null || message === '') return null
  return typeof message === 'string' ? message : JSON.stringify(message)
}
