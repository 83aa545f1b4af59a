/** Why a call failed, as its caller will see it (rest-api.md 4.6, runtime.md 2.7). */
import type { ContainmentCause } from './types.ts'

export interface Failure {
  readonly message: string
  readonly errorType: string
  readonly stacktrace?: string
  /** Set when the platform stopped it for what it did, and never by what author code reports. */
  readonly cause?: ContainmentCause
}

/** Clients compare this text; it serves both for time and for memory (rest-api.md 4.6). */
const TIME_OR_MEMORY = 'Failed to run algorithm - may have timed-out or hit out-of-memory error'

export const timedOut: Failure = { message: TIME_OR_MEMORY, errorType: 'TimeoutError', cause: 'time' }
export const outOfMemory: Failure = { message: TIME_OR_MEMORY, errorType: 'OutOfMemoryError', cause: 'memory' }
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
    cause: 'output',
  }
}

/** The runtime inside the worker broke its protocol; `problem` completes the sentence. */
export function invalidAnswer(problem: string): Failure {
  const message = `The algorithm's runtime wrote an invalid answer: ${problem}`
  return { message, errorType: 'AlgorithmError', cause: 'protocol' }
}

/** It answered a call that it was not asked. */
export function strayAnswer(call: number): Failure {
  const message = `The algorithm's runtime answered call ${call}, which is not running`
  return { message, errorType: 'AlgorithmError', cause: 'protocol' }
}

/** The algorithm took too long to load. */
export function loadTimedOut(timeoutMs: number): Failure {
  return { ...loadingFailed(`The algorithm was not ready after ${timeoutMs / 1000} s`), cause: 'time' }
}

/** The algorithm needed too much memory to load. */
export function loadOutOfMemory(memoryBytes: number): Failure {
  const message = `The algorithm used more than ${inMib(memoryBytes)} of memory while it was loading`
  return { ...loadingFailed(message), cause: 'memory' }
}

/** An amount as people read it. */
export function inMib(sizeBytes: number): string {
  return `${Math.floor(sizeBytes / (1024 * 1024))} MiB`
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
