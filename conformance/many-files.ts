/**
 * A collection of very many small files, made over HTTP: how fast they are put, how long each page of the listing takes
 * (first, middle, last), what looking at one costs, and how fast all of it is deleted with `force`. Fails when a page or the
 * count is not as it should be, when the last page takes much longer than the first, or when content stays on the disk.
 *
 *   bin/node conformance/many-files.ts [files]          100,000 when left out
 */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Account, createAccount } from './lib/accounts.ts'
import { fillCollection } from './lib/collections.ts'
import { startTarget, type Target } from './lib/server.ts'
import { until } from './lib/until.ts'

const PAGE_FILES = 1000
/** Of each request; the median is shown. */
const ROUNDS = 9
/** A page at the end may take so much longer than the first one. */
const MOST_SLOWER = 2
const NAME = 'many'
const GONE_WITHIN_MS = 10 * 60_000
/** The server measures with a timer of this period, and reports from one time to the next. */
const METRIC_PERIOD_MS = 10

interface Collection {
  readonly target: Target
  readonly account: Account
  /** Its address, without a slash at its end. */
  readonly url: string
  readonly size: number
}

interface Page {
  readonly files: readonly { readonly filename: string }[]
  readonly marker?: string
}

async function put({ target, account, size }: Collection): Promise<void> {
  const { seconds } = await timed(() => fillCollection(target, account, { name: NAME, size }))
  print('put', `${seconds.toFixed(0)} s, ${(size / seconds).toFixed(0)} files/s`)
}

/** Reads all pages once, then some of them again and again. */
async function list(collection: Collection): Promise<void> {
  const markers: (string | undefined)[] = [undefined]
  const names: string[] = []
  const { seconds } = await timed(async () => {
    for (const marker of markers) {
      const page = await pageOf(collection, marker)
      names.push(...page.files.map(({ filename }) => filename))
      if (page.marker !== undefined) markers.push(page.marker)
    }
  })
  assert.equal(new Set(names).size, collection.size, 'every file is listed')
  assert.equal(names.length, collection.size, 'and none twice')
  assert.equal(markers.length, Math.ceil(collection.size / PAGE_FILES))
  print('all pages', `${markers.length} in ${seconds.toFixed(1)} s`)
  const shown = { first: markers[0], middle: markers[Math.floor(markers.length / 2)], last: markers.at(-1) }
  const tookMs = new Map<string, number>()
  for (const [which, marker] of Object.entries(shown)) {
    tookMs.set(which, await medianMs(() => pageOf(collection, marker)))
    print(`${which} page`, `${tookMs.get(which)?.toFixed(1)} ms`)
  }
  const slower = Math.max(...tookMs.values()) / (tookMs.get('first') ?? Number.NaN)
  assert.ok(slower <= MOST_SLOWER, `pages are flat: the slowest took ${slower.toFixed(1)} times as long as the first`)
}

async function lookAtOne(collection: Collection): Promise<void> {
  const middle = `/${String(Math.floor(collection.size / 2)).padStart(5, '0')}.txt`
  for (const method of ['HEAD', 'GET']) {
    const tookMs = await medianMs(() => ask(collection, method, middle))
    print(`${method} of a file`, `${tookMs.toFixed(1)} ms`)
  }
}

async function remove(collection: Collection): Promise<void> {
  const { result, seconds } = await timed(() => ask(collection, 'DELETE', '?force=true'))
  assert.deepEqual(JSON.parse(result), { result: { deleted: collection.size } })
  print('delete', `answered in ${seconds.toFixed(2)} s, ${collection.size} reported`)
  const { home } = collection.target
  if (home === null) return
  const gone = await timed(() => untilEmpty(join(home, 'data')))
  print('gone from disk', `${gone.seconds.toFixed(0)} s later`)
}

async function untilEmpty(folder: string): Promise<void> {
  await until('a disk without files', () => filesIn(folder) === 0, { timeoutMs: GONE_WITHIN_MS, everyMs: 200 })
}

function filesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length
}

async function pageOf(collection: Collection, marker: string | undefined): Promise<Page> {
  return JSON.parse(await ask(collection, 'GET', marker === undefined ? '' : `?marker=${encodeURIComponent(marker)}`))
}

async function ask({ url, account }: Collection, method: string, rest: string): Promise<string> {
  const reply = await fetch(`${url}${rest}`, { method, headers: { Authorization: account.key } })
  const text = await reply.text()
  assert.equal(reply.status, 200, `${method} ${rest}: ${text}`)
  return text
}

/** Runs a part and prints how long it held the event loop of the server at most, as the server itself says. */
async function watched(part: (collection: Collection) => Promise<void>, collection: Collection): Promise<void> {
  await eventLoopDelay(collection.target)
  await part(collection)
  const { p99Ms, maxMs } = await eventLoopDelay(collection.target)
  print('', `event loop late by ${p99Ms.toFixed(0)} ms (p99), ${maxMs.toFixed(0)} ms at most`)
}

/** Since it was asked for last. */
async function eventLoopDelay({ url }: Target): Promise<{ p99Ms: number; maxMs: number }> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const ms = (name: string) => {
    const [, seconds] = new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)$`, 'm').exec(text) ?? []
    return Math.max(0, Number(seconds) * 1000 - METRIC_PERIOD_MS)
  }
  return { p99Ms: ms('p99'), maxMs: ms('max') }
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round++) rounds.push((await timed(work)).seconds * 1000)
  return rounds.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const startedAtMs = performance.now()
  const result = await work()
  return { result, seconds: (performance.now() - startedAtMs) / 1000 }
}

function print(what: string, figures: string): void {
  process.stdout.write(`${what.padEnd(16)}${figures}\n`)
}

const size = Number(process.argv[2] ?? 100_000)
const target = await startTarget()
try {
  const account = await createAccount(target, 'many')
  const collection = { target, account, url: `${target.url}/v1/data/${account.username}/${NAME}`, size }
  for (const part of [put, list, lookAtOne, remove]) await watched(part, collection)
} finally {
  await target.close()
}
