/**
 * Governance reports (platform.md 5.3): totals, averages, a series by day and a page of lines, of one of the scopes in
 * governance-scopes.ts. They see what is in the database: all calls but those of the last second.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import type { GovernanceLine, GovernanceReport } from '@algorist/contract/operations/governance.ts'
import { encodeMarker } from '@algorist/contract/page.ts'
import type { Caller } from '../caller.ts'
import { usedBytesOf } from '../data/quota.ts'
import type { Services } from '../services.ts'
import { allPages, type Cell } from './csv.ts'
import { countDays, dayOf, listDays, parseRecentDays } from './days.ts'
import { averagesOf, figuresOf } from './figures.ts'
import { type Asked, mayKnow, nameLines, readLines } from './governance-lines.ts'
import { parseOrder, readOrdered, readOrderedPage } from './governance-order.ts'
import type { Scope } from './governance-scopes.ts'
import { addTo, type Measures, noMeasures } from './measures.ts'
import { readRates } from './rates.ts'
import { type Line, selectSeries } from './read-queries.ts'
import { markerOf, parseAfter, parsePageSize, type ReportQuery } from './report-query.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog'>

/** Days of one report: its series has a point for each. */
const MOST_DAYS = 366
/** As on the pages of the original (platform.md 5.3). */
const PAGE_SIZE = 10
/** Lines that are made into text at a time. */
const PIECE = 1000
/** What is asked, by whom, about what. */
export interface GovernanceRequest {
  readonly caller: Caller
  readonly scope: Scope
  readonly query: ReportQuery
}

async function read(services: Uses, { caller, scope, query }: GovernanceRequest): Promise<Asked> {
  const nowMs = Date.now()
  const days = parseRecentDays(query, nowMs)
  if (countDays(days) > MOST_DAYS) {
    throw new ApiError('InputValidationError', `start_date and end_date: expected at most ${MOST_DAYS} days`)
  }
  const [usual] = scope.groups
  const wanted = query.group_by ?? usual
  const group = scope.groups.find((each) => each === wanted)
  if (!group) {
    throw new ApiError('InputValidationError', `group_by: expected ${scope.groups.join(' or ')}, got '${wanted}'`)
  }
  const begun = Math.max(0, Math.min(countDays(days), countDays({ first: days.first, last: dayOf(nowMs) })))
  return { caller, scope, group, days, begun, rates: await readRates(services) }
}

/** @throws ApiError UsageDatesMissing, InvalidLimit, InvalidMarker, InputValidationError */
export async function readGovernance(services: Uses, request: GovernanceRequest): Promise<GovernanceReport> {
  const limit = parsePageSize(request.query.page_size, PAGE_SIZE)
  const order = parseOrder(request.query)
  const asked = await read(services, request)
  const page = { marker: request.query.marker, limit }
  const [series, shown, hostedBytes] = await Promise.all([
    readSeries(services, asked),
    order ? readOrderedPage(services, asked, { order, ...page }) : readPageById(services, asked, page),
    totalData(services, asked),
  ])
  const { days, begun, rates, group } = asked
  const totals = figuresOf(sumOf(series.values()), { rates, hostedBytes, days: begun })
  return {
    first_day: days.first,
    last_day: days.last,
    days: begun,
    group_by: group,
    totals,
    averages_per_day: averagesOf(totals, begun),
    series: listDays(days)
      .slice(0, begun)
      .map((day) => ({ day, ...figuresOf(series.get(day), { rates, hostedBytes, days: 1 }) })),
    ...shown,
  }
}

async function readPageById(
  services: Uses,
  asked: Asked,
  { marker, limit }: { readonly marker: string | undefined; readonly limit: number },
) {
  const after = parseAfter(marker, [asked.group])
  const lines = await readLines(services, asked, { after, limit: limit + 1 })
  const shown = lines.slice(0, limit)
  const last = lines.length > limit ? shown.at(-1) : undefined
  const results = await nameLines(services, asked, shown)
  return { results, ...(last && { next_marker: encodeMarker(markerOf([asked.group], last.key)) }) }
}

/** All lines as cells, page by page. @throws ApiError UsageDatesMissing, InputValidationError */
export async function readWholeGovernance(
  services: Uses,
  request: GovernanceRequest,
): Promise<AsyncIterable<Cell[][]>> {
  const order = parseOrder(request.query)
  const asked = await read(services, request)
  if (!order) return wholeGovernance(services, asked)
  return inPieces(await readOrdered(services, asked, { order, limit: Infinity }))
}

async function* wholeGovernance(services: Uses, asked: Asked): AsyncGenerator<Cell[][]> {
  const pages = allPages<Line>((last, limit) => readLines(services, asked, { after: last?.key, limit }))
  for await (const lines of pages) yield cellsOf(await nameLines(services, asked, lines))
}

/** Making one text of all lines would hold the loop. */
async function* inPieces(lines: readonly GovernanceLine[]): AsyncGenerator<Cell[][]> {
  for (let start = 0; start < lines.length; start += PIECE) yield cellsOf(lines.slice(start, start + PIECE))
}

const cellsOf = (lines: readonly GovernanceLine[]): Cell[][] =>
  lines.map((line) => COLUMNS.map(([, name]) => line[name] ?? ''))

const COLUMNS: readonly (readonly [heading: string, name: keyof GovernanceLine])[] = [
  ['Name', 'name'],
  ['Calls', 'calls'],
  ['Errors', 'errors'],
  ['Usage seconds CPU', 'cpu_usage_seconds'],
  ['Usage seconds GPU', 'gpu_usage_seconds'],
  ['CPU seconds', 'cpu_seconds'],
  ['Avg cores', 'average_cores'],
  ['Memory CPU (bytes)', 'cpu_peak_memory_bytes'],
  ['Memory GPU (bytes)', 'gpu_peak_memory_bytes'],
  ['Storage hosted (bytes)', 'hosted_data_bytes'],
  ['Storage connector (bytes)', 'connector_data_bytes'],
  ['Algorithms', 'algorithm_count'],
  ['Members', 'member_count'],
  ['Est. cost', 'cost'],
]

/** Of the CSV. */
export const GOVERNANCE_HEADING: readonly string[] = COLUMNS.map(([heading]) => heading)

async function readSeries(services: Uses, { scope, days }: Asked): Promise<ReadonlyMap<string, Measures>> {
  const all = await Promise.all(scope.series.map((source) => selectSeries(services.db, source, days)))
  const merged = new Map<string, Measures>()
  for (const [day, measures] of all.flatMap((series) => [...series])) {
    merged.set(day, addTo({ ...(merged.get(day) ?? noMeasures()) }, measures))
  }
  return merged
}

function sumOf(all: Iterable<Measures>): Measures {
  const sum = noMeasures()
  for (const measures of all) addTo(sum, measures)
  return sum
}

/** Of the accounts whose data the report is about, as it is now. */
async function totalData(services: Uses, { caller, scope: { dataOf, ownerKinds } }: Asked): Promise<number> {
  if (dataOf === '' || (dataOf !== 'owners' && !mayKnow(services, caller, dataOf))) return 0
  const bytes = await usedBytesOf(services.db, dataOf === 'owners' ? { kinds: ownerKinds } : { ids: [dataOf] })
  return [...bytes.values()].reduce((sum, each) => sum + each, 0)
}
