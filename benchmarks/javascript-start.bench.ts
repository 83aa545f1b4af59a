/**
 * What a new JavaScript worker costs: time to its first answer and processor time until then, for a worker that is started by
 * itself and for one whose program waited (decision 0072); and for the first worker of an account, which always starts by
 * itself. Prints figures; it is not a test. Run with `bin/node benchmarks/javascript-start.bench.ts`; ROUNDS is the number of
 * rounds.
 *
 * The ways take turns in every round, since machines are noisy; figures are medians and the worst.
 */
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Bench, type Caller, openBench, textOf, until } from '../packages/runner/test-fixtures/harness.ts'

const WAYS = ['off', 'environment'] as const
const ROUNDS = Number(process.env.ROUNDS ?? 15)
const PATIENCE_MS = 120_000
const SETTLE_MS = 200
const SETTLE_TRIES = 300
const SOURCE = "exports.apply = (input) => 'Hello ' + input\n"
const LANGUAGES = join(import.meta.dirname, '../languages')

interface Way {
  readonly name: string
  readonly bench: Bench
  readonly call: Caller
  readonly startsMs: number[]
  readonly firstsMs: number[]
  /** Processor time of the worker until then, as its group counts it: without what was used before a call wanted it. */
  readonly usedMs: number[]
}

async function openWay(name: (typeof WAYS)[number]): Promise<Way> {
  const bench = await openBench({}, { zygotes: name, languagesFolder: LANGUAGES })
  const { result, log } = await bench.build({ 'src/Thing.js': SOURCE }, { language: 'javascript' })
  if (result.status !== 'succeeded') throw new Error(log)
  const call = bench.callerOf(result.artifact, { language: 'javascript' })
  const way: Way = { name, bench, call, startsMs: [], firstsMs: [], usedMs: [] }
  await answered(way)
  await endWorkers(way)
  return way
}

interface Answered {
  readonly tookMs: number
  readonly usedMs: number
}

async function answered({ call }: Pick<Way, 'call'>, accountId = 'caller'): Promise<Answered> {
  const startMs = performance.now()
  const outcome = await call('World', { timeLeftMs: PATIENCE_MS, accountId })
  const tookMs = performance.now() - startMs
  if (textOf(outcome) !== 'Hello World') throw new Error(textOf(outcome))
  const usage = outcome.kind === 'result' ? outcome.usage : undefined
  return { tookMs, usedMs: (usage?.cpuMicroseconds ?? Number.NaN) / 1000 }
}

/** And waits until what is kept ready is ready, as it would be between the calls of a person. */
async function endWorkers({ name, bench }: Way): Promise<void> {
  await bench.runner.recycle({})
  await until(() => bench.runner.stats().workers === 0, PATIENCE_MS)
  if (name === 'environment') await settled(bench)
}

/** A program that waits takes no more memory. */
async function settled({ runner }: Bench): Promise<void> {
  let before = 0
  for (let tries = 0; tries < SETTLE_TRIES; tries++) {
    await delay(SETTLE_MS)
    const { readyRuntimes = 0, runtimeBytes = 0 } = runner.templates() ?? {}
    if (readyRuntimes > 0 && runtimeBytes > 0 && runtimeBytes === before) return
    before = runtimeBytes
  }
  throw new Error('Nothing is kept ready')
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const cell = (value: number) => value.toFixed(1).padStart(10)

const ways: Way[] = []
try {
  for (const name of WAYS) ways.push(await openWay(name))
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of ways) {
      await endWorkers(way)
      const { tookMs, usedMs } = await answered(way)
      way.startsMs.push(tookMs)
      way.usedMs.push(usedMs)
    }
    for (const way of ways) way.firstsMs.push((await answered(way, `account-${round}`)).tookMs)
  }
  const user = process.getuid?.() === 0 ? 'root' : 'an ordinary user'
  process.stdout.write(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, as ${user}\n`)
  process.stdout.write(`${ROUNDS} rounds, load average ${loadavg()[0]?.toFixed(1)}; milliseconds to the first answer\n`)
  process.stdout.write('                   a new worker      worst  processor   first of an account      worst\n')
  for (const { name, startsMs, firstsMs, usedMs } of ways) {
    const figures = [median(startsMs), Math.max(...startsMs), median(usedMs), median(firstsMs), Math.max(...firstsMs)]
    process.stdout.write(`  ${name.padEnd(16)}${figures.map(cell).join(' ')}\n`)
  }
} finally {
  for (const { bench } of ways) await bench.close()
}
