/**
 * A server with 100,000 users, 10,000 organizations and 110,000 keys, on SQLite and on PostgreSQL: how it starts, what it holds
 * in memory, how long the pages of its lists take at their begin, in the middle and at the end, whether the database reads them by
 * indexes, and whether keys that are revoked while 1,000 calls a second run stop working before the revoking reply. The people are
 * written straight into the database of a stopped server; everything else is over HTTP. Fails when the median of a list's pages is
 * above 50 ms or rises from begin to end, when a statement reads a whole table, or when a call succeeds after the revocation of its key.
 *
 *   bin/node conformance/many-accounts.ts [users] [engine]          100,000 on both when left out
 */
import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAccount } from './lib/accounts.ts'
import { createAlgorithm, publish, pushGreen } from './lib/algorithms.ts'
import type { Json } from './lib/curl.ts'
import { type Engine, type FilledDatabase, openDatabase } from './lib/databases.ts'
import { fillPeople, keyOf, organizationName, type People, peopleOf, userName } from './lib/many-people.ts'
import { residentMiB } from './lib/memory.ts'
import { explainAll, wholeReads } from './lib/plans.ts'
import { processorMs } from './lib/processor-time.ts'
import { figures, median } from './lib/quantiles.ts'
import { revokeUnderLoad } from './lib/revocations.ts'
import { startTarget, type Target } from './lib/server.ts'
import { describeLoad } from './lib/steady-load.ts'

const MOST_MS = 50
/** Pages at the end may take so much longer than those at the begin, by the median. */
const MOST_SLOWER = 2
/** Below this, differences are noise. */
const NOISE_MS = 3
/** Of each page that is measured. */
const ROUNDS = 100
/** A reply that reads nothing: what this machine makes of 50 ms today. */
const NOTHING = '/v1/scms'
const CALLS_PER_SECOND = 1000
const STAYING = 400
const REVOKED = 100

/** Told at the end, so that one slow list does not hide the others. */
const problems: string[] = []

interface List {
  readonly what: string
  readonly path: string
  readonly limit: number
  readonly count: number
  nameOf(item: Json): string
}

function listsOf({ users, organizations, membersOfFirst }: People, made: number): readonly List[] {
  const people = { path: '/v1/users', count: users + made, nameOf: ({ username }: Json) => username }
  const labs = { path: '/v1/organizations', count: organizations, nameOf: ({ org_name }: Json) => org_name }
  const members = {
    path: `/v1/organizations/${organizationName(0)}/members`,
    count: membersOfFirst,
    nameOf: ({ username }: Json) => username,
  }
  return [50, 1000].flatMap((limit) => [
    { what: `users, ${limit}`, limit, ...people },
    { what: `organizations, ${limit}`, limit, ...labs },
    { what: `members of one, ${limit}`, limit, ...members },
  ])
}

/**
 * All pages once, for what is in them; then the first, one in the middle and the last full one in turns, so that what else
 * the machine does meets them alike.
 */
async function walk(target: Target, list: List): Promise<void> {
  const startedCpuMs = processorMs(target)
  const markers = await readAll(target, list)
  const costMs = (processorMs(target) - startedCpuMs) / markers.length
  const places = { begin: '', middle: markers[markers.length >> 1] ?? '', end: markers.at(-2) ?? '' }
  const tookMs = { nothing: [] as number[], begin: [] as number[], middle: [] as number[], end: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    tookMs.nothing.push((await ask(target, NOTHING)).ms)
    for (const [place, marker] of Object.entries(places)) {
      tookMs[place as keyof typeof places].push((await page(target, list, marker)).ms)
    }
  }
  const shown = Object.entries(tookMs).map(([what, each]) => `${what} ${figures(each)}`)
  print(list.what, `${shown.join('; ')}; processor ${costMs.toFixed(1)} ms a page, ${markers.length} pages`)
  const begin = median(tookMs.begin)
  const slowest = Math.max(begin, median(tookMs.middle), median(tookMs.end))
  if (slowest > MOST_MS) problems.push(`${list.what}: the median of a page is ${slowest.toFixed(1)} ms`)
  if (slowest > Math.max(begin * MOST_SLOWER, begin + NOISE_MS)) problems.push(`${list.what}: not flat`)
}

const page = (target: Target, { path, limit }: List, marker: string) =>
  ask(target, `${path}?limit=${limit}&marker=${marker}`)

/** @returns the marker before each page */
async function readAll(target: Target, list: List): Promise<readonly string[]> {
  const { what, count, nameOf } = list
  const names: string[] = []
  const markers = ['']
  for (const marker of markers) {
    const { body } = await page(target, list, marker)
    names.push(...body.results.map(nameOf))
    if (body.marker !== null && markers.length <= count) markers.push(body.marker)
  }
  assert.deepEqual([names.length, new Set(names).size], [count, count], `${what}: everybody once`)
  assert.ok(
    names.every((name, at) => at === 0 || name.toLowerCase() > (names[at - 1] ?? '').toLowerCase()),
    `${what}: in order`,
  )
  return markers
}

async function ask(
  { url, adminKey }: Target,
  path: string,
  method = 'GET',
  json?: Json,
): Promise<{ body: Json; ms: number }> {
  const headers = { Authorization: `Simple ${adminKey}`, ...(json && { 'Content-Type': 'application/json' }) }
  const startedAtMs = performance.now()
  const reply = await fetch(`${url}${path}`, { method, headers, ...(json && { body: JSON.stringify(json) }) })
  const text = await reply.text()
  assert.ok(reply.ok, `${method} ${path}: ${reply.status} ${text}`)
  return { body: text && JSON.parse(text), ms: performance.now() - startedAtMs }
}

/** What has no pages, and what changes people. */
async function measureSingles(target: Target, people: People): Promise<void> {
  const random = (count: number, at: number) => Math.imul(at + 1, 2_654_435_761) % count
  const user = (at: number) => userName(Math.abs(random(people.users - 1, at)) + 1)
  const first = organizationName(0)
  const requests: Readonly<Record<string, (at: number) => ReturnType<typeof ask>>> = {
    nothing: () => ask(target, NOTHING),
    'one user': (at) => ask(target, `/v1/users/${user(at)}`),
    'one organization': () => ask(target, `/v1/organizations/${first}`),
    [`${people.keysOfFirst} keys of a user`]: () => ask(target, `/v1/users/${userName(0)}/keys`),
    'one key': (at) => ask(target, `/v1/users/${user(at)}/keys`),
    'a new user': (at) => {
      const json = { username: `New${at}`, email: `new${at}@example.com` }
      return ask(target, '/v1/users', 'POST', json)
    },
    'a new key': (at) => ask(target, `/v1/users/New${at}/keys`, 'POST', { key_type: 'ManagementKey' }),
    'a new member': (at) => ask(target, `/v1/organizations/${first}/members/New${at}`, 'PUT'),
    'a member leaves': (at) => ask(target, `/v1/organizations/${first}/members/New${at}`, 'DELETE'),
    'a user is deleted': (at) => ask(target, `/v1/users/New${at}`, 'DELETE'),
  }
  for (const [what, request] of Object.entries(requests)) {
    const tookMs: number[] = []
    for (let at = 0; at < 30; at++) tookMs.push((await request(at)).ms)
    print(what, figures(tookMs))
    if (median(tookMs) > MOST_MS) problems.push(`${what}: the median is ${median(tookMs).toFixed(1)} ms`)
  }
}

async function revoke(target: Target, people: People, callUrl: string): Promise<void> {
  const keys = Array.from({ length: Math.min(STAYING + REVOKED, people.users - 1) }, (_, index) => keyOf(index + 1))
  const { load, tookMs, refused } = await revokeUnderLoad({
    ...{ url: target.url, adminKey: target.adminKey, callUrl, callsPerSecond: CALLS_PER_SECOND },
    ...{ revoked: keys.slice(0, REVOKED), staying: keys.slice(REVOKED) },
  })
  print('revocations', `${tookMs.length}, ${figures(tookMs)}; ${refused} calls sent after them, all refused`)
  print('calls meanwhile', describeLoad(load).trimEnd())
}

/** What is called under load, made while the server has nobody else. */
async function prepare(settings: Record<string, string>): Promise<{ path: string }> {
  const { target, seconds } = await start(settings)
  try {
    print('empty server', `starts in ${seconds.toFixed(1)} s, ${residentMiB(target.pid ?? 0).toFixed(0)} MiB`)
    const owner = await createAccount(target, 'echo')
    const { shop } = await createAlgorithm(target, owner, { name: 'Echo', language: 'javascript' })
    await pushGreen(shop, { 'src/Echo.js': 'exports.apply = (input, cb) => cb(null, input)\n' })
    await publish(shop, { settings: { algorithm_callability: 'public' } })
    return { path: shop.callUrl.slice(target.url.length) }
  } finally {
    await target.close()
  }
}

async function start(settings: Record<string, string>): Promise<{ target: Target; seconds: number }> {
  const startedAtMs = performance.now()
  const target = await startTarget(settings)
  return { target, seconds: (performance.now() - startedAtMs) / 1000 }
}

async function measureServer(settings: Record<string, string>, people: People, callPath: string): Promise<void> {
  const { target, seconds } = await start(settings)
  const memory = () => `${residentMiB(target.pid ?? 0).toFixed(0)} MiB`
  try {
    print('server', `starts in ${seconds.toFixed(1)} s, ${memory()}`)
    // The administrator and the owner of what is called.
    for (const list of listsOf(people, 2)) await walk(target, list)
    await measureSingles(target, people)
    await revoke(target, people, `${target.url}${callPath}`)
    print('server', `${memory()} at the end`)
  } finally {
    await target.close()
  }
}

async function run(engine: Engine, people: People): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'algorist-many-accounts-'))
  await chmod(home, 0o755)
  const database = await openDatabase(engine, home)
  try {
    const settings = { ALGORIST_HOME: home, ...database.settings }
    process.stdout.write(`\n${engine}\n`)
    const { path } = await prepare(settings)
    fill(database, engine, people)
    problems.push(...explainAll(database, engine))
    const before = wholeReads(database, engine)
    await measureServer(settings, people, path)
    const after = wholeReads(database, engine)
    for (const [table, reads] of after) print('whole reads', `${reads - (before.get(table) ?? 0)} of ${table}`)
  } finally {
    await database.close()
    await rm(home, { recursive: true, force: true })
  }
}

function fill(database: FilledDatabase, engine: Engine, people: People): void {
  const startedAtMs = performance.now()
  fillPeople(database, people)
  if (engine === 'postgres') database.execute('analyze')
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0)
  print('written', `${people.users} users, ${people.organizations} organizations, ${people.keys} keys in ${seconds} s`)
}

function print(what: string, text: string): void {
  process.stdout.write(`${what.padEnd(24)}${text}\n`)
}

const people = peopleOf(Number(process.argv[2] ?? 100_000))
const engines = (['sqlite', 'postgres'] as const).filter((engine) => (process.argv[3] ?? engine) === engine)
for (const engine of engines) await run(engine, people)
assert.deepEqual(problems, [])
