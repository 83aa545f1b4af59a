/**
 * From the push of a changed file to the build that has succeeded, with dependencies that have not changed: Python with a
 * large set of libraries, JavaScript, and one package in each other language that is installed.
 * `bin/node benchmarks/rebuild.bench.ts`; three minutes, most of it the first builds.
 */
import { setTimeout as delay } from 'node:timers/promises'
import {
  commit,
  createAlgorithm,
  expectGreen,
  gitOrFail,
  pushGreen,
  type Workshop,
  withClone,
} from '../conformance/lib/algorithms.ts'
import { curlJson, type Json } from '../conformance/lib/curl.ts'
import type { Plan, Row } from './lib/bench.ts'
import { installLoaded } from './lib/library-set.ts'
import { type OtherSubject, otherSubjects } from './lib/other-languages.ts'
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

interface Pushed {
  readonly id: string
  readonly what: string
  readonly shop: Workshop
}

/** A registry that is not reachable fails the first build: its language is left out and named. */
async function installOther(service: Service, subject: OtherSubject): Promise<Pushed[]> {
  const { id, name } = subject
  const project = `Rebuilt${id}`
  try {
    const { shop } = await createAlgorithm(service.target, service.account, { name: project, language: id })
    await pushGreen(shop, { ...subject.files(project), ...subject.dependency(project) })
    return [{ id, what: `${name} (one package)`, shop }]
  } catch (error) {
    process.stderr.write(`${id} is left out: ${error instanceof Error ? error.message : error}\n`)
    return []
  }
}

async function measureOn(service: Service, plan: Plan): Promise<Row[]> {
  const { shop: python, libraries } = await installLoaded(service, plan.isQuick ? 'nothing' : 'libraries')
  const javascript = await install(service, JAVASCRIPT, { name: 'Plain' })
  const all: Pushed[] = [
    { id: 'python', what: `Python (${libraries})`, shop: python },
    { id: 'javascript', what: 'JavaScript', shop: javascript },
  ]
  for (const subject of otherSubjects()) all.push(...(await installOther(service, subject)))
  const tookMs = new Map(all.map(({ id }) => [id, [] as number[]]))
  for (let round = 0; round < plan.rounds; round++) {
    for (const { id, shop } of all) tookMs.get(id)?.push(await rebuild(shop, round))
  }
  return all.map(({ id, what }) => rowOf(id, what, tookMs.get(id) ?? []))
}

export const rebuilds = onService('rebuild', measureOn)

if (import.meta.main) await runBenches([rebuilds])
