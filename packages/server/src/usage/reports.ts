/**
 * The usage reports of administrators (rest-api.md 3.10, rows 10, 11 and 13; platform.md 5.2), and the exact one beside them.
 * They see what is in the database: all calls but those of the last second.
 */
import { encodeMarker } from '@algorist/contract/page.ts'
import type { Services } from '../services.ts'
import { allPages, type Cell } from './csv.ts'
import { type Days, parseDays } from './days.ts'
import type { Measures } from './measures.ts'
import { type Names, partOf, readNames } from './names.ts'
import { readPage } from './pages.ts'
import type { Line, Source } from './read-queries.ts'
import { markerOf, parseAfter, parsePageSize, parseUsers, type ReportQuery } from './report-query.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog'>

/** What a report is made of. */
export interface ReportKind {
  /** Parts of a line's key, as markers name them. */
  readonly parts: readonly ('caller' | 'algorithm' | 'version')[]
  /** @param callers undefined: all */
  sources(callers: readonly string[] | undefined): readonly Source[]
  /** Columns of the CSV, with what is in them. */
  readonly columns: readonly (readonly [heading: string, cell: (row: ReportRow) => Cell])[]
}

export interface ReportRow {
  readonly line: Line
  readonly caller: string
  readonly algorithm: string
  readonly algorithmId: string
  readonly version: string
  readonly owner: string
  readonly machineType: 'cpu' | 'gpu'
}

export interface ReportPage {
  readonly rows: readonly ReportRow[]
  readonly nextMarker: string | undefined
}

export interface ReportRequest {
  readonly query: ReportQuery
  /** Path and query as sent. */
  readonly target: string
}

/** @throws ApiError UsageDatesMissing, InvalidLimit, InvalidMarker */
export async function readReport(
  services: Uses,
  kind: ReportKind,
  { query, target }: ReportRequest,
): Promise<ReportPage> {
  const days = parseDays(query)
  const limit = parsePageSize(query.page_size)
  const after = parseAfter(query.marker, kind.parts)
  const sources = kind.sources(parseUsers(services, target))
  // One more shows whether there is another page.
  const lines = await readPage(services.db, sources, { days, after, limit: limit + 1 })
  const shown = lines.slice(0, limit)
  const last = lines.length > limit ? shown.at(-1) : undefined
  return {
    rows: await nameRows(services, kind, shown),
    nextMarker: last && encodeMarker(markerOf(kind.parts, last.key)),
  }
}

/** All rows as cells, page by page. @throws ApiError UsageDatesMissing */
export function readWholeReport(
  services: Uses,
  kind: ReportKind,
  { query, target }: ReportRequest,
): AsyncIterable<Cell[][]> {
  return wholeReport(services, kind, { days: parseDays(query), sources: kind.sources(parseUsers(services, target)) })
}

async function* wholeReport(
  services: Uses,
  kind: ReportKind,
  { days, sources }: { readonly days: Days; readonly sources: readonly Source[] },
): AsyncGenerator<Cell[][]> {
  const pages = allPages<Line>((last, limit) => readPage(services.db, sources, { days, after: last?.key, limit }))
  for await (const lines of pages) {
    const rows = await nameRows(services, kind, lines)
    yield rows.map((row) => kind.columns.map(([, cell]) => cell(row)))
  }
}

async function nameRows(services: Uses, { parts }: ReportKind, lines: readonly Line[]): Promise<ReportRow[]> {
  const algorithmAt = parts.indexOf('algorithm')
  const names = await readNames(services, algorithmAt < 0 ? [] : partOf(lines, algorithmAt))
  return lines.map((line) => nameRow(services, names, { line, parts }))
}

function nameRow(
  { catalog }: Pick<Uses, 'catalog'>,
  names: Names,
  { line, parts }: { readonly line: Line; readonly parts: ReportKind['parts'] },
): ReportRow {
  const part = (name: ReportKind['parts'][number]) => line.key[parts.indexOf(name)] ?? ''
  const algorithmId = part('algorithm')
  const { name: algorithm, owner } = algorithmId === '' ? { name: '', owner: '' } : names.algorithm(algorithmId)
  return {
    line,
    caller: part('caller') === '' ? '' : names.account(part('caller')),
    algorithm,
    algorithmId,
    version: part('version'),
    owner,
    machineType: catalog.byId(algorithmId)?.settings.machineType ?? 'cpu',
  }
}

const measure =
  (name: keyof Measures) =>
  ({ line }: ReportRow): number =>
    line.measures[name]

/** The columns of platform.md 5.2. */
const CALLED: ReportKind['columns'] = [
  ['Algorithm', (row) => row.algorithm],
  ['Version hash', (row) => row.version],
]
const CALLER: ReportKind['columns'] = [['Caller', (row) => row.caller]]
const OWNER: ReportKind['columns'] = [['Owner', (row) => row.owner]]
const TOTALS: ReportKind['columns'] = [
  ['Total calls', measure('calls')],
  ['Total duration (s)', measure('rounded_seconds')],
  ['Total errors', measure('errors')],
  ['Error duration (s)', measure('rounded_error_seconds')],
]
const HARDWARE: ReportKind['columns'] = [['Hardware', (row) => row.machineType]]
const EXACT: ReportKind['columns'] = [
  ['Calls', measure('calls')],
  ['Errors', measure('errors')],
  ['Wait (µs)', measure('wait_us')],
  ['Start (µs)', measure('start_us')],
  ['Run (µs)', measure('run_us')],
  ['Run of errors (µs)', measure('error_run_us')],
  ['CPU (µs)', measure('cpu_us')],
  ['Peak memory (bytes)', measure('peak_memory_bytes')],
  ['Input (bytes)', measure('input_bytes')],
  ['Answers (bytes)', measure('answer_bytes')],
]

const BY_CALLER = ['caller_id', 'algorithm_id', 'version'] as const

const callsSources: ReportKind['sources'] = (callers) =>
  callers === undefined
    ? [{ table: 'usage_days', key: BY_CALLER, fixed: {} }]
    : callers.map((caller_id) => ({ table: 'usage_days', key: BY_CALLER, fixed: { caller_id } }))

/** By caller, algorithm and version. */
export const CALLS_REPORT: ReportKind = {
  parts: ['caller', 'algorithm', 'version'],
  sources: callsSources,
  columns: [...CALLED, ...CALLER, ...OWNER, ...TOTALS, ...HARDWARE],
}

/** The same lines as {@link CALLS_REPORT}, nothing rounded. */
export const EXACT_REPORT: ReportKind = {
  parts: ['caller', 'algorithm', 'version'],
  sources: callsSources,
  columns: [...CALLED, ...CALLER, ...OWNER, ...EXACT, ...HARDWARE],
}

/** By algorithm and version. */
export const ALGORITHMS_REPORT: ReportKind = {
  parts: ['algorithm', 'version'],
  sources: (callers) =>
    callers === undefined
      ? [{ table: 'usage_sums', key: ['scope_id', 'item_id'], fixed: { kind: 'version' } }]
      : callers.map((caller_id) => ({
          table: 'usage_days',
          key: ['algorithm_id', 'version'],
          fixed: { caller_id },
        })),
  columns: [...CALLED, ...OWNER, ...TOTALS, ...HARDWARE],
}

/** By caller. */
export const USERS_REPORT: ReportKind = {
  parts: ['caller'],
  sources: (callers) =>
    ['organization', 'user'].flatMap((scope_id): Source[] => {
      const fixed = { kind: 'caller', scope_id }
      const of = (more: object): Source => ({ table: 'usage_sums', key: ['item_id'], fixed: { ...fixed, ...more } })
      return callers === undefined ? [of({})] : callers.map((item_id) => of({ item_id }))
    }),
  columns: [...CALLER, ...TOTALS],
}
