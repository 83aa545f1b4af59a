/**
 * A call that makes one more call, through the client in the worker and the relay of its sandbox, beside the inner call alone.
 * `bin/node benchmarks/nested.bench.ts`; a minute.
 */
import type { Plan, Row } from './lib/bench.ts'
import { press } from './lib/generator.ts'
import { runBenches } from './lib/run-benches.ts'
import { onService, type Service } from './lib/service.ts'
import { median, medianRatio, takeTurns } from './lib/statistics.ts'
import { aimAt, install, PYTHON, TEXT } from './lib/subjects.ts'

const CLIENTS = [1, 8]

const outer = (inner: string): string => `import Algorithmia

client = Algorithmia.client()


def apply(input):
    return client.algo("algo://${inner}").pipe(input).result
`

async function measureOn(service: Service, plan: Plan): Promise<Row[]> {
  const inner = await aimAt(await install(service, PYTHON, { name: 'Inner' }), TEXT, 'HAL 9000')
  const source = outer(`${service.account.username}/Inner`)
  const nesting = await aimAt(
    await install(service, { language: 'python3', source }, { name: 'Outer' }),
    TEXT,
    'HAL 9000',
  )
  const rows: Row[] = []
  for (const clients of CLIENTS) {
    const pressure = { clients, durationMs: plan.roundMs }
    const turns = await takeTurns(plan.rounds, {
      inner: () => press(inner, pressure),
      nesting: () => press(nesting, pressure),
    })
    const p50s = (side: keyof typeof turns): number[] => turns[side].map((each) => each.p50Ms)
    const rate = median(turns.nesting.map((each) => each.callsPerSecond))
    const p99Ms = median(turns.nesting.map((each) => each.p99Ms))
    rows.push({
      id: `nested-${clients}`,
      what: `Python call with one nested call, ${clients} client${clients === 1 ? '' : 's'}`,
      bar: null,
      figure:
        `p50 ${median(p50s('nesting')).toFixed(2)} ms, ${medianRatio(p50s('nesting'), p50s('inner')).toFixed(1)} × the inner call ` +
        `alone; p99 ${p99Ms.toFixed(2)} ms; ${rate.toFixed(0)}/s`,
      holds: null,
      settings: service.settings,
      details: turns,
    })
  }
  return rows
}

export const nested = onService('nested', measureOn)

if (import.meta.main) await runBenches([nested])
