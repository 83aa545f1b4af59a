/**
 * A normal caller at a steady rate beside eight kinds of attackers on one server, against the same caller alone: phases of
 * both alternate, and the command prints the error rate, the latency, and what was contained. Run with `bin/node
 * conformance/attack-load.ts [seconds]`; five minutes when left out. containment/attack-load.test.ts asserts a short one.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { ATTACKED_SETTINGS, type Attackers, installAttackers } from './containment/attackers.ts'
import { installProbe, type Probe } from './lib/probe.ts'
import { quantile } from './lib/quantiles.ts'
import { startTarget, type Target } from './lib/server.ts'

const CALLS_PER_SECOND = 20
const CALL_TIMEOUT_MS = 30_000
/** The machine comes to rest between phases. */
const PAUSE_MS = 500

export interface Measured {
  readonly tookMs: number[]
  /** Answers other than the right one. */
  readonly errors: string[]
}

export interface AttackReport {
  readonly alone: Measured
  readonly besideAttackers: Measured
  /** Attacks made, by kind. */
  readonly attacks: ReadonlyMap<string, number>
  /** Counts of `algorist_contained_total` over the run, by cause. */
  readonly contained: ReadonlyMap<string, number>
}

export interface AttackLoad {
  readonly target: Target
  readonly probe: Probe
  readonly attackers: Attackers
}

export interface Phases {
  readonly rounds: number
  /** Of each round, for the caller alone. */
  readonly aloneMs: number
  /** Of each round, for attacks to begin; those under way come to their end after it. */
  readonly besideMs: number
}

export async function attackLoad(load: AttackLoad, { rounds, aloneMs, besideMs }: Phases): Promise<AttackReport> {
  const alone: Measured = { tookMs: [], errors: [] }
  const besideAttackers: Measured = { tookMs: [], errors: [] }
  const attacks = new Map<string, number>()
  await callSteadily(load.probe, { tookMs: [], errors: [] }, Promise.resolve())
  const before = await readContained(load.target)
  for (let round = 0; round < rounds; round++) {
    await callSteadily(load.probe, alone, delay(aloneMs))
    const over = load.attackers.attack(besideMs)
    await callSteadily(load.probe, besideAttackers, over)
    for (const [kind, count] of await over) attacks.set(kind, (attacks.get(kind) ?? 0) + count)
    await delay(PAUSE_MS)
  }
  const after = await readContained(load.target)
  const contained = new Map([...after].map(([cause, count]) => [cause, count - (before.get(cause) ?? 0)]))
  return { alone, besideAttackers, attacks, contained }
}

/** Starts a call every so often, however long the others take, until `over`; at least one. */
async function callSteadily(probe: Probe, measured: Measured, over: Promise<unknown>): Promise<void> {
  const calls: Promise<void>[] = []
  let isOver = false
  void over.then(
    () => {
      isOver = true
    },
    () => {
      isOver = true
    },
  )
  const startedAtMs = performance.now()
  do {
    calls.push(callOnce(probe, calls.length, measured))
    const nextAtMs = startedAtMs + calls.length * (1000 / CALLS_PER_SECOND)
    await delay(Math.max(0, nextAtMs - performance.now()))
  } while (!isOver)
  await Promise.all(calls)
}

async function callOnce({ shop, stranger }: Probe, number: number, { tookMs, errors }: Measured): Promise<void> {
  const sentAtMs = performance.now()
  const expected = `call ${number}`
  try {
    const reply = await fetch(shop.callUrl, {
      method: 'POST',
      headers: { Authorization: `Simple ${stranger.key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(expected),
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    })
    const text = await reply.text()
    if (reply.status !== 200 || JSON.parse(text).result !== expected)
      errors.push(`${reply.status}: ${text.slice(0, 200)}`)
  } catch (error) {
    errors.push(String(error))
  }
  tookMs.push(performance.now() - sentAtMs)
}

async function readContained({ url, adminKey }: Target): Promise<Map<string, number>> {
  const reply = await fetch(`${url}/metrics`, { headers: { Authorization: `Simple ${adminKey}` } })
  const lines = (await reply.text()).matchAll(/^algorist_contained_total\{cause="([^"]+)"\} (\d+)/gm)
  return new Map([...lines].map(([, cause = '', count]) => [cause, Number(count)]))
}

export function describeAttackLoad({ alone, besideAttackers, attacks, contained }: AttackReport): string {
  const row = (name: string, { tookMs, errors }: Measured): string => {
    const rate = ((100 * errors.length) / tookMs.length).toFixed(2)
    const [p50, p99] = [quantile(tookMs, 0.5), quantile(tookMs, 0.99)]
    return `${name.padEnd(18)} ${tookMs.length} calls, ${rate} % errors, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
  }
  const list = (counts: ReadonlyMap<string, number>) =>
    [...counts].map(([name, count]) => `${name} ${count}`).join(', ')
  return [
    row('alone', alone),
    row('beside attackers', besideAttackers),
    `attacks            ${list(attacks)}`,
    `contained          ${list(contained)}`,
    ...[...alone.errors, ...besideAttackers.errors].slice(0, 5).map((error) => `error              ${error}`),
    '',
  ].join('\n')
}

if (import.meta.main) {
  const rounds = 5
  const phaseMs = (Number(process.argv[2] ?? 300) * 1000) / rounds / 2
  const target = await startTarget(ATTACKED_SETTINGS)
  try {
    const load = { target, probe: await installProbe(target), attackers: await installAttackers(target) }
    process.stdout.write(describeAttackLoad(await attackLoad(load, { rounds, aloneMs: phaseMs, besideMs: phaseMs })))
  } finally {
    await target.close()
  }
}
