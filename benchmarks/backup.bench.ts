/**
 * How much does a backup slow calls and puts down? Rounds without and with one take turns on the same server; with one, a
 * backup runs all the time, the next one after the last. Prints figures; it is not a test.
 *
 *   bin/node benchmarks/backup.bench.ts                       five rounds of 10 seconds, 300 MiB of files
 *   bin/node benchmarks/backup.bench.ts --rounds 3 --mib 1000
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Account, createAccount } from '../conformance/lib/accounts.ts'
import { createAlgorithm, expectGreen, publish, waitForBuild } from '../conformance/lib/algorithms.ts'
import { startTarget, type Target } from '../conformance/lib/server.ts'

const CLI = resolve(import.meta.dirname, '../packages/server/src/cli.ts')
const ROUND_MS = 10_000
const CALLERS = 8
const PUTTERS = 2
const PUT_BYTES = 10_000
const MIB = 1024 * 1024

interface Figures {
  readonly callsPerSecond: number
  readonly callP99Ms: number
  readonly putsPerSecond: number
  readonly putP99Ms: number
}

async function send(url: string, init: RequestInit, { key }: Account): Promise<void> {
  const reply = await fetch(url, { ...init, headers: { Authorization: `Simple ${key}`, ...init.headers } })
  const text = await reply.text()
  if (reply.status !== 200) throw new Error(`${init.method} ${url}: ${reply.status} ${text}`)
}

/** Milliseconds of each request of so many clients until the time is over. */
async function repeat(clients: number, work: (client: number) => Promise<void>): Promise<number[]> {
  const tookMs: number[] = []
  const endAtMs = performance.now() + ROUND_MS
  const run = async (client: number) => {
    for (let startMs = performance.now(); startMs < endAtMs; startMs = performance.now()) {
      await work(client)
      tookMs.push(performance.now() - startMs)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => run(client)))
  return tookMs.sort((a, b) => a - b)
}

async function measure({ url }: Target, owner: Account): Promise<Figures> {
  const json = { 'Content-Type': 'application/json' }
  const body = Buffer.alloc(PUT_BYTES, 'x')
  const call = () =>
    send(`${url}/v1/algo/${owner.username}/Echo/0.1.0`, { method: 'POST', body: '"x"', headers: json }, owner)
  const put = (client: number) =>
    send(`${url}/v1/data/${owner.username}/box/put${client}`, { method: 'PUT', body }, owner)
  const [calls, puts] = await Promise.all([repeat(CALLERS, call), repeat(PUTTERS, put)])
  const perSecond = (times: number[]) => (times.length * 1000) / ROUND_MS
  const p99 = (times: number[]) => times[Math.floor(times.length * 0.99)] ?? Number.NaN
  return {
    callsPerSecond: perSecond(calls),
    callP99Ms: p99(calls),
    putsPerSecond: perSecond(puts),
    putP99Ms: p99(puts),
  }
}

/** Backs up again and again; answers how often until it is told to stop. */
function keepBackingUp(home: string, folder: string) {
  let isStopped = false
  const run = async () => {
    let count = 0
    for (; !isStopped; count++) {
      const backup = join(folder, `backup-${count}`)
      const env = { PATH: process.env.PATH, HOME: '/nonexistent', ALGORIST_HOME: home }
      const child = spawn(process.execPath, [CLI, 'backup', backup], { env, stdio: 'ignore' })
      const [code] = await once(child, 'exit')
      if (code !== 0) throw new Error(`a backup ended with ${code}`)
      await rm(backup, { recursive: true })
    }
    return count
  }
  const done = run()
  done.catch(() => {})
  return {
    stop(): Promise<number> {
      isStopped = true
      return done
    },
  }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

function show(name: string, rounds: readonly Figures[]): void {
  const of = (member: keyof Figures) => median(rounds.map((round) => round[member])).toFixed(1)
  const calls = `${of('callsPerSecond')} calls/s, p99 ${of('callP99Ms')} ms`
  console.log(`${name}: ${calls}; ${of('putsPerSecond')} puts/s, p99 ${of('putP99Ms')} ms`)
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, mib: { type: 'string', default: '300' } },
})
const folder = await mkdtemp(join(tmpdir(), 'algorist-backup-bench-'))
const target = await startTarget()
try {
  const owner = await createAccount(target, 'bench')
  const { shop } = await createAlgorithm(target, owner, { name: 'Echo', language: 'javascript' })
  await expectGreen(shop, await waitForBuild(shop))
  await publish(shop)
  const home = `${target.url}/v1/data/${owner.username}`
  await send(home, { method: 'POST', body: '{"name":"box"}' }, owner)
  const body = Buffer.alloc(MIB, 'content')
  for (let file = 0; file < Number(values.mib); file++)
    await send(`${home}/box/${file}`, { method: 'PUT', body }, owner)
  const [without, during]: [Figures[], Figures[]] = [[], []]
  let backups = 0
  for (let round = 0; round < Number(values.rounds); round++) {
    without.push(await measure(target, owner))
    const backing = keepBackingUp(target.home ?? '', folder)
    during.push(await measure(target, owner))
    backups += await backing.stop()
  }
  console.log(
    `${cpus().length} cores, load average ${loadavg()[0]?.toFixed(1)}, medians of ${values.rounds} rounds; ${backups} backups`,
  )
  show('without a backup', without)
  show('during backups  ', during)
} finally {
  await target.close()
  await rm(folder, { recursive: true, force: true })
}
