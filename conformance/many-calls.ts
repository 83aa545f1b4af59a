/**
 * A call log of very many calls: how long its pages take, first, middle and last, filtered by what is common and by what is
 * rare, and whether all of it is listed, each call once. The calls are written straight into the database of a stopped
 * server, on SQLite or on PostgreSQL, one of its own or an empty database that is given; everything else is over HTTP. Fails
 * when a page takes longer than it may, or much longer than the first.
 *
 *   bin/node conformance/many-calls.ts [calls] [postgres | postgres://…]        1,000,000 on SQLite when left out
 *
 * ALGORIST_DATABASE_URL names a database as well.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Account, createAccount } from './lib/accounts.ts'
import { createAlgorithm, waitForBuild } from './lib/algorithms.ts'
import type { Json } from './lib/curl.ts'
import { type FilledDatabase, openDatabase } from './lib/databases.ts'
import { type FilledRow, fillTable } from './lib/fill-table.ts'
import { figures, median, quantile } from './lib/quantiles.ts'
import { startTarget, type Target } from './lib/server.ts'

const PAGE = 50
const ROUNDS = 200
const MOST_MS = 50
/** A page may take so much longer than the first one, by its median. */
const MOST_SLOWER = 2
/** One call in so many. */
const RARE = 5000
const COMMON_FAILURE = 100

interface Scene {
  readonly target: Target
  readonly owner: Account
  readonly callers: { readonly busy: Account; readonly rare: Account }
  readonly path: string
}

interface Filled {
  readonly ownerId: string
  readonly callerIds: { readonly busy: string; readonly rare: string }
  readonly algorithmId: string
}

/** The newest ends now; there are a hundred in a second, so that some end at the same time. */
function callOf(index: number, count: number, nowMs: number, { ownerId, callerIds, algorithmId }: Filled): FilledRow {
  const requestId = `req-${hash(index)}-${String(index).padStart(8, '0')}`
  const isRare = index % RARE === 7
  const hasFailed = isRare || index % COMMON_FAILURE === 3
  return {
    request_id: requestId,
    session_id: requestId,
    depth: 0,
    caller_id: index % RARE === 11 ? callerIds.rare : callerIds.busy,
    algorithm_id: algorithmId,
    root_algorithm_id: null,
    owner_id: ownerId,
    build_id: algorithmId,
    version: index % RARE === 13 ? '0.0.9' : '1.0.0',
    ended_at: new Date(nowMs - Math.floor((count - index) / 2) * 20).toISOString(),
    outcome: isRare ? 'timed-out' : hasFailed ? 'failed' : 'succeeded',
    error_type: hasFailed ? 'AlgorithmError' : null,
    message: hasFailed ? `cannot juggle ${index}` : null,
    stacktrace: hasFailed ? 'File "Probe.py", line 7, in apply\n'.repeat(20) : null,
    input: `{"number":${index}}`,
    output: index % 10 === 0 ? 'one line that was printed\n'.repeat(10) : null,
    content_type: 'json',
    input_bytes: 20,
    answer_bytes: 30,
    accept_us: 90,
    wait_us: index % 1000,
    start_us: 0,
    load_us: 0,
    run_us: 1000 + (index % 5000),
    reply_us: 40,
    cpu_us: 900,
    peak_memory_bytes: 20_000_000,
  }
}

/** As far apart as the ids of real calls, and the same in each run. */
function hash(index: number): string {
  return (Math.imul(index + 1, 2_654_435_761) >>> 0).toString(16).padStart(8, '0')
}

async function prepare(
  settings: Record<string, string>,
): Promise<{ owner: Account; busy: Account; rare: Account; filled: Filled; name: string }> {
  const target = await startTarget(settings)
  try {
    const [owner, busy, rare] = await Promise.all(['owner', 'busy', 'rare'].map((name) => createAccount(target, name)))
    assert.ok(owner && busy && rare)
    const { shop, created } = await createAlgorithm(target, owner, { name: 'Many', language: 'python3' })
    await waitForBuild(shop)
    const idOf = async ({ username }: Account): Promise<string> =>
      (await ask(`${target.url}/v1/users/${username}`, target.adminKey)).id
    const callerIds = { busy: await idOf(busy), rare: await idOf(rare) }
    return {
      owner,
      busy,
      rare,
      name: shop.name,
      filled: { ownerId: await idOf(owner), callerIds, algorithmId: created.id },
    }
  } finally {
    await target.close()
  }
}

async function ask(url: string, key: string): Promise<Json> {
  const reply = await fetch(url, { headers: { Authorization: `Simple ${key}` } })
  const text = await reply.text()
  assert.equal(reply.status, 200, `${url}: ${text}`)
  return JSON.parse(text)
}

const read = ({ target, path, owner }: Scene, query: string): Promise<Json> =>
  ask(`${target.url}${path}/calls?${query}`, owner.key)

/** Reads all pages of a filter. @returns the marker before each of them */
async function readAll(scene: Scene, filter: string, expected: number): Promise<readonly string[]> {
  const markers = ['']
  const ids = new Set<string>()
  let listed = 0
  for (const marker of markers) {
    const page = await read(scene, `${filter}&limit=1000${marker && `&marker=${marker}`}`)
    for (const { request_id } of page.results) ids.add(request_id)
    listed += page.results.length
    if (page.marker !== null) markers.push(page.marker)
  }
  assert.deepEqual([listed, ids.size], [expected, expected], `every call is listed once: ${filter}`)
  return markers
}

interface Measured {
  readonly what: string
  readonly p50Ms: number
  readonly p99Ms: number
}

/** In turns, with a reply that reads nothing, so that what else the machine does meets all of them alike and is seen. */
async function measure(scene: Scene, queries: Readonly<Record<string, string>>): Promise<Measured[]> {
  const pages = Object.entries(queries).map(([what, query]) => ({ what, query, rows: 0, tookMs: [] as number[] }))
  const others: number[] = []
  for (let round = -10; round < ROUNDS; round++) {
    const askedAtMs = performance.now()
    await ask(`${scene.target.url}/v1/scms`, scene.owner.key)
    if (round >= 0) others.push(performance.now() - askedAtMs)
    for (const page of pages) {
      const startedAtMs = performance.now()
      page.rows = (await read(scene, `limit=${PAGE}&${page.query}`)).results.length
      if (round >= 0) page.tookMs.push(performance.now() - startedAtMs)
    }
  }
  print('(a small reply)', figures(others))
  return pages.map(({ what, rows, tookMs }) => {
    print(what, `${rows} calls, ${figures(tookMs)}`)
    return { what, p50Ms: median(tookMs), p99Ms: quantile(tookMs, 0.99) }
  })
}

async function measureAll(scene: Scene, count: number): Promise<void> {
  const { busy, rare } = scene.callers
  const started = performance.now()
  const markers = await readAll(scene, '', count)
  print(
    'all pages of 1000',
    `${markers.length} in ${((performance.now() - started) / 1000).toFixed(1)} s, every call once`,
  )
  const failures = Math.floor((count + COMMON_FAILURE - 1 - 3) / COMMON_FAILURE)
  const failureMarkers = await readAll(scene, 'outcome=failed', failures)
  const middle = (all: readonly string[]) => all[Math.floor(all.length / 2)]
  const pages = await measure(scene, {
    'first page': '',
    'middle page': `marker=${middle(markers)}`,
    'last page': `marker=${markers.at(-1)}`,
    'failed, first': 'outcome=failed',
    'failed, last': `outcome=failed&marker=${failureMarkers.at(-1)}`,
    'timed out (rare)': 'outcome=timed-out',
    'busy caller': `caller=${busy.username}`,
    'busy caller, middle': `caller=${busy.username}&marker=${middle(markers)}`,
    'rare caller': `caller=${rare.username}`,
    'rare version': 'version=0.0.9',
  })
  const search = await read(scene, `limit=${PAGE}&q=juggle%20${count - COMMON_FAILURE + 3}`)
  print('search', `${search.results.length} found, ${search.search.looked_at} calls looked at in one request`)
  const first = pages[0]?.p50Ms ?? Number.NaN
  for (const { what, p50Ms, p99Ms } of pages) {
    assert.ok(p99Ms <= MOST_MS, `${what}: p99 ${p99Ms.toFixed(1)} ms, at most ${MOST_MS} ms`)
    assert.ok(
      p50Ms <= first * MOST_SLOWER,
      `${what} takes ${(p50Ms / first).toFixed(1)} times as long as the first page`,
    )
  }
  print('', `flat: no page took more than ${MOST_SLOWER} times as long as the first`)
}

function open(asked: string | undefined, home: string): Promise<Omit<FilledDatabase, 'query'>> {
  if (asked === undefined || asked === 'postgres') return openDatabase(asked ?? 'sqlite', home)
  const execute = (input: string) => void execFileSync('psql', [asked, '-q', '-v', 'ON_ERROR_STOP=1'], { input })
  return Promise.resolve({ settings: { ALGORIST_DATABASE_URL: asked }, execute, close: async () => {} })
}

function print(what: string, figures: string): void {
  process.stdout.write(`${what.padEnd(22)}${figures}\n`)
}

const given = process.argv.slice(2)
const asked = given.find((each) => each.startsWith('postgres')) ?? process.env.ALGORIST_DATABASE_URL
const count = Number(given.find((each) => /^\d+$/.test(each)) ?? 1_000_000)
const folder = await mkdtemp(join(tmpdir(), 'algorist-many-calls-'))
await chmod(folder, 0o755)
const home = join(folder, 'home')
const database = await open(asked, home)
try {
  const settings = { ALGORIST_HOME: home, ...database.settings }
  const { owner, busy, rare, filled, name } = await prepare(settings)
  const nowMs = Date.now()
  const startedAtMs = performance.now()
  fillTable(database, { table: 'call_log', count, rowOf: (index) => callOf(index, count, nowMs, filled) })
  if (asked !== undefined) database.execute('analyze call_log')
  const seconds = (performance.now() - startedAtMs) / 1000
  print(asked === undefined ? 'SQLite' : 'PostgreSQL', `${count} calls written in ${seconds.toFixed(0)} s`)
  const target = await startTarget(settings)
  try {
    await measureAll(
      { target, owner, callers: { busy, rare }, path: `/v1/algorithms/${owner.username}/${name}` },
      count,
    )
  } finally {
    await target.close()
  }
} finally {
  await database.close()
  await rm(folder, { recursive: true, force: true })
}
