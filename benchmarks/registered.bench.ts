/**
 * Does it matter how many algorithms are registered? A server with 10,000, each with a published version, brought in by the
 * import command, beside one with none of them: memory at rest, and calls of the same algorithm in turns.
 * `bin/node benchmarks/registered.bench.ts`; the import makes a repository for each, five minutes.
 */
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { succeed } from '../conformance/lib/algorist.ts'
import { openDatabase } from '../conformance/lib/databases.ts'
import { gitBundle, goodParts, writeParts } from '../packages/server/src/transfer/testing.ts'
import type { Bench, Plan, Row } from './lib/bench.ts'
import { type Aim, press } from './lib/generator.ts'
import { runBenches } from './lib/run-benches.ts'
import { openService, type Service } from './lib/service.ts'
import { median, medianRatio, takeTurns } from './lib/statistics.ts'
import { aimAt, install, PYTHON, TEXT } from './lib/subjects.ts'
import { memoryOf } from './memory.ts'

const ALGORITHMS = 10_000
const QUICK_ALGORITHMS = 100
const CLIENTS = 8
/** At least: medians of three differ by more than is asked, and to make the algorithms takes minutes anyway. */
const LEAST_ROUNDS = 15
const SETTLE_MS = 10_000
const MOST_MIB = 300
/** What two equal servers differ by on a quiet machine. */
const NO_EFFECT = 1.05

/** One account with so many private algorithms, as an export of another installation would have it. */
async function writeMany(path: string, count: number): Promise<void> {
  const repository = gitBundle()
  const parts = goodParts('many', repository)
  const numbers = Array.from({ length: count }, (_, index) => index)
  const algorithms = numbers.flatMap((number) =>
    goodParts('many', repository).algorithms.map((algorithm) => ({
      ...algorithm,
      name: `Many${number}`,
      id: randomUUID(),
      default_collection: undefined,
      builds: algorithm.builds.slice(0, 1),
      versions: algorithm.versions.slice(0, 1),
    })),
  )
  const repositories = Object.fromEntries(
    numbers.map((number) => [`algorithms/Many${number}.bundle`, repository.bundle]),
  )
  await writeParts(path, { ...parts, algorithms, repositories, collections: [], files: [] })
}

/** @param home of a stopped server: builds would begin at its start, and are taken for done */
async function importMany(home: string, folder: string, count: number): Promise<void> {
  const bundle = join(folder, 'many.tar')
  await writeMany(bundle, count)
  await succeed(home, ['import', bundle])
  const database = await openDatabase('sqlite', home)
  database.execute(`update builds set status = 'succeeded', artifact = id, finished_at = started_at, log = ''
    where status = 'in-progress'`)
  await database.close()
}

interface Measured {
  readonly idleMiB: number
  readonly service: Service
  readonly aim: Aim
}

async function openMeasured(plan: Plan, home: string): Promise<Measured> {
  const service = await openService(plan, { ALGORIST_HOME: home })
  try {
    await delay(plan.isQuick ? 1000 : SETTLE_MS)
    const idleMiB = memoryOf([service.pid]).rssMiB
    const aim = await aimAt(await install(service, PYTHON, { name: 'Registered' }), TEXT, 'HAL 9000')
    return { service, aim, idleMiB }
  } catch (error) {
    await service.close()
    throw error
  }
}

async function compare(plan: Plan, few: Measured, many: Measured, count: number): Promise<Row> {
  const pressure = { clients: CLIENTS, durationMs: plan.roundMs }
  for (const { aim } of [few, many]) await press(aim, pressure)
  const turns = await takeTurns(plan.isQuick ? plan.rounds : Math.max(plan.rounds, LEAST_ROUNDS), {
    few: () => press(few.aim, pressure),
    many: () => press(many.aim, pressure),
  })
  const ratioOf = (member: 'p50Ms' | 'p99Ms' | 'callsPerSecond'): number =>
    medianRatio(
      turns.many.map((each) => each[member]),
      turns.few.map((each) => each[member]),
    )
  const [p50, p99] = [ratioOf('p50Ms'), ratioOf('p99Ms')]
  const p50Ms = median(turns.many.map((each) => each.p50Ms))
  const memory = `${many.idleMiB.toFixed(0)} MiB idle (${few.idleMiB.toFixed(0)} without)`
  return {
    id: 'registered',
    what: `${count} algorithms registered by the import command, ${CLIENTS} clients`,
    bar: `p50 ≤ ${NO_EFFECT} × without them; server ≤ ${MOST_MIB} MiB idle`,
    figure: `p50 ${p50.toFixed(2)} × (${p50Ms.toFixed(2)} ms), p99 ${p99.toFixed(2)} ×; ${memory}`,
    holds: p50 <= NO_EFFECT && many.idleMiB <= MOST_MIB,
    settings: {},
    details: { ...turns, fewIdleMiB: few.idleMiB, manyIdleMiB: many.idleMiB },
  }
}

async function measure(plan: Plan): Promise<Row[]> {
  const count = plan.isQuick ? QUICK_ALGORITHMS : ALGORITHMS
  const folder = await mkdtemp(join(tmpdir(), 'algorist-registered-'))
  const opened: Measured[] = []
  try {
    // Workers run under other users, who must be able to walk down to their artifact.
    await chmod(folder, 0o755)
    const [fewHome, manyHome] = [join(folder, 'few'), join(folder, 'many')]
    await (await openService(plan, { ALGORIST_HOME: manyHome })).close()
    await importMany(manyHome, folder, count)
    for (const home of [fewHome, manyHome]) opened.push(await openMeasured(plan, home))
    const [few, many] = opened
    if (!few || !many) throw new Error('A server is missing')
    return [await compare(plan, few, many, count)]
  } finally {
    for (const { service } of opened) await service.close()
    await rm(folder, { recursive: true, force: true })
  }
}

export const registered: Bench = { name: 'registered', measure }

if (import.meta.main) await runBenches([registered])
