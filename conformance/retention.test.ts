/**
 * What is kept and what goes: files of builds that nothing needs are collected and say so, what is published runs on, a
 * disk that fills up and empties costs no call, and a server that is killed while it collects is as good as before.
 */
import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { succeed } from './lib/algorist.ts'
import { commit, expectGreen, git, gitOrFail, pushGreen, waitForBuild, withClone } from './lib/algorithms.ts'
import type { Json } from './lib/curl.ts'
import { installProbe, type Probe } from './lib/probe.ts'
import { startTarget, type Target } from './lib/server.ts'
import { assertError } from './lib/shape.ts'
import { type SmallDisk, startOnSmallDisk } from './lib/small-disk.ts'
import { until } from './lib/until.ts'
import { jsonOf, send, type WireOptions, type WireReply } from './lib/wire.ts'

/** Everything goes that may go, as soon as somebody looks. */
const NOTHING_KEPT = {
  ALGORIST_RETENTION_ARTIFACT_DAYS: '0',
  ALGORIST_RETENTION_BUILD_LOG_DAYS: '0',
  ALGORIST_RETENTION_BUILD_DAYS: '0',
  ALGORIST_RETENTION_BUILDS_KEPT: '1',
  ALGORIST_RETENTION_GRACE_SECONDS: '0',
  ALGORIST_RETENTION_GIT_PACKS: '2',
  /** Nobody but the command. */
  ALGORIST_RETENTION_INTERVAL_SECONDS: '86400',
}
const ROUNDS = 3
const COMMITS = 5
const notOurs = process.env.ALGORIST_TARGET !== undefined && 'needs its data folder'
const onlyRoot = process.getuid?.() === 0 ? false : 'only root can mount a disk of its own'

const retention = (home: string, ...args: string[]): Promise<Json[]> => succeed(home, ['retention', ...args])

const artifactsIn = (home: string) => readdir(join(home, 'runner/artifacts'))

/** Calls as the owner of the probe. */
function ownerOf({ url }: Pick<Target, 'url'>, { owner }: Probe) {
  const ask = (line: string, options: WireOptions = {}) => send(url, line, { key: owner.key, ...options })
  const call = (version: string, json: unknown = 'hello') =>
    ask(`POST /v1/algo/${owner.username}/Probe/${version}`, { json })
  return { ask, call }
}

describe('retention', { skip: notOurs }, () => {
  let target: Target
  let home: string
  let probe: Probe
  before(async () => {
    target = await startTarget({ ...NOTHING_KEPT, ALGORIST_RETENTION_BUILDS_KEPT: '20' })
    home = target.home ?? ''
    const hasLooked = /^algorist_retention_last_run_timestamp_seconds [1-9]/m
    // By itself it does so once, soon after it has started: what is made later is left to the command.
    await until('the first round', async () => hasLooked.test((await send(target.url, 'GET /metrics')).text))
    probe = await installProbe(target)
  })
  after(() => target?.close())

  test('collects the files of builds that nothing needs; a call of one says how to get it back', async () => {
    const path = new URL(probe.shop.url).pathname
    const { ask, call } = ownerOf(target, probe)
    const old = await pushGreen(probe.shop, { 'README.md': 'two' })
    const head = await pushGreen(probe.shop, { 'README.md': 'three' })
    assert.equal(jsonOf(await call(old)).result, 'hello')

    const removed = await retention(home, 'run')
    const what = removed.map((row) => row.what)
    for (const kind of ['artifacts', 'files of builds', 'repositories'])
      assert.ok(what.includes(kind), `${kind}: ${what}`)
    const command = `POST ${path}/compile with \\{"commitSha":"${old}"\\}`
    assertError(await call(old), { status: 404, message: new RegExp(`no longer kept; build it again by ${command}`) })
    const publishing = { version_info: { git_hash: old } }
    assertError(await ask(`POST ${path}/versions`, { json: publishing }), { status: 404, message: /compile it again/ })
    for (const kept of ['0.1.0', head]) assert.equal(jsonOf(await call(kept)).result, 'hello')

    await ask(`POST ${path}/compile`, { json: { commitSha: old } })
    assert.equal(jsonOf(await call(old)).result, 'hello')
  })

  test('keeps repositories whole, and in fewer files', async () => {
    await withClone(probe.shop, async (folder) => {
      await gitOrFail(folder, 'fsck', '--full')
      assert.equal((await gitOrFail(folder, 'rev-list', '--count', 'HEAD')).stdout.toString().trim(), '4')
    })
    await pushGreen(probe.shop, { 'README.md': 'four' })
  })

  test('says how much there is, how much there may be, and what went', async () => {
    await retention(home, 'run')
    const rows = await retention(home)
    const artifacts = rows.find(({ kind }) => kind === 'artifacts')
    assert.deepEqual([artifacts.kept, artifacts['when full'], artifacts.beyond], ['0 days', '0 days', 0])
    assert.ok(artifacts.rows >= 2 && artifacts.removed >= 1)
    const callLog = rows.find(({ kind }) => kind === 'call log')
    assert.deepEqual([callLog.kept, callLog.quota, callLog['when full']], ['30 days', '1.0 GiB per owner', '1 day'])
    assert.ok(callLog.rows >= 4)
    const metrics = (await send(target.url, 'GET /metrics')).text
    assert.match(metrics, /^algorist_retention_rows\{kind="call log"\} [1-9]/m)
    assert.match(metrics, /^algorist_retention_removed_rows_total\{kind="artifacts"\} [1-9]/m)
    assert.match(metrics, /^algorist_retention_last_run_timestamp_seconds [1-9]/m)
  })
})

describe('a server that is killed while it collects', { skip: notOurs }, () => {
  let folder: string
  let target: Target
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'algorist-retention-'))
    await chmod(folder, 0o755)
  })
  after(async () => {
    await target?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test(`${ROUNDS} times has every version, and no file that nobody removes`, async (t) => {
    const home = join(folder, 'home')
    const start = () => startTarget({ ...NOTHING_KEPT, ALGORIST_HOME: home, ALGORIST_RETENTION_PAUSE_MS: '10' })
    target = await start()
    const probe = await installProbe(target)
    const path = new URL(probe.shop.url).pathname
    const commits = await withClone(probe.shop, async (clone) => {
      const made: string[] = []
      for (let number = 0; number < COMMITS; number++)
        made.push(await commit(clone, { 'README.md': `number ${number}` }))
      await gitOrFail(clone, 'push', '-q')
      await expectGreen(probe.shop, await waitForBuild(probe.shop, made.at(-1)))
      return made
    })
    const killedAfter: string[] = []
    let gone: readonly string[] = commits
    for (let round = 0; round < ROUNDS; round++) {
      const { ask } = ownerOf(target, probe)
      await Promise.all(gone.map((sha) => ask(`POST ${path}/compile`, { json: { commitSha: sha } })))
      const had = (await artifactsIn(home)).length
      let hasEnded = false
      const collecting = retention(home, 'run')
        .catch(() => {})
        .finally(() => {
          hasEnded = true
        })
      // The command itself takes a while to reach the server.
      while (!hasEnded && (await artifactsIn(home)).length === had) await delay(1)
      await delay(round * 15)
      process.kill(target.pid ?? 0, 'SIGKILL')
      killedAfter.push(`${had - (await artifactsIn(home)).length} of ${had}`)
      await collecting
      await target.close()
      target = await start()
      gone = await requireConsistent(ownerOf(target, probe), commits, home)
    }
    t.diagnostic(`artifacts gone when the server was killed: ${killedAfter.join(', ')}`)
    const { ask } = ownerOf(target, probe)
    await ask(`POST ${path}/compile`, { json: { commitSha: commits.at(-1) } })
    // A worker that still answers keeps its files until the next round.
    for (let tries = 0; tries < 20; tries++) {
      await retention(home, 'run')
      if ((await artifactsIn(home)).length <= 2) break
    }
    // The version, the newest build, which is of the head as well.
    assert.equal((await artifactsIn(home)).length, 2)
    await requireConsistent(ownerOf(target, probe), commits, home)
  })

  /** @returns commits of which no build is kept */
  async function requireConsistent(
    { call }: ReturnType<typeof ownerOf>,
    commits: readonly string[],
    home: string,
  ): Promise<string[]> {
    assert.equal(jsonOf(await call('0.1.0')).result, 'hello')
    assert.equal(jsonOf(await call(commits.at(-1) ?? '')).result, 'hello')
    const gone: string[] = []
    for (const sha of commits) {
      const reply = await call(sha)
      if (reply.status === 200) continue
      assertError(reply, { status: 404, message: /build it (again )?by POST/ })
      gone.push(sha)
    }
    const [artifacts, runnable] = [(await artifactsIn(home)).length, 1 + commits.length - gone.length]
    assert.ok(artifacts >= runnable, `${artifacts} artifacts for ${runnable} commits that can be called`)
    return gone
  }
})

describe('a disk that fills up to 95 % and empties again', { skip: onlyRoot }, () => {
  let disk: SmallDisk
  before(async () => {
    disk = await startOnSmallDisk(400)
  })
  after(() => disk?.close())

  test('refuses what is stored with 507, and not one call fails', async (t) => {
    const probe = await installProbe(disk.target)
    const { ask, call } = ownerOf(disk.target, probe)
    const path = new URL(probe.shop.url).pathname
    const stop = new AbortController()
    const statuses = new Map<number, number>()
    const calling = Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let count = 0; !stop.signal.aborted && count < 100_000; count++) {
          const { status } = await call('0.1.0')
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
        }
      }),
    )
    const put = (name: string) => ask(`PUT /v1/data/.my/full/${name}`, { body: 'text' })
    assert.equal((await ask('POST /v1/data/.my', { json: { name: 'full' } })).status, 200)
    assert.equal((await put('before')).status, 200)
    try {
      await fillTo(disk, 96, true)
      const refusals: [string, () => Promise<WireReply>][] = [
        ['a build', () => ask(`POST ${path}/compile`)],
        ['a file', () => put('during')],
        ['a collection', () => ask('POST /v1/data/.my', { json: { name: 'more' } })],
        ['a call for later', () => ask(`POST /v1/algo/${probe.owner.username}/Probe?output=void`, { json: 1 })],
      ]
      for (const [what, request] of refusals) assert.equal((await request()).status, 507, what)
      await withClone(probe.shop, async (folder) => {
        await commit(folder, { 'README.md': 'more' })
        assert.match((await git(folder, 'push')).stderr, /507/)
      })
      // What makes room works, and so does reading.
      assert.equal((await ask('GET /v1/data/.my/full/before')).status, 200)
      assert.equal((await ask('DELETE /v1/data/.my/full/before')).status, 200)
      await fillTo(disk, 0, false)
    } finally {
      stop.abort()
      await calling
    }
    const calls = [...statuses.values()].reduce((all, count) => all + count, 0)
    t.diagnostic(`${calls} calls meanwhile`)
    assert.deepEqual([...statuses.keys()], [200])
    assert.equal((await put('after')).status, 200)
    const head = await pushGreen(probe.shop, { 'README.md': 'after' })
    assert.equal(jsonOf(await call(head)).result, 'hello')
  })

  async function fillTo({ target, fill }: SmallDisk, percent: number, isFull: boolean): Promise<void> {
    await fill(percent)
    await until(`the news that the disk is ${isFull ? 'full' : 'free'}`, async () => {
      const { text } = await send(target.url, 'GET /metrics')
      return text.includes(`algorist_disk_full ${Number(isFull)}\n`)
    })
  }
})
