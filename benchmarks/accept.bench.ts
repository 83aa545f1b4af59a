/**
 * How many asynchronous calls a second are accepted, each durable before it is acknowledged: `output=void` and
 * `Prefer: respond-async`, 32 clients. The accepted calls run meanwhile on the same machine: ones that only wait, so that what
 * is seen is the accepting alone, and short ones, which take their share of it. `bin/node benchmarks/accept.bench.ts`; about
 * two minutes. With ALGORIST_DATABASE_URL it measures on PostgreSQL.
 */
import { createAccount } from '../conformance/lib/accounts.ts'
import { installProbe, type Probe } from '../conformance/lib/probe.ts'
import type { Bench, Plan, Row } from './lib/bench.ts'
import { press } from './lib/generator.ts'
import { runBenches } from './lib/run-benches.ts'
import { openService, type Service } from './lib/service.ts'
import { median } from './lib/statistics.ts'
import type { LoadResult } from './load.ts'

const CLIENTS = 32
const LEAST_PER_SECOND = 5000

interface Way {
  readonly id: string
  readonly name: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly status: number
}

const WAYS: readonly Way[] = [
  { id: 'void', name: 'output=void', query: '?output=void', headers: {}, status: 200 },
  { id: 'async', name: 'Prefer: respond-async', query: '', headers: { Prefer: 'respond-async' }, status: 202 },
]

const RUNS = [
  { id: 'waiting', body: '{"do":"sleep","seconds":5}', hasBar: true },
  { id: 'short', body: '"HAL"', hasBar: false },
]

interface Case {
  readonly way: Way
  readonly run: (typeof RUNS)[number]
}

/** An account has a backlog of its own, and each turn starts with an empty one. */
async function turn({ target }: Service, { shop }: Probe, { way, run }: Case, plan: Plan): Promise<LoadResult> {
  const { key } = await createAccount(target, 'bench')
  const headers = { Authorization: `Simple ${key}`, 'Content-Type': 'application/json', ...way.headers }
  const aim = { url: `${shop.callUrl}${way.query}`, headers, body: run.body, status: way.status }
  return press(aim, { clients: CLIENTS, durationMs: plan.roundMs })
}

function rowOf({ way, run }: Case, results: readonly LoadResult[], settings: Service['settings']): Row {
  const of = (member: keyof LoadResult): number => median(results.map((each) => each[member]))
  const rate = of('callsPerSecond')
  return {
    id: `accept-${way.id}-${run.id}`,
    what: `durable asynchronous accept, ${way.name}, ${run.id} calls, ${CLIENTS} clients`,
    bar: run.hasBar ? `≥ ${LEAST_PER_SECOND}/s` : null,
    figure: `${rate.toFixed(0)}/s; p50 ${of('p50Ms').toFixed(2)} p99 ${of('p99Ms').toFixed(2)} ms`,
    holds: run.hasBar ? rate >= LEAST_PER_SECOND : null,
    settings,
    details: results,
  }
}

async function measure(plan: Plan): Promise<Row[]> {
  const { ALGORIST_DATABASE_URL: databaseUrl } = process.env
  const settings: Record<string, string> = databaseUrl ? { ALGORIST_DATABASE_URL: databaseUrl } : {}
  const service = await openService(plan, settings)
  try {
    const probe = await installProbe(service.target)
    const cases = RUNS.flatMap((run) => WAYS.map((way) => ({ way, run })))
    const results = cases.map((): LoadResult[] => [])
    // All turns of the waiting calls come first: the backlog of the short ones runs on and would take its share of them.
    for (const run of RUNS) {
      for (let round = 0; round < plan.rounds; round++) {
        for (const [index, each] of cases.entries()) {
          if (each.run === run) results[index]?.push(await turn(service, probe, each, plan))
        }
      }
    }
    const shown: Record<string, string> = databaseUrl ? { ALGORIST_DATABASE_URL: '(PostgreSQL)' } : {}
    return cases.map((each, index) => rowOf(each, results[index] ?? [], shown))
  } finally {
    await service.close()
  }
}

export const accept: Bench = { name: 'accept', measure }

if (import.meta.main) await runBenches([accept])
