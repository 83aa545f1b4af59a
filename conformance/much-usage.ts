/**
 * Reports over very much usage: so many rows by caller, version and day, written into the database, and then every page of
 * every report over HTTP, on SQLite and on PostgreSQL. Most versions were called long ago, so a report of the last days has
 * to find the few that count among many that do not. Fails when the slowest hundredth of a report's pages takes longer than
 * 50 ms, when its last pages take much longer than its first, or when calls are missing.
 *
 *   bin/node conformance/much-usage.ts [rows] [engine]          1,000,000 on both when left out
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Engine, openDatabase } from './lib/databases.ts'
import { processorMs } from './lib/processor-time.ts'
import { median, quantile } from './lib/quantiles.ts'
import { startTarget, type Target } from './lib/server.ts'

const MOST_P99_MS = 50
/** The last tenth of the pages may take so much longer than the first, in the median. */
const MOST_SLOWER = 2
/** Below this, differences are noise. */
const NOISE_MS = 3
/** Of a report that has few. */
const LEAST_SAMPLES = 200

const ALGORITHMS = 100
const VERSIONS = 2
const OWNERS = 20
/** Days with calls of one caller of one version. */
const DAYS = 25
/** One version in seven was called in the last days, the others before. */
const RECENT = 7
const DAYS_BACK = 400

const MEASURES =
  'calls, errors, rounded_seconds, rounded_error_seconds, wait_us, start_us, run_us, error_run_us, cpu_us'
const BYTES = 'input_bytes, answer_bytes, peak_memory_bytes'
const DAY_MS = 24 * 60 * 60 * 1000

const today = Date.now()
const dayOf = (back: number): string => new Date(today - back * DAY_MS).toISOString().slice(0, 10)

/** Rows by caller, version and day; each of a single call, so that calls can be counted. */
function daysSql(rows: number): string {
  const days = Array.from({ length: DAYS_BACK }, (_, back) => `(${back}, '${dayOf(back)}')`)
  const text = (expression: string) => `cast(100000 + ${expression} as text)`
  const series = `n / ${DAYS}`
  const algorithm = `(${series}) % ${ALGORITHMS}`
  const caller = `(${series}) / ${ALGORITHMS * VERSIONS}`
  const version = `(${series}) / ${ALGORITHMS} % ${VERSIONS}`
  const isRecent = `(${series}) % ${RECENT} = 0`
  const back = `case when ${isRecent} then n % ${DAYS} else ${DAYS} + (n * 37) % ${DAYS_BACK - DAYS} end`
  return `
    create temporary table day_names (back bigint primary key, day text);
    insert into day_names values ${days.join()};
    insert into usage_days (caller_id, algorithm_id, version, day, owner_id, machine_type, ${MEASURES}, ${BYTES})
    with recursive numbers (n) as (select 0 union all select n + 1 from numbers where n < ${rows - 1}),
      keys as (select 'caller-' || ${text(caller)} as caller_id, 'algorithm-' || ${text(algorithm)} as algorithm_id,
        cast(1 + ${version} as text) || '.0.0' as version, 'owner-' || ${text(`${algorithm} % ${OWNERS}`)} as owner_id,
        ${back} as back from numbers)
    select caller_id, algorithm_id, version, day, owner_id, 'cpu', 1, 0, 1, 0, 90, 10, 1500, 0, 1200, 10, 20, 1000000
    from keys join day_names on day_names.back = keys.back
    where true on conflict (caller_id, algorithm_id, version, day) do nothing;`
}

/** The same, grouped as the server groups them. */
function sumsSql(): string {
  const groups = [
    ['total', "'organization'", "''"],
    ['owner', "'organization'", 'owner_id'],
    ['caller', "'organization'", 'caller_id'],
    ['algorithm', "'organization'", 'algorithm_id'],
    ['version', 'algorithm_id', 'version'],
    ['owner-algorithm', 'owner_id', 'algorithm_id'],
    ['owner-caller', 'owner_id', 'caller_id'],
    ['caller-owner', 'caller_id', 'owner_id'],
  ]
  const sums = [...MEASURES.split(', '), 'input_bytes', 'answer_bytes'].map((name) => `sum(${name})`).join(', ')
  return groups
    .map(
      ([kind, scope, item]) => `
        insert into usage_sums (kind, scope_id, item_id, day, ${MEASURES}, ${BYTES})
        select '${kind}', scope, item, day, ${sums}, max(peak_memory_bytes)
        from (select usage_days.*, ${scope} as scope, ${item} as item from usage_days) as grouped
        group by scope, item, day;`,
    )
    .join('')
}

const ALL = `start_date=${dayOf(DAYS_BACK)}&end_date=${dayOf(0)}`
const YEAR = `start_date=${dayOf(364)}&end_date=${dayOf(0)}`
const WEEK = `start_date=${dayOf(6)}&end_date=${dayOf(0)}`

const REPORTS: readonly (readonly [what: string, address: string])[] = [
  ['calls, all days', `/v1/admin/usage?${ALL}&page_size=50`],
  ['calls, one week', `/v1/admin/usage?${WEEK}&page_size=50`],
  ['exact, one week', `/v1/admin/usage/exact?${WEEK}&page_size=50`],
  ['algorithms, all days', `/v1/admin/usage/algorithms?${ALL}&page_size=10`],
  ['algorithms, one week', `/v1/admin/usage/algorithms?${WEEK}&page_size=10`],
  ['users, all days', `/v1/admin/usage/users?${ALL}&page_size=10`],
  ['users, one week', `/v1/admin/usage/users?${WEEK}&page_size=10`],
  ['governance by user, a year', `/v1/admin/governance?${YEAR}&group_by=user&page_size=10`],
  ['governance by algorithm, one week', `/v1/admin/governance?${WEEK}&group_by=algorithm&page_size=10`],
  ['governance by organization, a year', `/v1/admin/governance?${YEAR}&group_by=organization&page_size=10`],
]

interface Line {
  readonly total_calls?: string
  readonly calls?: number
}

interface Page {
  readonly results: readonly Line[]
  readonly next_marker?: string
  readonly totals?: { readonly calls: number }
}

/** Told at the end, so that one slow report does not hide the others. */
const problems: string[] = []

async function measure(target: Target, what: string, address: string): Promise<number> {
  const first: number[] = []
  const last: number[] = []
  const all: number[] = []
  const nothing: number[] = []
  let cpuMs = 0
  let calls = 0
  // The first round warms up whoever does the work.
  for (let round = 0; round === 0 || all.length < LEAST_SAMPLES; round++) {
    const startedCpuMs = processorMs(target)
    const { tookMs, pages, nothingMs } = await readAll(target, address)
    calls = pages.flatMap(({ results }) => results).reduce((sum, line) => sum + callsOf(line), 0)
    const [{ totals } = {}] = pages
    if (totals) assert.equal(calls, totals.calls, `${what}: the lines make the total`)
    if (round === 0 && tookMs.length < LEAST_SAMPLES) continue
    const tenth = Math.max(1, Math.floor(tookMs.length / 10))
    all.push(...tookMs)
    nothing.push(...nothingMs)
    cpuMs += processorMs(target) - startedCpuMs
    first.push(...tookMs.slice(0, tenth))
    last.push(...tookMs.slice(-tenth))
  }
  const [p50, p99, begin, end] = [median(all), quantile(all, 0.99), median(first), median(last)]
  const ms = (value: number) => `${value.toFixed(1).padStart(6)} ms`
  const idle = `nothing p99${ms(quantile(nothing, 0.99))}`
  const shares = `p50${ms(p50)}  p99${ms(p99)}  first tenth${ms(begin)}  last tenth${ms(end)}`
  const shown = `${shares}  processor${ms(cpuMs / all.length)}  ${idle}  ${all.length} pages`
  process.stdout.write(`${what.padEnd(36)}${shown}\n`)
  if (p99 > MOST_P99_MS) problems.push(`${what}: a page may take ${MOST_P99_MS} ms, and p99 is ${p99.toFixed(1)} ms`)
  if (end > Math.max(begin * MOST_SLOWER, begin + NOISE_MS)) problems.push(`${what}: the last pages are slower`)
  return calls
}

const callsOf = ({ total_calls, calls }: Line): number => Number(total_calls ?? calls)

async function readAll({ url, adminKey }: Target, address: string) {
  const tookMs: number[] = []
  /** A request that does nothing after each page: what this machine makes of 50 ms today. */
  const nothingMs: number[] = []
  const pages: Page[] = []
  let marker = ''
  do {
    const startedAtMs = performance.now()
    const reply = await fetch(`${url}${address}&marker=${marker}`, { headers: { Authorization: adminKey } })
    const text = await reply.text()
    tookMs.push(performance.now() - startedAtMs)
    assert.equal(reply.status, 200, text)
    const askedAtMs = performance.now()
    await (await fetch(`${url}/health`)).arrayBuffer()
    nothingMs.push(performance.now() - askedAtMs)
    const page: Page = JSON.parse(text)
    pages.push(page)
    marker = page.next_marker ?? ''
  } while (marker !== '' && pages.length < 100_000)
  return { tookMs, pages, nothingMs }
}

async function run(engine: Engine, rows: number): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'algorist-much-usage-'))
  const database = await openDatabase(engine, home)
  try {
    const settings = { ALGORIST_HOME: home, ...database.settings }
    // Makes the tables.
    await (await startTarget(settings)).close()
    const startedAtMs = performance.now()
    database.execute(`${daysSql(rows)}${sumsSql()}${engine === 'postgres' ? 'analyze;' : ''}`)
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0)
    process.stdout.write(`\n${engine}: ${rows} rows in ${seconds} s\n`)
    const target = await startTarget(settings)
    try {
      const calls = new Map<string, number>()
      for (const [what, address] of REPORTS) calls.set(what, await measure(target, what, address))
      assert.equal(calls.get('calls, all days'), rows)
      for (const what of ['algorithms, all days', 'users, all days']) assert.equal(calls.get(what), rows, what)
      for (const what of ['exact, one week', 'algorithms, one week', 'users, one week']) {
        assert.equal(calls.get(what), calls.get('calls, one week'), what)
      }
    } finally {
      await target.close()
    }
  } finally {
    await database.close()
    await rm(home, { recursive: true, force: true })
  }
}

const rows = Number(process.argv[2] ?? 1_000_000)
const engines = (['sqlite', 'postgres'] as const).filter((engine) => (process.argv[3] ?? engine) === engine)
for (const engine of engines) await run(engine, rows)
assert.deepEqual(problems, [])
