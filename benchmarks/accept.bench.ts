/**
 * How many asynchronous calls a second are accepted, each durable before it is acknowledged? 32 clients, calls with
 * `output=void` and with `Prefer: respond-async`. The accepted calls run meanwhile on the same machine: short ones, which
 * take their share of it, and ones that only wait, so that what is seen is the accepting alone.
 * Prints figures; it is not a test. Run with `bin/node benchmarks/accept.bench.ts`; about a minute. With
 * ALGORIST_DATABASE_URL it measures on PostgreSQL.
 */
import { cpus } from 'node:os'
import { createAccount } from '../conformance/lib/accounts.ts'
import { installProbe } from '../conformance/lib/probe.ts'
import { startTarget } from '../conformance/lib/server.ts'
import { type LoadResult, load } from './load.ts'

const CLIENTS = 32
const ROUNDS = 3
const ROUND_MS = 3000

const WAYS = [
  { name: 'output=void', query: '?output=void', headers: {}, status: 200 },
  { name: 'Prefer: respond-async', query: '', headers: { Prefer: 'respond-async' }, status: 202 },
]

const BODIES = [
  { runs: 'short', body: '"HAL"' },
  { runs: 'waiting', body: '{"do":"sleep","seconds":5}' },
]

function show(name: string, { callsPerSecond, p50Ms, p99Ms }: LoadResult): string {
  const rate = callsPerSecond.toFixed(0).padStart(6)
  return `${name.padEnd(32)} ${rate} accepts/s   p50 ${p50Ms.toFixed(2)} ms   p99 ${p99Ms.toFixed(2)} ms\n`
}

const { ALGORIST_DATABASE_URL: databaseUrl } = process.env
const target = await startTarget(databaseUrl ? { ALGORIST_DATABASE_URL: databaseUrl } : {})
try {
  process.stdout.write(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, ${CLIENTS} clients\n`)
  const { shop } = await installProbe(target)
  for (const way of WAYS.flatMap((way) => BODIES.map((body) => ({ ...way, ...body })))) {
    for (let round = 0; round < ROUNDS; round++) {
      // An account has a backlog of its own, and each round starts with an empty one.
      const { key } = await createAccount(target, 'bench')
      const headers: Record<string, string> = { Authorization: `Simple ${key}`, 'Content-Type': 'application/json' }
      Object.assign(headers, way.headers)
      const url = `${shop.callUrl}${way.query}`
      const { status, body } = way
      const result = await load({ url, headers, body, connections: CLIENTS, durationMs: ROUND_MS, status })
      process.stdout.write(show(`${way.name}, ${way.runs}`, result))
    }
  }
} finally {
  await target.close()
}
