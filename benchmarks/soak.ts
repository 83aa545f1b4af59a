/**
 * The soak: mixed load on a fresh server for an hour while processes of its workers are killed at random, and what it holds
 * all the while: memory, descriptors, processes, control groups, temporary files, and how late its event loop is. Afterwards
 * it says what grew, what is still there once the load is over, and what was answered as it should not be.
 *
 *     bin/node benchmarks/soak.ts [--minutes 60] [--rate 200] [--kill-seconds 5] [--seed 1] [--json FILE] [--plot FILE]
 *
 * Ends with 1 when something leaked, an acknowledged call has no result, or an answer was a surprise.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createRandom } from '../conformance/crash/random.ts'
import { startTarget, type Target } from '../conformance/lib/server.ts'
import { type Farm, makeFarm } from './soak/farm.ts'
import { startKiller } from './soak/killer.ts'
import { kindsOf } from './soak/kinds.ts'
import { followLaterCalls } from './soak/later-calls.ts'
import { drawSamples } from './soak/plot.ts'
import { describeSoak, type SoakReport } from './soak/report.ts'
import { openRequests, type Send } from './soak/request.ts'
import { type Sample, takeSample, type Watched } from './soak/samples.ts'
import { createTally, type Tally } from './soak/tally.ts'
import { runTraffic } from './soak/traffic.ts'
import { growthOf, heldAfter, isBackToIdle } from './soak/verdicts.ts'

const SAMPLE_MS = 10_000
const BUILD_MS = 60_000
const MOST_UNDER_WAY = 64
/** Results of calls for later are looked for besides. */
const CONNECTIONS = MOST_UNDER_WAY + 8
const IDLE_SECONDS = 20
/** Workers and templates end after their idle time, and connections that clients keep are closed after 80 s. */
const BACK_TO_IDLE_MS = 180_000
const LATER_MS = 120_000
const INSIDE = join(import.meta.dirname, 'soak/inside.ts')

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '200' },
    'kill-seconds': { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
    plot: { type: 'string' },
  },
})
const plan = {
  minutes: Number(values.minutes),
  perSecond: Number(values.rate),
  killSeconds: Number(values['kill-seconds']),
  seed: Number(values.seed),
}

interface Soaked {
  readonly target: Target
  readonly watched: Watched
  readonly farm: Farm
  readonly send: Send
}

/** Calls everything once for everybody, so that what is made at first use is there, and waits until all is idle. */
async function warm({ farm, send, target }: Soaked): Promise<void> {
  const tally = createTally()
  const later = followLaterCalls({ url: target.url, send, tally })
  const kinds = kindsOf({ url: target.url, farm, send, later })
  for (const kind of kinds) for (const caller of farm.callers) tally.add(kind.name, await kind.make(caller, -1))
  await later.settle(LATER_MS)
  const { surprises } = tally.total()
  if (surprises > 0) throw new Error(`Answers are wrong before the soak: ${JSON.stringify(tally.surprises())}`)
}

/** Until workers have ended: processes and descriptors are the same for longer than an idle worker lives. */
async function idle(watched: Watched): Promise<Sample> {
  const isSame = (a: Sample, b: Sample) => a.processes === b.processes && a.descriptors === b.descriptors
  let [sample, unchangedMs] = [takeSample(watched, 0, 0), 0]
  for (const giveUpAtMs = performance.now() + BACK_TO_IDLE_MS; performance.now() < giveUpAtMs; ) {
    await delay(SAMPLE_MS)
    const next = takeSample(watched, 0, 0)
    unchangedMs = isSame(sample, next) ? unchangedMs + SAMPLE_MS : 0
    sample = next
    if (unchangedMs > IDLE_SECONDS * 1000) return sample
  }
  throw new Error('The server was not idle within three minutes after its first calls')
}

async function backToIdle(watch: () => Sample, before: Sample): Promise<Sample> {
  const giveUpAtMs = performance.now() + BACK_TO_IDLE_MS
  for (;;) {
    await delay(SAMPLE_MS)
    const sample = watch()
    if (isBackToIdle(before, sample) || performance.now() > giveUpAtMs) return sample
  }
}

async function keepBuilding(farm: Farm, tally: Tally, untilMs: number): Promise<void> {
  for (let count = 0; performance.now() + BUILD_MS < untilMs; count++) {
    await delay(BUILD_MS)
    try {
      await farm.rebuild(count)
      tally.add('build', 'right')
    } catch (error) {
      tally.add('build', { surprise: String(error) })
    }
  }
}

async function soak(soaked: Soaked, requests: { close(): void }): Promise<SoakReport> {
  const { target, watched, farm, send } = soaked
  const tally = createTally()
  const random = createRandom(plan.seed)
  await warm(soaked)
  requests.close()
  const before = await idle(watched)
  const startedAtMs = performance.now()
  const elapsedSeconds = () => (performance.now() - startedAtMs) / 1000
  const killer = startKiller({ serverPid: watched.pid, everyMs: plan.killSeconds * 1000, random })
  const samples: Sample[] = []
  const watch = () => {
    const sample = takeSample(watched, elapsedSeconds(), killer.kills())
    samples.push(sample)
    return sample
  }
  const sampler = setInterval(watch, SAMPLE_MS)
  try {
    const later = followLaterCalls({ url: target.url, send, tally })
    const kinds = kindsOf({ url: target.url, farm, send, later })
    const durationMs = plan.minutes * 60_000
    const building = keepBuilding(farm, tally, startedAtMs + durationMs)
    const load = { kinds, callers: farm.callers, perSecond: plan.perSecond, mostUnderWay: MOST_UNDER_WAY, durationMs }
    const traffic = await runTraffic({ ...load, random, tally })
    await building
    await killer.stop()
    const loadedSeconds = elapsedSeconds()
    const unanswered = await later.settle(LATER_MS)
    clearInterval(sampler)
    requests.close()
    const after = await backToIdle(watch, before)
    return {
      ...{ plan, before, after, samples, loadedSeconds, traffic, unanswered, kills: killer.kills() },
      machine: `${cpus().length} x ${cpus()[0]?.model}, load average ${loadavg()[0]?.toFixed(1)}`,
      kinds: tally.kinds(),
      surprises: tally.surprises(),
      total: tally.total(),
      growth: growthOf(samples.filter(({ seconds }) => seconds <= loadedSeconds)),
      held: heldAfter(before, after),
    }
  } finally {
    clearInterval(sampler)
    await killer.stop()
  }
}

async function run(folder: string): Promise<SoakReport> {
  const insideFile = join(folder, 'inside.json')
  const temporary = join(folder, 'tmp')
  await mkdir(temporary)
  const target = await startTarget({
    ALGORIST_WORKER_IDLE_SECONDS: String(IDLE_SECONDS),
    NODE_OPTIONS: `--import=${INSIDE}`,
    SOAK_INSIDE: insideFile,
    TMPDIR: temporary,
  })
  const requests = openRequests(CONNECTIONS)
  try {
    const { pid, home, url } = target
    if (pid === null || home === null) throw new Error('A soak starts its own server: unset ALGORIST_TARGET')
    const { send } = requests
    const farm = await makeFarm(target, async ({ key }) => {
      const headers = { 'Content-Type': 'application/json' }
      const made = await send({ method: 'POST', url: `${url}/v1/data/.my`, key, headers, body: '{"name":"soak"}' })
      if (made.status !== 200) throw new Error(`No collection: ${made.status} ${made.body}`)
    })
    const folders = [temporary, join(home, 'runner/run'), join(home, 'run')]
    return await soak({ target, watched: { pid, insideFile, folders }, farm, send }, requests)
  } finally {
    requests.close()
    await target.close()
  }
}

const folder = await mkdtemp(join(tmpdir(), 'algorist-soak-'))
try {
  const report = await run(folder)
  const { text, isGood, captions } = describeSoak(report)
  process.stdout.write(text)
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 1)}\n`)
  if (values.plot !== undefined) {
    await writeFile(values.plot, drawSamples(report.samples, captions, [0, report.loadedSeconds]))
  }
  process.exitCode = isGood ? 0 : 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
