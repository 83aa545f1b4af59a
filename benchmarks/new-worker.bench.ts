/**
 * A new worker of a loaded Python version with a large set of libraries: one at a time, and from one to twenty at once. It shares
 * what another one has loaded (decision 0081). Beside it, for comparison, with templates of environments alone, where each worker
 * imports the libraries. Both take turns. `bin/node benchmarks/new-worker.bench.ts`; about five minutes.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Bench, Plan, Row } from './lib/bench.ts'
import { type Caller, openCaller } from './lib/first-byte.ts'
import { installLoaded, type LoadedAlgorithm, waitFor } from './lib/library-set.ts'
import { runBenches } from './lib/run-benches.ts'
import { openService, type Service, workersOf } from './lib/service.ts'
import { median, quantile } from './lib/statistics.ts'

const BURST = 20
/** More than a hundred in three rounds: of fewer, the 99th percentile is the worst one. */
const SINGLES_PER_ROUND = 40
/** Forks that wait are made up for after a moment of rest (decision 0070). */
const REST_MS = 200
const SETTINGS = { ALGORIST_WORKERS_PER_VERSION: String(BURST) }
/** Whoever expects bursts has as many forks ready; there are two by default. */
const MORE_SETTINGS = {
  environment: { ALGORIST_WORKER_TEMPLATES: 'environment' },
  version: { ALGORIST_READY_FORKS: String(BURST) },
} as const
/** How long the calls of a burst wait at first, and how often that is doubled. */
const FIRST_HOLD_MS = 2000
const MAX_TRIES = 6
const SINGLE_MOST_MS = 10
const BURST_MOST_MS = 80

interface Way {
  readonly templates: 'environment' | 'version'
  readonly service: Service
  readonly loaded: LoadedAlgorithm
  readonly caller: Caller
  readonly singlesMs: number[]
  readonly burstsMs: number[]
  holdMs: number
}

async function openWay(plan: Plan, templates: Way['templates']): Promise<Way> {
  const service = await openService(plan, { ...SETTINGS, ...MORE_SETTINGS[templates] })
  try {
    const loaded = await installLoaded(service, plan.isQuick ? 'nothing' : 'libraries')
    const caller = await openCaller(service.target.url, BURST)
    const way = { templates, service, loaded, caller, singlesMs: [], burstsMs: [], holdMs: FIRST_HOLD_MS }
    // A version that is used has its template: it is made beside the first further worker.
    await burst(way)
    if (templates === 'version') {
      await waitFor(
        'template of the version',
        async () => (await service.metrics('algorist_templates_versions')).algorist_templates_versions > 0,
      )
    }
    return way
  } catch (error) {
    await service.close()
    throw error
  }
}

async function endWorkers({ caller, loaded, service }: Way): Promise<void> {
  await waitFor('end of the workers', async () => {
    if ((await workersOf(service)) === 0) return true
    await caller.callAnyway(loaded.shop, 'exit')
    return false
  })
  await delay(REST_MS)
}

async function single(way: Way): Promise<number> {
  await endWorkers(way)
  return way.caller.call(way.loaded.shop, 'hello')
}

/** From one worker to many: until all have answered, without the time that they wait as they are told. */
async function burst(way: Way): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    await endWorkers(way)
    await way.caller.call(way.loaded.shop, 'hello')
    await delay(REST_MS)
    const startMs = performance.now()
    const seconds = way.holdMs / 1000 - 0.001
    await Promise.all(Array.from({ length: BURST }, () => way.caller.call(way.loaded.shop, seconds)))
    const tookMs = performance.now() - startMs - seconds * 1000
    if ((await workersOf(way.service)) >= BURST) return tookMs
    // Some had answered before the last was there, and took a second call: they must wait longer.
    way.holdMs *= 2
  }
  throw new Error(`Never were there ${BURST} workers at a time`)
}

function rowsOf({ templates, service, loaded, singlesMs, burstsMs }: Way): Row[] {
  const [p50Ms, p99Ms] = [median(singlesMs), quantile(singlesMs, 0.99)]
  const [burstMs, worstMs] = [median(burstsMs), quantile(burstsMs, 1)]
  const common = { settings: service.settings, details: { singlesMs, burstsMs, libraries: loaded.libraries } }
  const what = `new worker of a loaded Python version (${loaded.libraries}), templates: ${templates}`
  const isShown = templates === 'environment'
  return [
    {
      id: `new-worker-${templates}-single`,
      what: `${what}, one at a time`,
      bar: isShown ? null : `p99 ≤ ${SINGLE_MOST_MS} ms`,
      figure: `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms of ${singlesMs.length}`,
      holds: isShown ? null : p99Ms <= SINGLE_MOST_MS,
      ...common,
    },
    {
      id: `new-worker-${templates}-burst`,
      what: `${what}, 1 → ${BURST} all answering`,
      bar: isShown ? null : `≤ ${BURST_MOST_MS} ms`,
      figure: `median ${burstMs.toFixed(0)} ms, worst ${worstMs.toFixed(0)} ms of ${burstsMs.length}`,
      holds: isShown ? null : burstMs <= BURST_MOST_MS,
      ...common,
    },
  ]
}

async function measure(plan: Plan): Promise<Row[]> {
  const ways: Way[] = []
  try {
    for (const templates of ['environment', 'version'] as const) ways.push(await openWay(plan, templates))
    for (let round = 0; round < plan.rounds; round++) {
      for (const way of ways) {
        const singles = plan.isQuick ? 2 : SINGLES_PER_ROUND
        for (let count = 0; count < singles; count++) way.singlesMs.push(await single(way))
        way.burstsMs.push(await burst(way))
      }
    }
    return ways.flatMap(rowsOf)
  } finally {
    for (const { caller, service } of ways) {
      caller.close()
      await service.close()
    }
  }
}

export const newWorker: Bench = { name: 'new-worker', measure }

if (import.meta.main) await runBenches([newWorker])
