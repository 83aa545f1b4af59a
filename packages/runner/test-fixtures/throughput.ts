/**
 * Prints what a warm call through the runner costs, and what one more idle worker does to memory. Not a test: figures
 * differ from machine to machine. Run: node packages/runner/test-fixtures/throughput.ts
 */
import { readdirSync, readFileSync } from 'node:fs'
import { type Caller, openBench, UID_BASE } from './harness.ts'

const ROUNDS = 3
const CALLS = 10_000
const bench = await openBench()
const echo = await bench.algorithm('def apply(body, kind): return kind, body')

const cold: number[] = []
for (let index = 0; index < 10; index++) {
  const outcome = await echo('x', { accountId: `cold${index}`, hostUid: 100 + index })
  if (outcome.kind === 'result') cold.push(outcome.timing.startMs)
}
await bench.runner.recycle({})
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
console.log(`new worker: median ${median(cold).toFixed(1)} ms, slowest ${Math.max(...cold).toFixed(1)} ms`)

for (let round = 0; round < ROUNDS; round++) {
  for (const clients of [1, 32])
    console.log(`${clients} clients: ${Math.round(await callsPerSecond(echo, clients))} calls/s`)
}
const text = JSON.stringify({ text: 'x'.repeat(1024 * 1024) })
const startMs = performance.now()
for (let index = 0; index < 50; index++) await echo(text, { contentType: 'json' })
console.log(`1 MiB JSON echo: ${((performance.now() - startMs) / 50).toFixed(2)} ms each`)
for (const line of await workerMemory(echo)) console.log(line)
await bench.close()

async function callsPerSecond(call: Caller, clients: number): Promise<number> {
  let left = CALLS
  const startMs = performance.now()
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (left-- > 0) await call('hello')
    }),
  )
  return (CALLS / (performance.now() - startMs)) * 1000
}

/** Private memory of each process of one worker (root only: it is found by its uid). */
async function workerMemory(call: Caller): Promise<string[]> {
  const hostUid = 77
  await call('x', { accountId: 'memory', hostUid })
  const uid = UID_BASE + hostUid
  return readdirSync('/proc').flatMap((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/status`, 'latin1').includes(`\nUid:\t${uid}\t`)) return []
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
      const kib = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(rollup)?.[1] ?? 0)
      const name = readFileSync(`/proc/${pid}/comm`, 'latin1').trim()
      return [`${name}: private ${kib('Private_Dirty')} KiB dirty + ${kib('Private_Clean')} KiB clean`]
    } catch {
      return []
    }
  })
}
