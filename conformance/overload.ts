/**
 * Overload: offers a fresh server ten times the calls that it admits at a time, of three kinds at once (fast, slow, large
 * bodies), and prints what became of them and of the server's memory. Run with `bin/node conformance/overload.ts
 * [seconds]`; two minutes when left out. bounds.test.ts asserts a short one.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createAccount } from './lib/accounts.ts'
import { curl } from './lib/curl.ts'
import { flood, type Stream, type StreamReport } from './lib/flood.ts'
import { residentMiB, watchMemory } from './lib/memory.ts'
import { installProbe, type Probe } from './lib/probe.ts'
import { startTarget, type Target } from './lib/server.ts'

const SETTLE_MS = 5000
const SAMPLE_MS = 500
/** Each account is admitted 80 calls at a time by default. */
const ACCOUNTS = 3
const TIMES_ADMITTED = 10
const ADMITTED = 80

export interface OverloadReport {
  readonly streams: readonly StreamReport[]
  readonly memory: Memory
  /** A call right after the load; status and time. */
  readonly after: { readonly status: number; readonly tookMs: number }
}

interface Memory {
  readonly beforeMiB: number
  readonly peakMiB: number
  readonly afterMiB: number
  /** Over the second half of the load, when everything is in use. */
  readonly slopeMiBPerMinute: number
}

/** Loads a server whose process is ours. */
export async function overload(target: Target, probe: Probe, durationMs: number): Promise<OverloadReport> {
  const { pid } = target
  if (pid === null) throw new Error('Overload starts its own server: unset ALGORIST_TARGET')
  const accounts = await Promise.all(Array.from({ length: ACCOUNTS }, () => createAccount(target, 'load')))
  const keys = accounts.map(({ key }) => key)
  const stream = (name: string, share: number, json: unknown): Stream => ({
    name,
    connections: Math.round(ACCOUNTS * ADMITTED * TIMES_ADMITTED * share),
    url: probe.shop.callUrl,
    keys,
    body: Buffer.from(JSON.stringify(json)),
  })
  const streams = [
    stream('fast', 0.5, 'HAL'),
    stream('slow, 0.2 s', 0.4, { do: 'sleep', seconds: 0.2 }),
    stream('large, 1 MiB', 0.1, 'x'.repeat(1024 * 1024)),
  ]
  const watch = watchMemory(pid, SAMPLE_MS)
  const reports = await flood(streams, durationMs)
  const samples = watch.stop()
  const startedAtMs = performance.now()
  const { key } = probe.owner
  const reply = await curl('POST', probe.shop.callUrl, { key, body: '"HAL"', contentType: 'application/json' })
  const tookMs = performance.now() - startedAtMs
  await delay(SETTLE_MS)
  const [before = 0] = samples
  const memory: Memory = {
    beforeMiB: before,
    peakMiB: Math.max(...samples),
    afterMiB: residentMiB(pid),
    slopeMiBPerMinute: slope(samples.slice(samples.length / 2)) * (60_000 / SAMPLE_MS),
  }
  return { streams: reports, memory, after: { status: reply.status, tookMs } }
}

/** Of the straight line through equally spaced values, by least squares. */
function slope(values: readonly number[]): number {
  const meanX = (values.length - 1) / 2
  const meanY = values.reduce((sum, value) => sum + value, 0) / values.length
  let [above, below] = [0, 0]
  for (const [x, y] of values.entries()) {
    above += (x - meanX) * (y - meanY)
    below += (x - meanX) ** 2
  }
  return above / below
}

export function describeOverload({ streams, memory, after }: OverloadReport, durationMs: number): string {
  const seconds = durationMs / 1000
  const rows = streams.map(({ name, connections, statuses, p50Ms, p99Ms, refusedP99Ms }) => {
    const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status || 'broken'}: ${count}`)
    const answered = (statuses.get(200) ?? 0) / seconds
    return (
      `${name.padEnd(13)} ${String(connections).padStart(5)} connections   ${counts.join('  ')}\n` +
      `              ${answered.toFixed(0)} answered/s, p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms; ` +
      `refused within ${refusedP99Ms.toFixed(0)} ms (p99)`
    )
  })
  const { beforeMiB, peakMiB, afterMiB, slopeMiBPerMinute } = memory
  return [
    ...rows,
    `memory        before ${beforeMiB.toFixed(0)} MiB, peak ${peakMiB.toFixed(0)} MiB, after ${afterMiB.toFixed(0)} MiB, ` +
      `${slopeMiBPerMinute.toFixed(1)} MiB per minute over the second half`,
    `afterwards    a call answered ${after.status} in ${after.tookMs.toFixed(0)} ms`,
    '',
  ].join('\n')
}

if (import.meta.main) {
  const durationMs = Number(process.argv[2] ?? 120) * 1000
  const target = await startTarget()
  try {
    const report = await overload(target, await installProbe(target), durationMs)
    process.stdout.write(describeOverload(report, durationMs))
  } finally {
    await target.close()
  }
}
