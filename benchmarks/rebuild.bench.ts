/**
 * From the push of a changed file to the build that has succeeded, with dependencies that have not changed: Python with a
 * large set of libraries, and JavaScript. `bin/node benchmarks/rebuild.bench.ts`; a minute.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { commit, expectGreen, gitOrFail, type Workshop, withClone } from '../conformance/lib/algorithms.ts'
import { curlJson, type Json } from '../conformance/lib/curl.ts'
import type { Plan, Row } from './lib/bench.ts'
import { installLoaded } from './lib/library-set.ts'
import { runBenches } from './lib/run-benches.ts'
import { onService, type Service } from './lib/service.ts'
import { median, quantile } from './lib/statistics.ts'
import { install, JAVASCRIPT } from './lib/subjects.ts'

const MOST_MS = 2000
const LOOK_EVERY_MS = 20
const GIVE_UP_MS = 120_000

/** What `git push` and a look at the build after it take; the push itself prints the build's progress. */
async function rebuild(shop: Workshop, number: number): Promise<number> {
  return withClone(shop, async (folder) => {
    const sha = await commit(folder, { 'notes.txt': `${number}\n` })
    const startMs = performance.now()
    await gitOrFail(folder, 'push', '-q')
    const build = await endOfBuild(shop, sha)
    const tookMs = performance.now() - startMs
    await expectGreen(shop, build)
    return tookMs
  })
}

async function endOfBuild(shop: Workshop, sha: string): Promise<Json> {
  const giveUpAtMs = performance.now() + GIVE_UP_MS
  while (performance.now() < giveUpAtMs) {
    const { results } = await curlJson('GET', `${shop.url}/builds`, { key: shop.owner.key })
    const build = results.find((each: Json) => each.commit_sha === sha)
    if (build && build.status !== 'in-progress') return build
    await delay(LOOK_EVERY_MS)
  }
  throw new Error(`The build of ${shop.url} has not ended within ${GIVE_UP_MS / 1000} s`)
}

function rowOf(id: string, what: string, tookMs: readonly number[]): Row {
  const p50Ms = median(tookMs)
  return {
    id: `rebuild-${id}`,
    what: `push to built, dependencies unchanged, ${what}`,
    bar: `≤ ${MOST_MS / 1000} s`,
    figure: `median ${(p50Ms / 1000).toFixed(2)} s, worst ${(quantile(tookMs, 1) / 1000).toFixed(2)} s of ${tookMs.length}`,
    holds: p50Ms <= MOST_MS,
    settings: {},
    details: { tookMs },
  }
}

async function measureOn(service: Service, plan: Plan): Promise<Row[]> {
  const { shop: python, libraries } = await installLoaded(service, plan.isQuick ? 'nothing' : 'libraries')
  const javascript = await install(service, JAVASCRIPT, { name: 'Plain' })
  const [pythonMs, javascriptMs]: [number[], number[]] = [[], []]
  for (let round = 0; round < plan.rounds; round++) {
    pythonMs.push(await rebuild(python, round))
    javascriptMs.push(await rebuild(javascript, round))
  }
  return [rowOf('python', `Python (${libraries})`, pythonMs), rowOf('javascript', 'JavaScript', javascriptMs)]
}

export const rebuilds = onService('rebuild', measureOn)

if (import.meta.main) await runBenches([rebuilds])
