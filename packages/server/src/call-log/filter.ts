/** Reads what a list of calls is asked for. */
import { ApiError } from '@algorist/contract/errors.ts'
import { decodeMarker } from '@algorist/contract/page.ts'
import { CALL_OUTCOMES } from '@algorist/contract/shapes/logged-call.ts'
import { findAccount } from '../accounts/accounts.ts'
import type { Services } from '../services.ts'
import type { Filter, Position, Slice } from './queries.ts'

type Query = Readonly<Record<string, string | undefined>>

const MOST_TEXT = 200
/** The last moment of a year with four digits. */
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')

/** @throws ApiError InputValidationError, UserNotFound for a caller that is no account */
export function readFilter({ directory }: Pick<Services, 'directory'>, { caller, version, outcome, q }: Query): Filter {
  if (outcome && !CALL_OUTCOMES.some((each) => each === outcome)) {
    throw wrong('outcome', CALL_OUTCOMES.join(', '), outcome)
  }
  if (q && q.length > MOST_TEXT) throw wrong('q', `at most ${MOST_TEXT} characters`, `${q.length}`)
  // SQLite would end the text there, and find everything.
  if (q?.includes('\0')) throw wrong('q', 'text without zero bytes, which the log does not have', 'one')
  return {
    callerId: caller ? findAccount(directory, caller).id : undefined,
    version: version || undefined,
    outcome: CALL_OUTCOMES.find((each) => each === outcome),
    text: q || undefined,
  }
}

/** @throws ApiError InputValidationError */
export function readSpan({ since, until }: Query): Pick<Slice, 'since' | 'until'> {
  return { since: timeOf('since', since), until: timeOf('until', until) }
}

function timeOf(name: string, text: string | undefined): string | undefined {
  if (!text) return undefined
  const time = new Date(/^\d{1,15}$/.test(text) ? Number(text) : text)
  // Times are compared as text, which those of other years are not made for.
  const isUsual = time.getTime() >= 0 && time.getTime() <= LAST_MS
  if (!isUsual) throw wrong(name, 'a time such as 2026-11-22T06:00:00Z, or milliseconds since 1970', text)
  return time.toISOString()
}

function wrong(name: string, expected: string, came: string): ApiError {
  return new ApiError('InputValidationError', `Expected '${name}' to be ${expected}, got '${came}'`)
}

/** @throws ApiError InvalidMarker for a marker of another list */
export function positionOf(marker: Readonly<Record<string, unknown>> | undefined): Position | undefined {
  if (marker === undefined) return undefined
  const { ended_at, request_id } = marker
  if (typeof ended_at !== 'string' || typeof request_id !== 'string') throw new ApiError('InvalidMarker')
  return { ended_at, request_id }
}

/** @throws ApiError InvalidMarker */
export function positionFrom(text: string | undefined): Position | undefined {
  return text ? positionOf(decodeMarker(text)) : undefined
}
