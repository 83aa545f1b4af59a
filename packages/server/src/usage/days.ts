/** Days in UTC, which usage is counted by, and the ranges of them that reports ask for. */
import { ApiError } from '@algorist/contract/errors.ts'

export const DAY_MS = 24 * 60 * 60 * 1000

/** Whole days, both included, such as 2026-11-22. */
export interface Days {
  readonly first: string
  readonly last: string
}

/** The UTC day of a moment. */
export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10)
}

/** When the UTC day of a moment ends, in epoch milliseconds. */
export function endOfDayMs(atMs: number): number {
  return (Math.floor(atMs / DAY_MS) + 1) * DAY_MS
}

export function dayBefore(day: string, days = 1): string {
  return dayOf(Date.parse(day) - days * DAY_MS)
}

/** How many days a range has; zero or less when it ends before it begins. */
export function countDays({ first, last }: Days): number {
  return Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS) + 1
}

export function listDays(days: Days): string[] {
  return Array.from({ length: Math.max(0, countDays(days)) }, (_, index) => dayBefore(days.first, -index))
}

interface RangeQuery {
  readonly start_date?: string | undefined
  readonly end_date?: string | undefined
}

const FORM = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/

/**
 * The days that a report is about: every UTC day of which a moment lies between the two dates. An end at midnight is the end
 * of the day before, as in "from the 22nd to the 23rd, 00:00"; an end without a time is the whole day.
 *
 * @throws ApiError UsageDatesMissing when one is missing, unreadable, or the end lies before the start
 */
export function parseDays({ start_date, end_date }: RangeQuery): Days {
  if (!start_date || !end_date) throw new ApiError('UsageDatesMissing')
  const startMs = parseMoment('start_date', start_date)
  const endMs = parseMoment('end_date', end_date)
  if (endMs < startMs) {
    throw new ApiError('UsageDatesMissing', `end_date: expected ${start_date} or later, got '${end_date}'`)
  }
  const isWholeDay = end_date.length === 10 || endMs === startMs
  return { first: dayOf(startMs), last: dayOf(isWholeDay ? endMs : endMs - 1) }
}

/** As {@link parseDays}; without dates the last seven days, today included. */
export function parseRecentDays(query: RangeQuery, nowMs: number): Days {
  const isGiven = Boolean(query.start_date || query.end_date)
  if (isGiven) return parseDays(query)
  const last = dayOf(nowMs)
  return { first: dayBefore(last, 6), last }
}

/** Times without a zone are UTC. */
function parseMoment(name: string, text: string): number {
  // A plus sign that was not encoded arrives as a space.
  const plain = text.replace(' ', '+')
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(plain.slice(10)) || plain.length === 10
  const isDay = FORM.test(plain) && isOnCalendar(plain.slice(0, 10))
  const atMs = isDay ? Date.parse(hasZone ? plain : `${plain}Z`) : Number.NaN
  if (!Number.isNaN(atMs)) return atMs
  throw new ApiError('UsageDatesMissing', `${name}: expected a time such as 2021-03-22T00:00:00.000Z, got '${text}'`)
}

/** JavaScript takes the 30th of February for the 2nd of March. */
function isOnCalendar(day: string): boolean {
  const atMs = Date.parse(day)
  return !Number.isNaN(atMs) && dayOf(atMs) === day
}
