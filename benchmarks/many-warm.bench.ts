/**
 * Two hundred algorithms that are warm at the same time, each with a worker: calls that go round all of them beside calls of
 * one, and what a worker of them occupies. `bin/node benchmarks/many-warm.bench.ts`; about four minutes, most of it builds.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createAlgorithm, expectGreen, publish, type Workshop, waitForBuild } from '../conformance/lib/algorithms.ts'
import type { Plan, Row } from './lib/bench.ts'
import { press } from './lib/generator.ts'
import { runBenches } from './lib/run-benches.ts'
import { onService, type Service, workersOf } from './lib/service.ts'
import { median, medianRatio, takeTurns } from './lib/statistics.ts'
import { aimAt, JSON_TYPE } from './lib/subjects.ts'
import { descendantsOf, memoryOf } from './memory.ts'

const ALGORITHMS = 200
const QUICK_ALGORITHMS = 6
const CLIENTS = 32
const SETTLE_MS = 2000
const SETTINGS = { ALGORIST_WORKERS_TOTAL: '300' }

/** The template of the language, which needs no push. */
async function make(service: Service, number: number): Promise<Workshop> {
  const { shop } = await createAlgorithm(service.target, service.account, {
    name: `Warm${number}`,
    language: 'python3',
  })
  await expectGreen(shop, await waitForBuild(shop))
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  return shop
}

async function measureOn(service: Service, plan: Plan): Promise<Row> {
  const count = plan.isQuick ? QUICK_ALGORITHMS : ALGORITHMS
  const shops: Workshop[] = []
  for (let number = 0; number < count; number++) shops.push(await make(service, number))
  const [first] = shops
  if (!first) throw new Error('There is no algorithm')
  const one = await aimAt(first, JSON_TYPE, '"HAL"')
  const before = memoryOf(descendantsOf(service.pid)).pssMiB
  for (const shop of shops) await aimAt(shop, JSON_TYPE, '"HAL"')
  await delay(SETTLE_MS)
  const perWorkerMiB = (memoryOf(descendantsOf(service.pid)).pssMiB - before) / (count - 1)
  const warm = await workersOf(service)
  if (warm < count) throw new Error(`${warm} of ${count} algorithms are warm`)
  const all = { ...one, paths: shops.map(({ callUrl }) => new URL(callUrl).pathname) }
  const pressure = { clients: CLIENTS, durationMs: plan.roundMs }
  const turns = await takeTurns(plan.rounds, { one: () => press(one, pressure), all: () => press(all, pressure) })
  const rates = (side: keyof typeof turns): number[] => turns[side].map((each) => each.callsPerSecond)
  const [p50Ms, p99Ms] = [median(turns.all.map((each) => each.p50Ms)), median(turns.all.map((each) => each.p99Ms))]
  return {
    id: 'many-warm',
    what: `calls round ${count} warm Python algorithms, ${CLIENTS} clients`,
    bar: null,
    figure:
      `${median(rates('all')).toFixed(0)}/s, ${medianRatio(rates('all'), rates('one')).toFixed(2)} × one algorithm; ` +
      `p50 ${p50Ms.toFixed(1)} p99 ${p99Ms.toFixed(1)} ms; ${perWorkerMiB.toFixed(1)} MiB PSS each`,
    holds: null,
    settings: service.settings,
    details: { ...turns, perWorkerMiB },
  }
}

export const manyWarm = onService('many-warm', async (service, plan) => [await measureOn(service, plan)], SETTINGS)

if (import.meta.main) await runBenches([manyWarm])
