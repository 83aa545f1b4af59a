/**
 * Restarts of a server under load: ten, one after the other, under 1,000 calls a second over connections that are kept and
 * connections for one call each. Prints what became of the calls and how long each restart took; ends with 1 when a call
 * failed. Run with `bin/node conformance/restarts.ts [restarts] [calls per second]`.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createAccount } from './lib/accounts.ts'
import { algorist } from './lib/algorist.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from './lib/algorithms.ts'
import { residentMiB } from './lib/memory.ts'
import { type RestartedTarget, startRestartable } from './lib/restarting.ts'
import { describeLoad, startLoad } from './lib/steady-load.ts'

/** Each account has 80 calls at a time by default; the clients of one account stay below that. */
const ACCOUNTS = 2
const KEPT = 40
const FRESH = 8
const BETWEEN_MS = 2000

async function installEcho(target: RestartedTarget): Promise<Workshop> {
  const owner = await createAccount(target, 'restarts')
  const { shop } = await createAlgorithm(target, owner, { name: 'Echo', language: 'javascript' })
  await pushGreen(shop, { 'src/Echo.js': 'exports.apply = (input, cb) => cb(null, input)\n' })
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  return shop
}

async function run(target: RestartedTarget, restarts: number, callsPerSecond: number): Promise<boolean> {
  const shop = await installEcho(target)
  const callers = await Promise.all(Array.from({ length: ACCOUNTS }, () => createAccount(target, 'caller')))
  const keys = callers.map(({ key }) => key)
  const load = startLoad({ url: shop.callUrl, keys, callsPerSecond, kept: KEPT, fresh: FRESH })
  let isWell = true
  const stop = new AbortController()
  process.once('SIGTERM', () => stop.abort())
  for (let count = 1; count <= restarts && !stop.signal.aborted; count++) {
    await delay(BETWEEN_MS)
    const startedAtMs = performance.now()
    const { code, stderr } = await algorist(target.home, ['restart'])
    const tookMs = performance.now() - startedAtMs
    const pid = await target.currentPid()
    process.stdout.write(
      `restart ${count}: ${tookMs.toFixed(0)} ms, now process ${pid} (${residentMiB(pid).toFixed(0)} MiB)\n${stderr}`,
    )
    isWell &&= code === 0
  }
  await delay(BETWEEN_MS)
  const report = await load.stop()
  process.stdout.write(describeLoad(report))
  return isWell && report.failed === 0
}

const [restarts = 10, callsPerSecond = 1000] = process.argv.slice(2).map(Number)
const target = await startRestartable()
try {
  process.exitCode = (await run(target, restarts, callsPerSecond)) ? 0 : 1
} finally {
  await target.close()
}
