/**
 * Governance reports in the order of a figure (platform.md 5.3). No index has the figures of a range of days: each page reads
 * all lines, in small statements between which others are served, and keeps those that it shows.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import { DIRECTIONS, type GovernanceLine, ORDERS } from '@algorist/contract/operations/governance.ts'
import { decodeMarker, encodeMarker } from '@algorist/contract/page.ts'
import type { Services } from '../services.ts'
import { allPages } from './csv.ts'
import { type Asked, nameLines, readLines } from './governance-lines.ts'
import type { Line } from './read-queries.ts'
import type { ReportQuery } from './report-query.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog'>

/** What a report is sorted by. */
export interface Order {
  readonly by: (typeof ORDERS)[number]
  readonly direction: (typeof DIRECTIONS)[number]
}

/** Where a line stands: those with the same value are in the order of their ids. */
interface Place {
  readonly value: string | number
  readonly id: string
}

/** Lines that are put in order for one page: more would take seconds. */
const MOST_LINES = 100_000

/** Undefined: in the order of ids, which costs no more than the page. @throws ApiError InputValidationError */
export function parseOrder({ sort_by, order }: ReportQuery): Order | undefined {
  if (!sort_by && !order) return undefined
  const by = ORDERS.find((each) => each === sort_by)
  if (!by) throw wrong('sort_by', ORDERS, sort_by)
  const direction = DIRECTIONS.find((each) => each === (order || (by === 'name' ? 'asc' : 'desc')))
  if (!direction) throw wrong('order', DIRECTIONS, order)
  return { by, direction }
}

function wrong(name: string, expected: readonly string[], came = ''): ApiError {
  return new ApiError('InputValidationError', `${name}: expected ${expected.join(', ')}, got '${came}'`)
}

/** A page, and the marker of the next. @throws ApiError InvalidMarker, InputValidationError for too many lines */
export async function readOrderedPage(
  services: Uses,
  asked: Asked,
  { order, marker, limit }: { readonly order: Order; readonly marker: string | undefined; readonly limit: number },
): Promise<{ readonly results: GovernanceLine[]; readonly next_marker?: string }> {
  const after = marker ? parsePlace(marker, asked, order) : undefined
  const lines = await readOrdered(services, asked, { order, after, limit: limit + 1 })
  const results = lines.slice(0, limit)
  const last = lines.length > limit ? results.at(-1) : undefined
  return { results, ...(last && { next_marker: markerOf(last, asked, order) }) }
}

/** The first lines after a place. @throws ApiError InputValidationError for too many lines */
export async function readOrdered(
  services: Uses,
  asked: Asked,
  { order, after, limit }: { readonly order: Order; readonly after?: Place | undefined; readonly limit: number },
): Promise<GovernanceLine[]> {
  const compare = comparing(order)
  const isLater = (line: GovernanceLine) => after === undefined || compare(placeOf(line, order), after) > 0
  let first: GovernanceLine[] = []
  let seen = 0
  for await (const lines of allPages<Line>((last, size) =>
    readLines(services, asked, { after: last?.key, limit: size }),
  )) {
    seen += lines.length
    if (seen > MOST_LINES) throw tooMany()
    const more = (await nameLines(services, asked, lines)).filter(isLater)
    first = [...first, ...more].sort((a, b) => compare(placeOf(a, order), placeOf(b, order))).slice(0, limit)
  }
  return first
}

function tooMany(): ApiError {
  const message = `sort_by: the report has more than ${MOST_LINES} lines, which are not sorted; ask for fewer days, or for CSV`
  return new ApiError('InputValidationError', `${message} without sort_by`)
}

function comparing({ direction }: Order): (a: Place, b: Place) => number {
  const sign = direction === 'asc' ? 1 : -1
  return (a, b) => sign * compareValues(a.value, b.value) || compareValues(a.id, b.id)
}

function compareValues(a: string | number, b: string | number): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Names in any case of their letters; what is told of some lines only is 0 for the others. */
function placeOf(line: GovernanceLine, { by }: Order): Place {
  return { value: by === 'name' ? line.name.toLowerCase() : (line[by] ?? 0), id: line.id }
}

const markerOf = (line: GovernanceLine, { group }: Asked, order: Order): string =>
  encodeMarker({ [group]: line.id, [order.by]: placeOf(line, order).value, order: order.direction })

function parsePlace(text: string, { group }: Asked, { by, direction }: Order): Place {
  const marker = decodeMarker(text)
  const { [group]: id, [by]: value, order } = marker
  const isOurs = Object.keys(marker).length === 3 && order === direction
  const isValue = typeof value === (by === 'name' ? 'string' : 'number')
  if (isOurs && isValue && typeof id === 'string' && value !== undefined && value !== null) return { value, id }
  throw new ApiError('InvalidMarker', 'The marker is one of another report')
}
