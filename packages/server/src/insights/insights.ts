/** Reading what calls reported: pages of events, and a summary per metric. For whoever manages the algorithm. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { Page } from '@algorist/contract/page.ts'
import { type AlgorithmParams, findManaged } from '../algorithms/access.ts'
import type { Caller } from '../caller.ts'
import type { Services } from '../services.ts'
import type { InsightPlace } from './queries.ts'
import { type InsightRange, readInsights, readPage } from './reading.ts'
import { createSummary, type Summary } from './summary.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog'>

/** Times as clients write them. */
export interface Span {
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/** What a summary looks at: enough for a chart, and little enough for one answer. */
const SUMMARY_CALLS = 10_000
const SUMMARY_CHARACTERS = 16 * 1024 * 1024
/** Times of later years have another form as text. */
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * Rows of a page, newest first, as `readPage` cuts it off.
 * @throws ApiError AlgorithmNameDoesNotExist, NotAuthorized, QueryParameterError, InvalidMarker
 */
export function listInsights(
  services: Uses,
  caller: Caller,
  params: AlgorithmParams,
  { page, ...span }: Span & { readonly page: Page },
): ReturnType<typeof readPage> {
  const { entry } = findManaged(services, caller, params)
  return readPage(services.db, rangeOf(entry.id, span, placeOf(page)), page)
}

/**
 * Of the newest calls of the time asked for.
 * @throws ApiError AlgorithmNameDoesNotExist, NotAuthorized, QueryParameterError
 */
export async function summarizeInsights(
  services: Uses,
  caller: Caller,
  params: AlgorithmParams,
  span: Span,
): Promise<Summary> {
  const { entry } = findManaged(services, caller, params)
  const summary = createSummary()
  let calls = 0
  let characters = 0
  for await (const { event } of readInsights(services.db, rangeOf(entry.id, span))) {
    if (calls === SUMMARY_CALLS || characters > SUMMARY_CHARACTERS) return summary.read({ isComplete: false })
    summary.add(event)
    calls++
    characters += event.length
  }
  return summary.read({ isComplete: true })
}

function placeOf({ marker }: Page): InsightPlace | undefined {
  if (marker === undefined) return undefined
  const { time, requestId } = marker
  if (typeof time !== 'string' || typeof requestId !== 'string') throw new ApiError('InvalidMarker')
  return { time, requestId }
}

/** Times are kept as text, and so compared. */
function rangeOf(algorithmId: string, { since, until }: Span, after?: InsightPlace): InsightRange {
  return { algorithmId, since: timeOf('since', since) ?? '', until: timeOf('until', until) ?? '9999', after }
}

function timeOf(name: string, text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const time = new Date(text)
  if (time.getTime() >= 0 && time.getTime() <= LAST_MS) return time.toISOString()
  throw new ApiError('QueryParameterError', `${name}: expected a time such as 2027-01-31T00:00:00Z, got '${text}'`)
}
