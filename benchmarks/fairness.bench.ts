/**
 * What a caller has of a server that another caller floods. B calls with four clients; A floods the same server with many
 * connections, each of which calls again the moment it is answered. Two kinds of work of 5 ms: one that waits, with four
 * places for workers in all, and one that computes, of which A calls three algorithms and B one of them.
 *
 * - Share: with clients that never pause, B's worker time beside A's, as a part of what is fair: half, or all that B takes
 *   when it is alone if that is less.
 * - Latency: with clients that pause, so that B asks for less than half, its p99 beside the flood, as a multiple of its p99
 *   while the same flood goes to a server on this machine that only answers 429.
 *
 * The ways take turns in every round. Prints figures; it is not a test. `bin/node benchmarks/fairness.bench.ts [rounds]`
 */
import { cpus, loadavg } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { type Account, createAccount } from '../conformance/lib/accounts.ts'
import { createAlgorithm, publish, pushGreen } from '../conformance/lib/algorithms.ts'
import { startTarget, type Target } from '../conformance/lib/server.ts'
import { startFlood, startOnly429 } from './fairness/processes.ts'
import { openRequests } from './soak/request.ts'

const ROUNDS = Number(process.argv[2] ?? 5)
const SECONDS = Number(process.env.SECONDS ?? 4)
/** B calls before figures count, since what is compared is how it goes on beside a flood, not how it begins. */
const WARM_SECONDS = 1.5
const FLOOD_CONNECTIONS = Number(process.env.CONNECTIONS ?? 128)
const CLIENTS = 4
/** With 5 ms of work B then asks for less than half of one processor, and of four places. */
const PAUSE_MS = 40

const WAITS = 'import time\n\n\ndef apply(input):\n    time.sleep(0.005)\n    return input\n'
const COMPUTES = `import time


def apply(input):
    end = time.thread_time() + 0.005
    while time.thread_time() < end:
        pass
    return input
`

interface Work {
  readonly name: string
  readonly target: Target
  /** What B calls, and all that A does. */
  readonly url: string
  readonly urls: readonly string[]
  readonly a: Account
  readonly b: Account
}

interface Round {
  readonly alone: Called
  readonly flooded: Called
  /** Answered calls of A meanwhile, and refused ones. */
  readonly floods: { readonly answered: number; readonly refused: number }
}

interface Called {
  readonly calls: number
  readonly failed: number
  readonly p50Ms: number
  readonly p99Ms: number
}

interface WorkOptions {
  readonly name: string
  readonly source: string
  readonly versions: number
  readonly settings: Record<string, string>
}

async function openWork({ name, source, versions, settings }: WorkOptions): Promise<Work> {
  const target = await startTarget(settings)
  try {
    const owner = await createAccount(target, 'owner')
    const urls: string[] = []
    for (let each = 1; each <= versions; each++) {
      const { shop } = await createAlgorithm(target, owner, { name: `Work${each}`, language: 'python3' })
      await pushGreen(shop, { [`src/Work${each}.py`]: source })
      await publish(shop, { settings: { algorithm_callability: 'public' } })
      urls.push(shop.callUrl)
    }
    const [a, b] = [await createAccount(target, 'flooding'), await createAccount(target, 'calm')]
    return { name, target, url: urls[0] ?? '', urls, a, b }
  } catch (error) {
    await target.close()
    throw error
  }
}

/** B's calls for some seconds. */
async function callAsB({ url, b }: Work, pauseMs: number, seconds = SECONDS): Promise<Called> {
  const { send, close } = openRequests(CLIENTS)
  const tookMs: number[] = []
  let failed = 0
  const endAtMs = performance.now() + seconds * 1000
  const client = async (): Promise<void> => {
    while (performance.now() < endAtMs) {
      const sentAtMs = performance.now()
      const headers = { 'Content-Type': 'application/json' }
      const { status } = await send({ method: 'POST', url, key: b.key, headers, body: '1' })
      if (status === 200) tookMs.push(performance.now() - sentAtMs)
      else failed++
      if (pauseMs > 0) await delay(pauseMs * (0.5 + Math.random()))
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  close()
  tookMs.sort((x, y) => x - y)
  const quantile = (share: number) => tookMs[Math.floor(tookMs.length * share)] ?? Number.NaN
  return { calls: tookMs.length, failed, p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
}

/** B's calls while A floods these addresses. */
async function beside(work: Work, flooded: readonly string[], pauseMs: number): Promise<Omit<Round, 'alone'>> {
  const flood = startFlood(flooded, work.a.key, FLOOD_CONNECTIONS)
  try {
    await callAsB(work, pauseMs, WARM_SECONDS)
    const before = await flood.counts()
    const called = await callAsB(work, pauseMs)
    const after = await flood.counts()
    const more = (status: string) => (after[status] ?? 0) - (before[status] ?? 0)
    return { flooded: called, floods: { answered: more('200'), refused: more('429') + more('503') } }
  } finally {
    await flood.stop()
  }
}

/** Of what is fair: half of the worker time, or what B takes alone. Every call is as much work as any other. */
function shareOf({ alone, flooded, floods }: Round): number {
  return flooded.calls / Math.min(alone.calls, (flooded.calls + floods.answered) / 2)
}

async function measure(work: Work, only429: string): Promise<void> {
  const shares: number[] = []
  const ratios: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const alone = await callAsB(work, 0)
    const busy = { alone, ...(await beside(work, work.urls, 0)) }
    const calm = await beside(work, [`${only429}/v1/algo/any/Thing`], PAUSE_MS)
    const paced = await beside(work, work.urls, PAUSE_MS)
    shares.push(shareOf(busy))
    ratios.push(paced.flooded.p99Ms / calm.flooded.p99Ms)
    const a = `A ${rate(busy.floods.answered)} answered, ${rate(busy.floods.refused)} refused`
    process.stdout.write(
      `  ${round + 1}. never pausing: B ${rate(alone.calls)} alone, ${rate(busy.flooded.calls)} beside ${a}: ` +
        `${(shares.at(-1) ?? 0).toFixed(2)} of its fair share\n` +
        `     pausing: p50 and p99 ${ms(calm.flooded)} beside 429s (${rate(calm.floods.refused)}), ` +
        `${ms(paced.flooded)} beside the flood (${rate(paced.floods.answered)} answered, ${rate(paced.floods.refused)} refused): ` +
        `${(ratios.at(-1) ?? 0).toFixed(2)} times; B failed ${busy.flooded.failed + paced.flooded.failed + calm.flooded.failed}\n`,
    )
  }
  process.stdout.write(
    `${work.name}: median share of fair ${median(shares).toFixed(2)} (bar 0.9), ` +
      `median p99 ${median(ratios).toFixed(2)} times that beside 429s (bar 1.5)\n`,
  )
}

const rate = (calls: number) => `${(calls / SECONDS).toFixed(0)}/s`
const ms = ({ p50Ms, p99Ms }: Called) => `${p50Ms.toFixed(1)} and ${p99Ms.toFixed(1)} ms`
const median = (values: readonly number[]) =>
  values.toSorted((x, y) => x - y)[Math.floor(values.length / 2)] ?? Number.NaN

async function run(options: WorkOptions): Promise<void> {
  const work = await openWork(options)
  const only429 = await startOnly429()
  try {
    await measure(work, only429.url)
  } finally {
    await only429.close()
    await work.target.close()
  }
}

process.stdout.write(
  `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, load average ${loadavg()[0]?.toFixed(1)}; ` +
    `${ROUNDS} rounds of ${SECONDS} s, A with ${FLOOD_CONNECTIONS} connections, B with ${CLIENTS}\n`,
)
const places = { ALGORIST_WORKERS_TOTAL: '4' }
await run({ name: '5 ms that wait, 4 places', source: WAITS, versions: 1, settings: places })
await run({ name: '5 ms that compute', source: COMPUTES, versions: 3, settings: {} })
