/**
 * From a fresh clone to the first successful call: `git clone`, `bin/up --detach`, a call of `demo/Hello`. Package caches are
 * as they are, so it measures what it says after it has run once. `bin/node benchmarks/clone.bench.ts`; a minute.
 */
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gitOrFail } from '../conformance/lib/algorithms.ts'
import { curl } from '../conformance/lib/curl.ts'
import { run } from '../conformance/lib/processes.ts'
import type { Bench, Plan, Row } from './lib/bench.ts'
import { runBenches } from './lib/run-benches.ts'
import { median } from './lib/statistics.ts'

const ROOT = resolve(import.meta.dirname, '..')
const MOST_MS = 60_000
const UP_TIMEOUT_MS = 280_000
const STOP_TIMEOUT_MS = 20_000
/** Nothing in it varies but the machine, and it loads the registries. */
const MOST_ROUNDS = 3

/** This environment, since registries and caches are found by it, without settings of a server. */
function environment(home: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('ALGORI') && name !== 'NODE_COMPILE_CACHE',
  )
  const given = kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  return { ...Object.fromEntries(given), ALGORIST_HOME: home, ALGORIST_PORT: '0' }
}

async function readServer(home: string): Promise<{ url: string; pid: number }> {
  return JSON.parse(await readFile(join(home, 'run/server.json'), 'utf8'))
}

async function firstCall(home: string): Promise<void> {
  const { api_key: key } = JSON.parse(await readFile(join(home, 'bootstrap.json'), 'utf8'))
  const url = `${(await readServer(home)).url}/v1/algo/demo/Hello`
  const reply = await curl('POST', url, { key, contentType: 'text/plain', body: 'HAL 9000' })
  if (reply.status !== 200) throw new Error(`${url}: ${reply.text}`)
}

async function stop(home: string): Promise<void> {
  const server = await readServer(home).catch(() => null)
  if (server === null) return
  const isAlive = (): boolean => {
    try {
      return process.kill(server.pid, 0)
    } catch {
      return false
    }
  }
  if (isAlive()) process.kill(server.pid, 'SIGTERM')
  for (const giveUpAtMs = performance.now() + STOP_TIMEOUT_MS; isAlive() && performance.now() < giveUpAtMs; )
    await delay(50)
}

/** @throws Error with what `bin/up` printed */
async function once(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-fresh-'))
  const [checkout, home] = [join(folder, 'algorist'), join(folder, 'home')]
  try {
    await chmod(folder, 0o755)
    const startMs = performance.now()
    await gitOrFail(folder, 'clone', '-q', ROOT, checkout)
    const up = await run(join(checkout, 'bin/up'), ['--detach'], { env: environment(home), timeoutMs: UP_TIMEOUT_MS })
    if (up.code !== 0) throw new Error(`bin/up ended with ${up.code}: ${up.stderr}${up.stdout}`)
    await firstCall(home)
    return performance.now() - startMs
  } finally {
    await stop(home)
    await rm(folder, { recursive: true, force: true })
  }
}

async function measure(plan: Plan): Promise<Row[]> {
  const tookMs: number[] = []
  for (let round = 0; round < Math.min(plan.rounds, MOST_ROUNDS); round++) tookMs.push(await once())
  return [
    {
      id: 'clone',
      what: 'clone to first successful call, warm package caches',
      bar: `≤ ${MOST_MS / 1000} s`,
      figure: tookMs.map((each) => `${(each / 1000).toFixed(1)} s`).join(', '),
      holds: median(tookMs) <= MOST_MS,
      settings: {},
      details: { tookMs },
    },
  ]
}

export const clone: Bench = { name: 'clone', measure }

if (import.meta.main) await runBenches([clone])
