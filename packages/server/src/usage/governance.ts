/**
 * Governance reports (platform.md 5.3): totals, averages, a series by day and a page of lines, of one of the scopes in
 * governance-scopes.ts. They see what is in the database: all calls but those of the last second.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import type { CostRates, Figures, GovernanceLine, GovernanceReport } from '@algorist/contract/operations/governance.ts'
import { encodeMarker } from '@algorist/contract/page.ts'
import { usedBytesOf } from '../data/quota.ts'
import type { Services } from '../services.ts'
import { allPages, type Cell } from './csv.ts'
import { countDays, type Days, dayOf, listDays, parseRecentDays } from './days.ts'
import { averagesOf, figuresOf } from './figures.ts'
import type { Group, Scope } from './governance-scopes.ts'
import { addTo, type Measures, noMeasures } from './measures.ts'
import { partOf, readNames } from './names.ts'
import { readPage } from './pages.ts'
import { readRates } from './rates.ts'
import { type Line, selectByKey, selectSeries } from './read-queries.ts'
import { markerOf, parseAfter, parsePageSize, type ReportQuery } from './report-query.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog'>

/** Days of one report: its series has a point for each. */
const MOST_DAYS = 366
/** As on the pages of the original (platform.md 5.3). */
const PAGE_SIZE = 10
/** Callers of one algorithm that are added up by their organizations. */
const MOST_CALLERS = 1_000_000

interface Asked {
  readonly scope: Scope
  readonly group: Group
  readonly days: Days
  /** Days of the range that have begun. */
  readonly begun: number
  readonly rates: CostRates
}

async function read(services: Uses, scope: Scope, query: ReportQuery): Promise<Asked> {
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
  return { scope, group, days, begun, rates: await readRates(services) }
}

/** @throws ApiError UsageDatesMissing, InvalidLimit, InvalidMarker, InputValidationError */
export async function readGovernance(services: Uses, scope: Scope, query: ReportQuery): Promise<GovernanceReport> {
  const limit = parsePageSize(query.page_size, PAGE_SIZE)
  const asked = await read(services, scope, query)
  const after = parseAfter(query.marker, [asked.group])
  const [series, lines, totalBytes] = await Promise.all([
    readSeries(services, asked),
    readLines(services, asked, { after, limit: limit + 1 }),
    totalData(services, scope),
  ])
  const shown = lines.slice(0, limit)
  const last = lines.length > limit ? shown.at(-1) : undefined
  const { days, begun, rates, group } = asked
  const totals = figuresOf(sumOf(series.values()), { rates, hostedBytes: totalBytes, days: begun })
  return {
    first_day: days.first,
    last_day: days.last,
    days: begun,
    group_by: group,
    totals,
    averages_per_day: averagesOf(totals, begun),
    series: listDays(days)
      .slice(0, begun)
      .map((day) => ({ day, ...figuresOf(series.get(day), { rates, hostedBytes: totalBytes, days: 1 }) })),
    results: await nameLines(services, asked, shown),
    ...(last && { next_marker: encodeMarker(markerOf([group], last.key)) }),
  }
}

/** All lines as cells, page by page. @throws ApiError UsageDatesMissing, InputValidationError */
export async function readWholeGovernance(
  services: Uses,
  scope: Scope,
  query: ReportQuery,
): Promise<AsyncIterable<Cell[][]>> {
  const asked = await read(services, scope, query)
  return wholeGovernance(services, asked)
}

async function* wholeGovernance(services: Uses, asked: Asked): AsyncGenerator<Cell[][]> {
  const pages = allPages<Line>((last, limit) => readLines(services, asked, { after: last?.key, limit }))
  for await (const lines of pages) {
    const named = await nameLines(services, asked, lines)
    yield named.map((line) => COLUMNS.map(([, name]) => line[name] ?? ''))
  }
}

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

export const GOVERNANCE_HEADING: readonly string[] = COLUMNS.map(([heading]) => heading)

interface LinePage {
  readonly after: readonly string[] | undefined
  readonly limit: number
}

async function readLines(services: Uses, { scope, group, days }: Asked, page: LinePage): Promise<Line[]> {
  const sources = scope.sources(group)
  if (sources) return readPage(services.db, sources, { days, ...page })
  return byOrganization(services, { scope, days, page })
}

/**
 * The callers of an algorithm added up by organization: one that called itself, and those that the callers belong to now.
 * Who belongs to several counts in each. Reads all callers of the algorithm.
 */
async function byOrganization(
  { db, directory }: Uses,
  { scope, days, page }: { readonly scope: Scope; readonly days: Days; readonly page: LinePage },
): Promise<Line[]> {
  const sums = new Map<string, Measures>()
  for (const source of scope.sources('user') ?? []) {
    for (const { key, measures } of await selectByKey(db, source, { days, after: undefined, limit: MOST_CALLERS })) {
      for (const id of organizationsOf(directory, key[0] ?? '')) {
        sums.set(id, addTo({ ...(sums.get(id) ?? noMeasures()) }, measures))
      }
    }
  }
  const ids = [...sums.keys()].sort().filter((id) => page.after === undefined || id > (page.after[0] ?? ''))
  return ids.slice(0, page.limit).map((id) => ({ key: [id], measures: sums.get(id) ?? noMeasures() }))
}

function organizationsOf(directory: Services['directory'], callerId: string): string[] {
  const isOrganization = directory.byId(callerId)?.kind === 'organization'
  return isOrganization ? [callerId] : directory.organizationsOf(callerId).map(({ id }) => id)
}

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
async function totalData({ db }: Uses, { dataOf, ownerKinds }: Scope): Promise<number> {
  if (dataOf === '') return 0
  const bytes = await usedBytesOf(db, dataOf === 'owners' ? { kinds: ownerKinds } : { ids: [dataOf] })
  return [...bytes.values()].reduce((sum, each) => sum + each, 0)
}

async function nameLines(services: Uses, asked: Asked, lines: readonly Line[]): Promise<GovernanceLine[]> {
  const { group, rates, begun } = asked
  const ids = partOf(lines, 0)
  const isAlgorithm = group === 'algorithm'
  const names = await readNames(services, isAlgorithm ? ids : [])
  const bytes = isAlgorithm ? new Map<string, number>() : await usedBytesOf(services.db, { ids })
  return lines.map(({ key: [id = ''], measures }) => {
    const algorithm = isAlgorithm ? names.algorithm(id) : undefined
    const figures: Figures = figuresOf(measures, { rates, hostedBytes: bytes.get(id) ?? 0, days: begun })
    const name = algorithm ? [algorithm.owner, algorithm.name].filter(Boolean).join('/') : names.account(id)
    return { id, name, ...figures, ...countsOf(services, group, id) }
  })
}

/** How much there is now. */
function countsOf({ directory, catalog }: Uses, group: Group, id: string) {
  if (group === 'algorithm') return {}
  const algorithm_count = catalog.ofOwner(id).length
  if (group === 'user') return { algorithm_count }
  const member_count = directory.membersOf(id).filter((member) => directory.isMember(id, member.id)).length
  return { algorithm_count, member_count }
}
