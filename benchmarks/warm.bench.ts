/**
 * Warm calls beside both rulers: calls a second and latency at 1, 8, 32 and 128 clients, in Python with a plain `apply` and
 * with the template's ADK, and in JavaScript. `bin/node benchmarks/warm.bench.ts`; about eight minutes.
 */
import type { Plan, Row } from './lib/bench.ts'
import { type Aim, type Pressure, press } from './lib/generator.ts'
import { type Ruler, startRuler } from './lib/ruler.ts'
import { runBenches } from './lib/run-benches.ts'
import { onService, type Service } from './lib/service.ts'
import { median, medianRatio, type Turns, takeTurns } from './lib/statistics.ts'
import { aimAt, install, SUBJECTS, type Subject, TEXT } from './lib/subjects.ts'
import type { LoadResult } from './load.ts'

const CLIENTS = [1, 8, 32, 128]
const WARM_UP_MS = 1000
const BODY = 'HAL 9000'
/** One account makes all calls. */
const SETTINGS = { ALGORIST_SESSIONS_PER_ACCOUNT: '1000', ALGORIST_WAITING_CALLS: '1000' }

type Side = 'strict' | 'pipelined' | 'ours'
type Results = Turns<Record<Side, () => Promise<LoadResult>>>

interface Measured {
  readonly clients: number
  readonly results: Results
  /** Ours over that of a ruler, median over the rounds. */
  ratio(side: Side, of: keyof LoadResult): number
}

async function measureClients(plan: Plan, aims: Readonly<Record<Side, Aim>>, clients: number): Promise<Measured> {
  const warmUp: Pressure = { clients, durationMs: WARM_UP_MS }
  const turn: Pressure = { clients, durationMs: plan.roundMs }
  for (const aim of Object.values(aims)) await press(aim, warmUp)
  const results = await takeTurns(plan.rounds, {
    strict: () => press(aims.strict, turn),
    pipelined: () => press(aims.pipelined, turn),
    ours: () => press(aims.ours, turn),
  })
  const valuesOf = (side: Side, of: keyof LoadResult): number[] => results[side].map((each) => each[of])
  return { clients, results, ratio: (side, of) => medianRatio(valuesOf('ours', of), valuesOf(side, of)) }
}

const BARS: Readonly<Record<number, { readonly words: string; holds(measured: Measured): boolean }>> = {
  1: { words: 'p50 ≤ 1.5 × strict', holds: ({ ratio }) => ratio('strict', 'p50Ms') <= 1.5 },
  8: { words: 'p99 ≤ 1.5 × strict', holds: ({ ratio }) => ratio('strict', 'p99Ms') <= 1.5 },
  32: {
    words: '≥ 1.2 × strict and ≥ 0.6 × pipelined',
    holds: ({ ratio }) => ratio('strict', 'callsPerSecond') >= 1.2 && ratio('pipelined', 'callsPerSecond') >= 0.6,
  },
}

function rowOf(subject: Subject, measured: Measured, settings: Service['settings']): Row {
  const { clients, results, ratio } = measured
  const bar = BARS[clients]
  return {
    id: `warm-${subject.id}-${clients}`,
    what: `warm calls, ${subject.name}, ${clients} client${clients === 1 ? '' : 's'}`,
    bar: bar?.words ?? null,
    figure: figureOf(measured),
    holds: bar?.holds(measured) ?? null,
    settings,
    details: {
      ...results,
      ratios: {
        strict: {
          callsPerSecond: ratio('strict', 'callsPerSecond'),
          p50: ratio('strict', 'p50Ms'),
          p99: ratio('strict', 'p99Ms'),
        },
        pipelined: { callsPerSecond: ratio('pipelined', 'callsPerSecond') },
      },
    },
  }
}

function figureOf({ clients, results, ratio }: Measured): string {
  const of = (member: keyof LoadResult, digits: number): string =>
    median(results.ours.map((each) => each[member])).toFixed(digits)
  const latency = `p50 ${of('p50Ms', 2)} p90 ${of('p90Ms', 2)} p99 ${of('p99Ms', 2)} p99.9 ${of('p999Ms', 2)} ms`
  const speed = `${ratio('strict', 'callsPerSecond').toFixed(2)} × strict, ${ratio('pipelined', 'callsPerSecond').toFixed(2)} × pipelined`
  const slow = clients === 1 ? `; p50 ${ratio('strict', 'p50Ms').toFixed(2)} × strict` : ''
  const slowest = clients === 8 ? `; p99 ${ratio('strict', 'p99Ms').toFixed(2)} × strict` : ''
  return `${of('callsPerSecond', 0)}/s, ${speed}${slow}${slowest}; ${latency}`
}

async function measureSubject(plan: Plan, service: Service, subject: Subject): Promise<Row[]> {
  const ours = await aimAt(await install(service, subject, { name: subject.id.replace('-', '') }), TEXT, BODY)
  const rulers: Ruler[] = []
  try {
    const aimAtRuler = async (mode: 'strict' | 'pipelined'): Promise<Aim> => {
      const ruler = await startRuler(subject.ruler, mode)
      rulers.push(ruler)
      return { url: ruler.url, headers: { 'Content-Type': TEXT }, body: BODY }
    }
    const aims = { ours, strict: await aimAtRuler('strict'), pipelined: await aimAtRuler('pipelined') }
    const rows: Row[] = []
    for (const clients of CLIENTS)
      rows.push(rowOf(subject, await measureClients(plan, aims, clients), service.settings))
    return rows
  } finally {
    for (const ruler of rulers) ruler.close()
  }
}

export const warm = onService(
  'warm',
  async (service, plan) => {
    const rows: Row[] = []
    for (const subject of SUBJECTS) rows.push(...(await measureSubject(plan, service, subject)))
    return rows
  },
  SETTINGS,
)

if (import.meta.main) await runBenches([warm])
