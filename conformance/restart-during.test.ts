/** What goes on while one process follows another, over TLS and on PostgreSQL: calls, a push, a build, who follows the log. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { commit, gitOrFail, publish, type Workshop, waitForBuild, withClone } from './lib/algorithms.ts'
import { curlJson, type Json } from './lib/curl.ts'
import { type FilledDatabase, openDatabase } from './lib/databases.ts'
import { openEvents } from './lib/events.ts'
import { openHaltingLine } from './lib/halting-line.ts'
import { createNoter, type Noter } from './lib/noter.ts'
import { createOwnCertificate, type OwnCertificate } from './lib/own-certificate.ts'
import { type RestartedTarget, restartWell, signal, startRestartable, waitForEnd } from './lib/restarting.ts'
import { describeLoad, startLoad } from './lib/steady-load.ts'
import { until } from './lib/until.ts'

/** Nobody else sleeps as long: by this the test finds what the build waits for, and ends it. */
const SLEEP_SECONDS = String(100_000 + Math.floor(Math.random() * 100_000))
const ALGORITHM = 'def apply(input):\n    return "built"\n'
/** A dependency in the repository whose build waits until its `sleep` is ended; it needs no network. */
const WAITING_BUILD = {
  'src/Noter.py': ALGORITHM,
  'requirements.txt': './waiting\n',
  'waiting/pyproject.toml':
    '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "waiting"\nversion = "1"\n',
  'waiting/backend.py': `import subprocess
import zipfile

FILES = {
    "waiting.py": "",
    "waiting-1.dist-info/METADATA": "Metadata-Version: 2.1\\nName: waiting\\nVersion: 1\\n",
    "waiting-1.dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    "waiting-1.dist-info/RECORD": "",
}


def build_wheel(folder, *args):
    subprocess.run(["sleep", "${SLEEP_SECONDS}"])
    with zipfile.ZipFile(folder + "/waiting-1-py3-none-any.whl", "w") as wheel:
        for name, text in FILES.items():
            wheel.writestr(name, text)
    return "waiting-1-py3-none-any.whl"
`,
}

describe('a restart over TLS and on PostgreSQL', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'needs a server of its own',
  timeout: 600_000,
}, () => {
  let certificate: OwnCertificate
  let database: FilledDatabase
  let target: RestartedTarget
  let noter: Noter
  let shop: Workshop

  before(async () => {
    certificate = await createOwnCertificate()
    database = await openDatabase('postgres', '')
    target = await startRestartable({ ...certificate.settings, ...database.settings, ALGORIST_LOG_LEVEL: 'info' })
    noter = await createNoter(target)
    shop = noter.shop
  })
  after(async () => {
    await target?.close()
    await database?.close()
    await certificate?.remove()
  })

  const builds = async (sha: string): Promise<Json[]> => {
    const { results } = await curlJson('GET', `${shop.url}/builds`, { key: shop.owner.key })
    return results.filter((build: Json) => build.commit_sha === sha)
  }
  const waitingProcess = async (): Promise<number | undefined> => {
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')
      if (line === `sleep\0${SLEEP_SECONDS}\0`) return Number(pid)
    }
    return undefined
  }
  /** Resolves to the process that a build waits for, other than one that was. */
  async function buildThatWaits(was?: number): Promise<number> {
    let pid: number | undefined
    await until('a build that waits', async () => {
      pid = await waitingProcess()
      return pid !== undefined && pid !== was
    })
    return pid ?? 0
  }

  test('fails no call, on kept connections and on new ones', async (t) => {
    assert.match(target.url, /^https:/)
    const calls = startLoad({ url: shop.callUrl, keys: [shop.owner.key], callsPerSecond: 50, kept: 8, fresh: 4 })
    t.after(() => calls.stop())
    await calls.more(20)
    await restartWell(target)
    await calls.more(20)
    const report = await calls.stop()
    t.diagnostic(describeLoad(report))
    assert.equal(report.failed, 0, describeLoad(report))
  })

  test('ends the stream of who follows the log, who comes back and sees what happened meanwhile', async () => {
    const url = `${shop.url}/calls/tail`
    const headers = { Authorization: `Simple ${shop.owner.key}`, Accept: 'text/event-stream' }
    const stream = await openEvents(url, headers)
    await noter.call('before')
    const first = await stream.next(60_000)
    await restartWell(target)
    await stream.ended
    await noter.call('meanwhile')
    const again = await openEvents(url, { ...headers, 'Last-Event-ID': first.id })
    const missed = await again.next(60_000)
    again.close()
    assert.notEqual(missed.data.request_id, undefined)
    assert.notEqual(missed.data.request_id, first.data.request_id)
  })

  test('lets a push and its build go on in the old process; what they made is published by the new one', async () => {
    const line = await openHaltingLine(shop.gitUrl, 256 * 1024)
    await withClone(shop, async (folder) => {
      await writeFile(join(folder, 'large.bin'), randomBytes(3 * 1024 * 1024))
      const sha = await commit(folder, WAITING_BUILD)
      const pushed = gitOrFail(folder, 'push', '-q', line.url, 'HEAD:master')
      await line.halted
      const { before } = await restartWell(target)
      line.goOn()
      const waiting = await buildThatWaits()
      assert.deepEqual(
        (await builds(sha)).map(({ status }) => status),
        ['in-progress'],
      )
      signal(waiting, 'SIGTERM')
      await pushed
      assert.equal((await waitForBuild(shop, sha)).status, 'succeeded')
      await waitForEnd(before)
      assert.equal((await builds(sha)).length, 1)
      const { version_info } = await publish(shop)
      assert.equal(version_info.git_hash, sha)
      assert.match(await (await noter.call('x')).text(), /"built"/)
    }).finally(line.close)
  })

  test('has the new process take a build over whose old process is killed, and cancel one that the old process runs', async () => {
    await withClone(shop, async (folder) => {
      const sha = await commit(folder, { ...WAITING_BUILD, 'src/Noter.py': ALGORITHM.replace('built', 'taken over') })
      const pushed = gitOrFail(folder, 'push', '-q').catch(() => {})
      const first = await buildThatWaits()
      const { before } = await restartWell(target)
      signal(before, 'SIGKILL')
      await pushed
      signal(await buildThatWaits(first), 'SIGTERM')
      assert.equal((await waitForBuild(shop, sha)).status, 'succeeded')
      assert.equal((await builds(sha)).length, 1)

      const next = await commit(folder, { 'src/Noter.py': ALGORITHM.replace('built', 'cancelled') })
      const pushedNext = gitOrFail(folder, 'push', '-q')
      await buildThatWaits()
      await restartWell(target)
      const [{ build_id }] = await builds(next)
      const ended = await curlJson('DELETE', `${shop.url}/builds/${build_id}`, { key: shop.owner.key })
      assert.equal(ended.status, 'failed')
      await pushedNext
      const { logs } = await curlJson('GET', `${shop.url}/builds/${build_id}/logs`, { key: shop.owner.key })
      assert.match(logs, /The build was cancelled by/)
    })
  })
})
