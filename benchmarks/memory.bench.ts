/**
 * What one more warm worker occupies, its relay and everything else that is started for it included: from one worker to nine,
 * divided by eight. `bin/node benchmarks/memory.bench.ts`; a minute.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Bench, Plan, Row } from './lib/bench.ts'
import { openCaller } from './lib/first-byte.ts'
import { runBenches } from './lib/run-benches.ts'
import { openService, type Service, workersOf } from './lib/service.ts'
import { median } from './lib/statistics.ts'
import { install } from './lib/subjects.ts'
import { descendantsOf, type Memory, memoryOf, nameOf } from './memory.ts'

const MORE = 8
/** Forks that wait are there again, and what was started for a moment has ended. */
const SETTLE_MS = 1500
/** How long calls wait so that each has a worker of its own. */
const HOLD_SECONDS = 5
const MOST_MIB = 15
const SETTINGS = { ALGORIST_WORKERS_PER_VERSION: String(MORE + 1) }

const KINDS = [
  {
    name: 'Python',
    language: 'python3',
    mostMib: MOST_MIB,
    source: `import time\n\n\ndef apply(input):\n    time.sleep(input)\n    return input\n`,
  },
  {
    name: 'JavaScript',
    language: 'javascript',
    mostMib: null,
    source: 'exports.apply = (input) => new Promise((settle) => setTimeout(settle, input * 1000, input))\n',
  },
] as const
type Kind = (typeof KINDS)[number]

interface Settled {
  readonly pids: ReadonlySet<number>
  readonly memory: Memory
  readonly workers: number
}

async function settled(service: Service): Promise<Settled> {
  await delay(SETTLE_MS)
  const pids = descendantsOf(service.pid)
  return { pids, memory: memoryOf(pids), workers: await workersOf(service) }
}

/** What one of the further workers has, and which programs were counted. */
interface Further {
  readonly memory: Memory
  readonly programs: readonly string[]
}

async function measureOnce(service: Service, kind: Kind): Promise<Further> {
  const shop = await install(service, kind, { name: 'Memory' })
  const caller = await openCaller(service.target.url, MORE + 1)
  try {
    await caller.call(shop, 0)
    const before = await settled(service)
    await Promise.all(Array.from({ length: MORE + 1 }, () => caller.call(shop, HOLD_SECONDS)))
    const after = await settled(service)
    const more = after.workers - before.workers
    if (more !== MORE) throw new Error(`${more} workers were added, not ${MORE}`)
    const of = (member: keyof Memory): number => (after.memory[member] - before.memory[member]) / MORE
    const added = [...after.pids].filter((pid) => !before.pids.has(pid))
    return {
      memory: { rssMiB: of('rssMiB'), pssMiB: of('pssMiB'), privateMiB: of('privateMiB') },
      programs: added.map(nameOf),
    }
  } finally {
    caller.close()
  }
}

/** A server of its own each time: workers of other rounds would be in the sums. */
async function measureKind(plan: Plan, kind: Kind): Promise<Row> {
  const samples: Further[] = []
  for (let round = 0; round < plan.rounds; round++) {
    const service = await openService(plan, SETTINGS)
    try {
      samples.push(await measureOnce(service, kind))
    } finally {
      await service.close()
    }
  }
  const of = (member: keyof Memory): number => median(samples.map((sample) => sample.memory[member]))
  return {
    id: `memory-${kind.language}`,
    what: `one more warm ${kind.name} worker, relay included`,
    bar: kind.mostMib === null ? null : `private ≤ ${kind.mostMib} MiB`,
    figure: `private ${of('privateMiB').toFixed(1)} MiB, PSS ${of('pssMiB').toFixed(1)} MiB, RSS ${of('rssMiB').toFixed(1)} MiB`,
    holds: kind.mostMib === null ? null : of('privateMiB') <= kind.mostMib,
    settings: SETTINGS,
    details: samples,
  }
}

export const memory: Bench = {
  name: 'memory',
  async measure(plan) {
    const rows: Row[] = []
    for (const kind of KINDS) rows.push(await measureKind(plan, kind))
    return rows
  },
}

if (import.meta.main) await runBenches([memory])
