/**
 * How late the server's event loop is while it builds, serves a clone and takes a file of 1 GiB at the same time, as
 * `/metrics` tells it. `bin/node benchmarks/loop-delay.bench.ts`; about two minutes.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { commit, gitOrFail, pushGreen, type Workshop, withClone } from '../conformance/lib/algorithms.ts'
import { curlJson } from '../conformance/lib/curl.ts'
import { put } from '../conformance/lib/transfer.ts'
import type { Plan, Row } from './lib/bench.ts'
import { runBenches } from './lib/run-benches.ts'
import { onService, type Service } from './lib/service.ts'
import { median } from './lib/statistics.ts'
import { install, PYTHON } from './lib/subjects.ts'

const MIB = 2 ** 20
const UPLOAD_MIB = 1024
const QUICK_UPLOAD_MIB = 64
const CLONE_MIB = 32
const REST_MS = 5000
const MOST_MS = 10

const P99 = 'algorist_event_loop_delay_seconds{quantile="0.99"}'
const LONGEST = 'algorist_event_loop_delay_seconds{quantile="1"}'

/** Since it was last asked. */
async function lateness({ metrics }: Service): Promise<{ p99Ms: number; longestMs: number }> {
  const figures = await metrics(P99, LONGEST)
  return { p99Ms: figures[P99] * 1000, longestMs: figures[LONGEST] * 1000 }
}

async function upload({ target, account }: Service, mib: number): Promise<void> {
  const chunk = randomBytes(MIB)
  const chunks = function* () {
    for (let count = 0; count < mib; count++) yield chunk
  }
  const url = `${target.url}/v1/data/${account.username}/bench/large`
  await put({ url, key: account.key }, chunks(), mib * MIB)
}

/** A large repository, for the clones. */
async function makeLarge(service: Service): Promise<Workshop> {
  const shop = await install(service, PYTHON, { name: 'Large' })
  await withClone(shop, async (folder) => {
    await commit(folder, { 'large.txt': randomBytes(CLONE_MIB * MIB * 0.75).toString('base64') })
    await gitOrFail(folder, 'push', '-q')
  })
  return shop
}

interface Busy {
  readonly built: number
  readonly cloned: number
}

/** Builds and clones go on, one after the other, as long as the upload takes; each at least once. */
async function keepBusy(shops: { small: Workshop; large: Workshop }, uploading: Promise<void>): Promise<Busy> {
  let isUploading = true
  const uploaded = uploading.finally(() => {
    isUploading = false
  })
  const repeat = async (work: (count: number) => Promise<unknown>): Promise<number> => {
    let count = 0
    do await work(count++)
    while (isUploading)
    return count
  }
  const build = (count: number) => pushGreen(shops.small, { 'notes.txt': `${performance.now()} ${count}` })
  const [built, cloned] = await Promise.all([
    repeat(build),
    repeat(() => withClone(shops.large, async () => {})),
    uploaded,
  ])
  return { built, cloned }
}

async function measureOn(service: Service, plan: Plan): Promise<Row> {
  const uploadMib = plan.isQuick ? QUICK_UPLOAD_MIB : UPLOAD_MIB
  const { target, account } = service
  await curlJson('POST', `${target.url}/v1/data/${account.username}`, { key: account.key, json: { name: 'bench' } })
  const shops = { small: await install(service, PYTHON, { name: 'Small' }), large: await makeLarge(service) }
  const [idle, busy, amounts]: [number[], Awaited<ReturnType<typeof lateness>>[], Busy[]] = [[], [], []]
  for (let round = 0; round < plan.rounds; round++) {
    await lateness(service)
    await delay(plan.isQuick ? 1000 : REST_MS)
    idle.push((await lateness(service)).p99Ms)
    amounts.push(await keepBusy(shops, upload(service, uploadMib)))
    busy.push(await lateness(service))
  }
  const p99Ms = median(busy.map((each) => each.p99Ms))
  const longestMs = Math.max(...busy.map((each) => each.longestMs))
  return {
    id: 'loop-delay',
    what: `event-loop delay during builds, clones of ${CLONE_MIB} MiB and an upload of ${uploadMib} MiB at once`,
    bar: `p99 ≤ ${MOST_MS} ms`,
    figure: `p99 ${p99Ms.toFixed(1)} ms (${median(idle).toFixed(1)} idle), longest ${longestMs.toFixed(0)} ms`,
    holds: p99Ms <= MOST_MS,
    settings: service.settings,
    details: { idle, busy, amounts },
  }
}

export const loopDelay = onService('loop-delay', async (service, plan) => [await measureOn(service, plan)])

if (import.meta.main) await runBenches([loopDelay])
