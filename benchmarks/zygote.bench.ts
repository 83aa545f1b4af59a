/**
 * What forking workers is worth: time to the first answer of a new worker, one at a time and in a burst, and memory of a
 * further worker; without templates, with those of environments, with those of versions (decision 0044). Prints figures;
 * it is not a test. Run with `bin/node benchmarks/zygote.bench.ts [folder]`; the folder is a library set for the second
 * half, made with `pip install --target <folder> numpy pandas`.
 *
 * The three ways take turns in every round, since machines are noisy; figures are medians and the worst.
 */
import { cpSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Bench, type Caller, openBench, textOf, until } from '../packages/runner/test-fixtures/harness.ts'
import { descendantsOf, type Memory, memoryOf } from './memory.ts'

const WAYS = ['off', 'environment', 'version'] as const
const ROUNDS = Number(process.env.ROUNDS ?? 5)
const SINGLES_PER_ROUND = 4
const BURST = 20
const HOLD_MS = 1500
const LANGUAGES = join(import.meta.dirname, '../languages')

const SOURCE = `
import os, time
%s
def apply(order):
    if order == "exit":
        os._exit(0)
    if order == "hold":
        time.sleep(${HOLD_MS / 1000})
    return order
`

interface Way {
  readonly name: string
  readonly bench: Bench
  readonly call: Caller
  readonly singlesMs: number[]
  readonly burstsMs: number[]
  readonly further: Memory[]
}

async function openWay(name: (typeof WAYS)[number], imports: string, site: string | null): Promise<Way> {
  const limits = { workersPerVersion: BURST, loadingPerVersion: BURST, workers: 64, sharedMemoryBytes: 0 }
  const bench = await openBench(limits, { zygotes: name, languagesFolder: LANGUAGES })
  const source = SOURCE.replace('%s', imports)
  const { result, log } = await bench.build({ 'src/Thing.py': source }, { language: 'python3' })
  if (result.status !== 'succeeded') throw new Error(log)
  if (site !== null) {
    cpSync(site, join(bench.home, 'artifacts', result.artifact, '.algorist', 'site'), { recursive: true })
  }
  const call = bench.callerOf(result.artifact, { language: 'python3' })
  const way = { name, bench, call, singlesMs: [], burstsMs: [], further: [] }
  // Templates are there before anything is measured, as they would be on a server that has been used.
  await Promise.all([held(way), held(way)])
  if (name === 'version') await until(() => bench.log.some((line) => line.startsWith('version ')), 60_000)
  await endWorkers(way)
  return way
}

const held = ({ call }: Pick<Way, 'call'>) => answered(call, 'hold')

async function answered(call: Caller, order: string): Promise<void> {
  const outcome = await call(order, { timeLeftMs: 120_000 })
  if (textOf(outcome) !== order) throw new Error(textOf(outcome))
}

async function endWorkers({ bench, call }: Pick<Way, 'bench' | 'call'>): Promise<void> {
  for (let { workers } = bench.runner.stats(); workers > 0; workers = bench.runner.stats().workers) {
    const before = workers
    await call('exit')
    await until(() => bench.runner.stats().workers < before)
  }
}

async function single(way: Way): Promise<void> {
  await endWorkers(way)
  const startMs = performance.now()
  await answered(way.call, 'hello')
  way.singlesMs.push(performance.now() - startMs)
}

/** From one worker to many: all have answered. */
async function burst(way: Way): Promise<void> {
  const before = await settledMemory()
  const startMs = performance.now()
  await Promise.all(Array.from({ length: BURST }, () => held(way)))
  way.burstsMs.push(performance.now() - startMs - HOLD_MS)
  const after = await settledMemory()
  const of = (name: keyof Memory) => (after[name] - before[name]) / (BURST - 1)
  if (way.bench.runner.stats().workers !== BURST) throw new Error('Not every call had a worker of its own')
  way.further.push({ rssMiB: of('rssMiB'), pssMiB: of('pssMiB'), privateMiB: of('privateMiB') })
}

async function settledMemory(): Promise<Memory> {
  await delay(300)
  return memoryOf(descendantsOf(process.pid))
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const cell = (value: number) => value.toFixed(1).padStart(8)

async function measure(title: string, imports: string, site: string | null): Promise<void> {
  const ways: Way[] = []
  try {
    for (const name of WAYS) ways.push(await openWay(name, imports, site))
    for (let round = 0; round < ROUNDS; round++) {
      for (const way of ways) for (let count = 0; count < SINGLES_PER_ROUND; count++) await single(way)
      for (const way of ways) {
        await burst(way)
        await endWorkers(way)
      }
    }
  } finally {
    for (const { bench } of ways) await bench.close()
  }
  const load = loadavg()[0]?.toFixed(1)
  process.stdout.write(`${title}; ${ROUNDS} rounds, load average ${load}\n`)
  process.stdout.write(
    '                one worker ms    worst  1 → 20 ms    worst   PSS MiB  private MiB (of a further worker)\n',
  )
  for (const { bench } of ways) {
    for (const line of bench.log.filter((each) => each.startsWith('version is not')))
      process.stdout.write(`  ${line}\n`)
  }
  for (const { name, singlesMs, burstsMs, further } of ways) {
    const memory = [further.map(({ pssMiB }) => pssMiB), further.map(({ privateMiB }) => privateMiB)].map(median)
    const times = [median(singlesMs), Math.max(...singlesMs), median(burstsMs), Math.max(...burstsMs)]
    process.stdout.write(`  ${name.padEnd(18)}${[...times, ...memory].map(cell).join('   ')}\n`)
  }
}

const [, , site = null] = process.argv
const user = process.getuid?.() === 0 ? 'root' : 'an ordinary user'
process.stdout.write(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, as ${user}\n`)
await measure('hello', '', null)
if (site === null) process.stdout.write('No folder of libraries was given: the second half is skipped.\n')
else await measure('libraries', 'import numpy, pandas', site)
