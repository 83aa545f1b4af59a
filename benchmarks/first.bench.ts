/**
 * The first question: what does a warm call cost beside the strict ruler, and what do an idle server and one idle
 * worker occupy? Prints figures; it is not a test. Run with `bin/node benchmarks/first.bench.ts`; about two minutes.
 *
 * Rounds of both sides alternate, since machines are noisy; each figure is the median of the rounds.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { type Account, createAccount } from '../conformance/lib/accounts.ts'
import { curl } from '../conformance/lib/curl.ts'
import { installDemo } from '../conformance/lib/demo.ts'
import { startTarget, type Target } from '../conformance/lib/server.ts'
import { type LoadResult, load } from './load.ts'
import { descendantsOf, type Memory, memoryOf, nameOf } from './memory.ts'

const ROUNDS = 5
const ROUND_MS = 2000
const WARM_UP_MS = 1000
const CLIENTS = [1, 32]
const SETTLE_MS = 2000
const BODY = 'HAL 9000'

const SIDES = [
  { name: 'Python demo/Hello', language: 'python', algorithm: 'demo/Hello' },
  { name: 'JavaScript util/Echo', language: 'javascript', algorithm: 'util/Echo' },
] as const

interface Ruler {
  readonly url: string
  close(): void
}

async function startRuler(language: string): Promise<Ruler> {
  const child = spawn(process.execPath, [`${import.meta.dirname}/ruler/server.ts`, language], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = await once(createInterface({ input: child.stdout }), 'line')
  return { url, close: () => stop(child) }
}

function stop(child: ChildProcess): void {
  child.kill('SIGKILL')
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function callAlgorist(target: Target, { key }: Account, side: { algorithm: string }) {
  const headers = { Authorization: `Simple ${key}`, 'Content-Type': 'text/plain' }
  return { url: `${target.url}/v1/algo/${side.algorithm}`, headers, body: BODY }
}

async function compare(target: Target, account: Account): Promise<void> {
  for (const side of SIDES) {
    const ruler = await startRuler(side.language)
    const ours = callAlgorist(target, account, side)
    const strict = { url: `${ruler.url}/`, headers: { 'Content-Type': 'text/plain' }, body: BODY }
    for (const connections of CLIENTS) {
      const results: { ours: LoadResult[]; strict: LoadResult[] } = { ours: [], strict: [] }
      await load({ ...strict, connections, durationMs: WARM_UP_MS })
      await load({ ...ours, connections, durationMs: WARM_UP_MS })
      for (let round = 0; round < ROUNDS; round++) {
        results.strict.push(await load({ ...strict, connections, durationMs: ROUND_MS }))
        results.ours.push(await load({ ...ours, connections, durationMs: ROUND_MS }))
      }
      report(`${side.name}, ${connections} client${connections === 1 ? '' : 's'}`, results)
    }
    ruler.close()
  }
}

function report(what: string, { ours, strict }: { ours: LoadResult[]; strict: LoadResult[] }): void {
  const rate = (results: LoadResult[]): number => median(results.map((each) => each.callsPerSecond))
  const p50 = (results: LoadResult[]): number => median(results.map((each) => each.p50Ms))
  const row = (name: string, results: LoadResult[]): string =>
    `  ${name.padEnd(14)} ${rate(results).toFixed(0).padStart(8)} calls/s   p50 ${p50(results).toFixed(3).padStart(7)} ms`
  const ratios = `${(rate(ours) / rate(strict)).toFixed(2)} x calls/s   ${(p50(ours) / p50(strict)).toFixed(2)} x p50`
  print(what, row('Algorist', ours), row('strict ruler', strict), `  ratio          ${ratios}`, '')
}

/** Makes one worker of each language and tells it from the rest by being new. */
async function reportWorkers(target: Target, account: Account, serverPid: number): Promise<void> {
  for (const side of SIDES) {
    const before = descendantsOf(serverPid)
    const { url, headers, body } = callAlgorist(target, account, side)
    const reply = await curl('POST', url, { headers: Object.entries(headers).map((pair) => pair.join(': ')), body })
    if (reply.status !== 200) throw new Error(reply.text)
    await delay(SETTLE_MS)
    const added = [...descendantsOf(serverPid)].filter((pid) => !before.has(pid))
    print(`${`one idle worker, ${side.name}`.padEnd(42)} ${show(memoryOf(added))}   (${added.map(nameOf).join(' + ')})`)
  }
  print('')
}

function show({ rssMiB, pssMiB }: Memory): string {
  return `RSS ${rssMiB.toFixed(1).padStart(6)} MiB   PSS ${pssMiB.toFixed(1).padStart(6)} MiB`
}

function print(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

const target = await startTarget()
try {
  if (target.pid === null) throw new Error('This benchmark starts its own server: unset ALGORIST_TARGET')
  print(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, median of ${ROUNDS} rounds`, '')
  await delay(SETTLE_MS)
  print(`${'idle server'.padEnd(42)} ${show(memoryOf([target.pid]))}`)
  await installDemo(target)
  const account = await createAccount(target, 'bench')
  await reportWorkers(target, account, target.pid)
  await compare(target, account)
} finally {
  await target.close()
}
