/**
 * The languages beyond Python and JavaScript: first call ever, a new worker of a loaded version, warm calls beside a strict ruler
 * of the language, and what one more worker occupies. Those that this host lacks programs for are left out and named.
 * `bin/node benchmarks/languages.bench.ts`; about ten minutes, most of it builds.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createAccount } from '../conformance/lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from '../conformance/lib/algorithms.ts'
import type { Bench, Plan, Row } from './lib/bench.ts'
import { openCaller } from './lib/first-byte.ts'
import { press } from './lib/generator.ts'
import { type OtherSubject, otherSubjects } from './lib/other-languages.ts'
import { startRuler } from './lib/ruler.ts'
import { runBenches } from './lib/run-benches.ts'
import { onService, type Service, workersOf } from './lib/service.ts'
import { median, medianRatio, quantile, takeTurns } from './lib/statistics.ts'
import { aimAt, TEXT } from './lib/subjects.ts'
import { descendantsOf, type Memory, memoryOf } from './memory.ts'

const CLIENTS = 32
const WARM_UP_MS = 2000
/** Workers beyond the first one. */
const MORE = 4
const HOLD_SECONDS = 8
/** What is started ahead is there again. */
const SETTLE_MS = 3000
const SETTINGS = {
  ALGORIST_SESSIONS_PER_ACCOUNT: '1000',
  ALGORIST_WAITING_CALLS: '1000',
  ALGORIST_WORKERS_PER_VERSION: String(MORE + 1),
}

/** A version of an account that has called nothing. */
async function install({ target }: Service, { id, files }: OtherSubject): Promise<Workshop> {
  const name = 'Subject'
  const { shop } = await createAlgorithm(target, await createAccount(target, id), { name, language: id })
  await pushGreen(shop, files(name))
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  return shop
}

async function firstCalls(service: Service, subject: OtherSubject, plan: Plan): Promise<{ shop: Workshop; row: Row }> {
  const callsMs: number[] = []
  let shop = await install(service, subject)
  for (let round = 0; round < Math.max(1, plan.rounds); round++) {
    if (round > 0) shop = await install(service, subject)
    const caller = await openCaller(service.target.url)
    callsMs.push(await caller.call(shop, 0))
    caller.close()
  }
  const figure = `median ${median(callsMs).toFixed(0)} ms, worst ${quantile(callsMs, 1).toFixed(0)} ms of ${callsMs.length}`
  return { shop, row: shown(`first-call-${subject.id}`, `first call ever, ${subject.name}`, figure, callsMs) }
}

/** Each is wanted while all that are there already wait; what is started ahead has been made up for. */
async function newWorkers(service: Service, subject: OtherSubject, shop: Workshop): Promise<Row[]> {
  const caller = await openCaller(service.target.url, MORE + 1)
  try {
    await caller.call(shop, 0)
    const before = await settled(service)
    const callsMs: number[] = []
    const held: Promise<unknown>[] = []
    for (let worker = 0; worker < MORE; worker++) {
      held.push(caller.call(shop, HOLD_SECONDS * (MORE - worker)))
      await delay(SETTLE_MS)
      callsMs.push(await caller.call(shop, 0))
    }
    await Promise.all(held)
    const after = await settled(service)
    const more = after.workers - before.workers
    const of = (member: keyof Memory): string =>
      ((after.memory[member] - before.memory[member]) / Math.max(1, more)).toFixed(1)
    const speed = `median ${median(callsMs).toFixed(0)} ms, worst ${quantile(callsMs, 1).toFixed(0)} ms of ${callsMs.length}`
    const size = `private ${of('privateMiB')} MiB, PSS ${of('pssMiB')} MiB, RSS ${of('rssMiB')} MiB`
    return [
      shown(`new-worker-${subject.id}`, `new worker of a loaded version, ${subject.name}`, speed, callsMs),
      shown(`memory-${subject.id}`, `one more warm ${subject.name} worker, relay included`, size, { before, after }),
    ]
  } finally {
    caller.close()
  }
}

async function settled(service: Service) {
  await delay(SETTLE_MS)
  return { memory: memoryOf(descendantsOf(service.pid)), workers: await workersOf(service) }
}

async function warmCalls(subject: OtherSubject, shop: Workshop, plan: Plan): Promise<Row> {
  const ours = await aimAt(shop, TEXT, 'HAL 9000')
  const ruler = await startRuler(subject.id, 'strict')
  try {
    const strict = { url: ruler.url, headers: { 'Content-Type': TEXT }, body: 'HAL 9000' }
    const [warmUp, turn] = [WARM_UP_MS, plan.roundMs].map((durationMs) => ({ clients: CLIENTS, durationMs }))
    if (warmUp === undefined || turn === undefined) throw new Error('two pressures make two')
    for (const aim of [ours, strict]) await press(aim, warmUp)
    const results = await takeTurns(plan.rounds, { strict: () => press(strict, turn), ours: () => press(ours, turn) })
    const rates = { ours: results.ours.map(rateOf), strict: results.strict.map(rateOf) }
    const ratio = medianRatio(rates.ours, rates.strict).toFixed(2)
    const figure = `${median(rates.ours).toFixed(0)}/s, ${ratio} × strict`
    return shown(`warm-${subject.id}`, `warm calls, ${subject.name}, ${CLIENTS} clients`, figure, results)
  } finally {
    ruler.close()
  }
}

const rateOf = ({ callsPerSecond }: { readonly callsPerSecond: number }): number => callsPerSecond

function shown(id: string, what: string, figure: string, details: unknown): Row {
  return { id, what, bar: null, figure, holds: null, settings: SETTINGS, details }
}

export const languages: Bench = onService(
  'languages',
  async (service, plan) => {
    const rows: Row[] = []
    for (const subject of otherSubjects()) {
      const { shop, row } = await firstCalls(service, subject, plan)
      rows.push(row, ...(await newWorkers(service, subject, shop)), await warmCalls(subject, shop, plan))
    }
    return rows
  },
  SETTINGS,
)

if (import.meta.main) await runBenches([languages])
