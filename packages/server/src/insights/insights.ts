/** Reading what calls reported: pages of events, and a summary per metric. For whoever manages the algorithm. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { Page } from '@algorist/contract/page.ts'
import { type AlgorithmParams, findManaged } from '../algorithms/access.ts'
import type { Caller } from '../caller.ts'
import type { Services } from '../services.ts'
import { type InsightPlace, type InsightRow, type InsightSelection, selectInsights } from './queries.ts'
import { createSummary, type Summary } from './summary.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog'>

/** Times as clients write them. */
export interface Span {
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/**
 * Rows of a page, newest first, with one more than its limit when there is another page.
 * @throws ApiError AlgorithmNameDoesNotExist, NotAuthorized, QueryParameterError, InvalidMarker
 */
export function listInsights(
  services: Uses,
  caller: Caller,
  params: AlgorithmParams,
  { page, ...span }: Span & { readonly page: Page },
): Promise<InsightRow[]> {
  const { entry } = findManaged(services, caller, params)
  const selection = { algorithmId: entry.id, ...timesOf(span), after: placeOf(page), limit: page.limit + 1 }
  return selectInsights(services.db, selection)
}

/** What a summary looks at: enough for a chart, and little enough for one answer. */
const SUMMARY_CALLS = 10_000
const SUMMARY_CHARACTERS = 16 * 1024 * 1024
const SUMMARY_PAGE = 200

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
  const selection = { algorithmId: entry.id, ...timesOf(span), limit: SUMMARY_PAGE }
  const summary = createSummary()
  let after: InsightPlace | undefined
  let characters = 0
  for (let calls = 0; calls < SUMMARY_CALLS && characters < SUMMARY_CHARACTERS; calls += SUMMARY_PAGE) {
    const rows = await selectInsights(services.db, { ...selection, after })
    for (const { event } of rows) {
      summary.add(event)
      characters += event.length
    }
    after = placeAfter(rows.at(-1))
    if (rows.length < SUMMARY_PAGE) return summary.read({ isComplete: true })
  }
  return summary.read({ isComplete: false })
}

/** Where the page behind this row begins. */
function placeAfter(row: InsightRow | undefined): InsightPlace | undefined {
  return row && { time: row.time, requestId: row.request_id }
}

function placeOf({ marker }: Page): InsightPlace | undefined {
  if (marker === undefined) return undefined
  const { time, requestId } = marker
  if (typeof time !== 'string' || typeof requestId !== 'string') throw new ApiError('InvalidMarker')
  return { time, requestId }
}

/** Times are kept as text, and so compared. */
function timesOf({ since, until }: Span): Pick<InsightSelection, 'since' | 'until'> {
  return { since: timeOf('since', since) ?? '', until: timeOf('until', until) ?? '9999' }
}

function timeOf(name: string, text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const time = new Date(text)
  if (!Number.isNaN(time.getTime())) return time.toISOString()
  throw new ApiError('QueryParameterError', `${name}: expected a time such as 2027-01-31T00:00:00Z, got '${text}'`)
}
