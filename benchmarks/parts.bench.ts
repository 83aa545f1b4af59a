/**
 * "Why was it slow": whether the parts of calls that `X-Algorist-Timing` tells add up to what their callers waited, and what
 * telling them costs. `bin/node benchmarks/parts.bench.ts`; a minute.
 */
import { type Account, createAccount } from '../conformance/lib/accounts.ts'
import type { Workshop } from '../conformance/lib/algorithms.ts'
import { type TimedCall, timedCall, untoldShare } from '../conformance/lib/timed-call.ts'
import { timingHeader } from '../packages/server/src/calls/timing.ts'
import type { Plan, Row } from './lib/bench.ts'
import { press } from './lib/generator.ts'
import { runBenches } from './lib/run-benches.ts'
import { onService, type Service } from './lib/service.ts'
import { median } from './lib/statistics.ts'
import { aimAt, install, PYTHON, TEXT } from './lib/subjects.ts'

const SLOW_MS = 300
const CALLS_OF_A_KIND = 9
const HEADERS = 200_000
const CLIENTS = 32

const SOURCE = `import time

time.sleep(${SLOW_MS / 1000})


def apply(input):
    if isinstance(input, dict):
        time.sleep(input["seconds"])
    return input
`

/** Calls that are slow for one reason each. */
async function slowCalls({ target }: Service, shop: Workshop): Promise<Readonly<Record<string, TimedCall[]>>> {
  const call = ({ key }: Account, body: unknown, pauseMs = 0) =>
    timedCall({ url: shop.callUrl, key, body: JSON.stringify(body), pauseMs })
  const made: Record<string, TimedCall[]> = {}
  for (let count = 0; count < CALLS_OF_A_KIND; count++) {
    const caller = await createAccount(target, `caller${count}`)
    const kinds = {
      'first call': () => call(caller, 'cold'),
      'slow input': () => call(caller, 'x'.repeat(100), SLOW_MS),
      'slow large input': () => call(caller, 'x'.repeat(200_000), SLOW_MS),
      'long run': () => call(caller, { seconds: SLOW_MS / 1000 }),
      'large JSON': () =>
        call(
          caller,
          Array.from({ length: 400_000 }, (_, index) => index * 1.5),
        ),
    }
    for (const [kind, make] of Object.entries(kinds)) {
      made[kind] ??= []
      made[kind].push(await make())
    }
  }
  return made
}

function partsRow(made: Readonly<Record<string, TimedCall[]>>, settings: Service['settings']): Row {
  const shares = Object.entries(made).map(([kind, calls]) => ({ kind, share: median(calls.map(untoldShare)) }))
  const most = Math.max(...shares.map(({ share }) => share))
  const isOver = Object.values(made).some((calls) => calls.some(({ sumMs, wallMs }) => sumMs > wallMs))
  return {
    id: 'parts-sum',
    what: 'parts of slow calls against what their callers waited',
    bar: 'within 2 %',
    figure: `untold: ${shares.map(({ kind, share }) => `${kind} ${(100 * share).toFixed(2)} %`).join(', ')}`,
    holds: most <= 0.02 && !isOver,
    settings,
    details: made,
  }
}

/** Three looks at the clock and the header; microseconds. */
function costOfTelling(): number {
  const timing = { waitMs: 0.0603, startMs: 0, loadMs: 0, runMs: 0.0451 }
  let length = 0
  const beganMs = performance.now()
  for (let count = 0; count < HEADERS; count++) {
    const replyMs = performance.now() - performance.now() + (performance.now() % 1)
    length += timingHeader(timing, { acceptMs: 0.0412, replyMs }).length
  }
  const tookMs = performance.now() - beganMs
  if (length === 0) throw new Error('No header was made')
  return (1000 * tookMs) / HEADERS
}

async function costRow(service: Service, plan: Plan): Promise<Row> {
  const aim = await aimAt(await install(service, PYTHON, { name: 'Fast' }), TEXT, 'HAL 9000')
  const rates: number[] = []
  const costs: number[] = []
  await press(aim, { clients: CLIENTS, durationMs: 2 * plan.roundMs })
  for (let round = 0; round < plan.rounds; round++) {
    rates.push((await press(aim, { clients: CLIENTS, durationMs: plan.roundMs })).callsPerSecond)
    costs.push(costOfTelling())
  }
  const costUs = median(costs)
  const share = (costUs * median(rates)) / 1e6
  return {
    id: 'parts-cost',
    what: 'telling the parts, of the time of a call (Python, 32 clients)',
    bar: '≤ 3 %',
    figure: `${costUs.toFixed(2)} µs of ${(1e6 / median(rates)).toFixed(1)}: ${(100 * share).toFixed(1)} %`,
    holds: share <= 0.03,
    settings: service.settings,
    details: { rates, costs },
  }
}

export const parts = onService('parts', async (service, plan) => {
  const shop = await install(service, { language: 'python3', source: SOURCE }, { name: 'Slow' })
  return [partsRow(await slowCalls(service, shop), service.settings), await costRow(service, plan)]
})

if (import.meta.main) await runBenches([parts])
