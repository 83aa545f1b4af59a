/**
 * Restarts under load: no call fails while one process follows another, a new version that is broken changes nothing, and
 * kill -9 in the middle leaves a server that works.
 */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createAccount, createKey, FULL_RIGHTS } from './lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from './lib/algorithms.ts'
import { curlJson, type Json } from './lib/curl.ts'
import {
  algorist,
  copyOfServer,
  type RestartedTarget,
  removeCopy,
  signal,
  startRestartable,
  successorOf,
  waitForEnd,
} from './lib/restarting.ts'
import { describeLoad, startLoad } from './lib/steady-load.ts'

/** Says what it is told; tells each run by a file of its own; takes its time. */
const SOURCE = `import time
import uuid

import Algorithmia

client = Algorithmia.client()


def apply(input):
    if not isinstance(input, dict):
        return input
    if "note" in input:
        client.file("data://%s/%s-%s" % (input["runs"], input["note"], uuid.uuid4().hex)).put("ran")
    time.sleep(input.get("seconds", 0))
    return input.get("note")
`

const CALLS_PER_SECOND = 100
const plain = { 'Content-Type': 'text/plain', Connection: 'close' }

describe('a restart', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'needs a server of its own',
  timeout: 280_000,
}, () => {
  let target: RestartedTarget
  let shop: Workshop

  before(async () => {
    target = await startRestartable({ ALGORIST_RESTART_READY_SECONDS: '40', ALGORIST_LOG_LEVEL: 'info' })
    const owner = await createAccount(target, 'restart')
    ;({ shop } = await createAlgorithm(target, owner, { name: 'Noter', language: 'python3' }))
    await pushGreen(shop, { 'src/Noter.py': SOURCE, 'requirements.txt': 'algorithmia\n' })
    await publish(shop, { settings: { algorithm_callability: 'public' } })
    await curlJson('POST', `${target.url}/v1/data/${owner.username}`, { key: owner.key, json: { name: 'runs' } })
  })
  after(() => target?.close())

  const load = (t: TestContext) => {
    const calls = startLoad({
      ...{ url: shop.callUrl, keys: [shop.owner.key], callsPerSecond: CALLS_PER_SECOND },
      ...{ kept: 8, fresh: 4 },
    })
    t.after(() => calls.stop())
    return calls
  }
  const restart = async (root?: string) => {
    const finished = await algorist(target.home, ['restart'], root)
    return { ...finished, pid: await target.currentPid() }
  }
  const restartWell = async () => {
    const before = await target.currentPid()
    const { code, stderr, pid } = await restart()
    assert.equal(code, 0, stderr)
    assert.notEqual(pid, before)
    return { before, pid }
  }
  const call = (input: Json, headers: Record<string, string> = {}) =>
    fetch(shop.callUrl, {
      method: 'POST',
      headers: {
        ...{ Authorization: `Simple ${shop.owner.key}`, 'Content-Type': 'application/json', Connection: 'close' },
        ...headers,
      },
      body: JSON.stringify(input),
    })
  const jsonOf = (reply: Response) => reply.json() as Promise<Json>
  /** How often each noted call ran. */
  const runs = async (prefix: string): Promise<Record<string, number>> => {
    const { username, key } = shop.owner
    const { files } = await curlJson('GET', `${target.url}/v1/data/${username}/runs`, { key })
    const notes = (files ?? []).map(({ filename }: Json) => filename.slice(0, -33) as string)
    const counts: Record<string, number> = {}
    for (const note of notes.filter((each: string) => each.startsWith(prefix))) counts[note] = (counts[note] ?? 0) + 1
    return counts
  }

  test('twice under load fails no call, and changes made meanwhile hold', async (t) => {
    const calls = load(t)
    let isOver = false
    const changes = (async () => {
      let count = 0
      for (; !isOver; count++) {
        const key = await createKey(target, shop.owner.username, FULL_RIGHTS)
        const answer = await fetch(shop.callUrl, {
          ...{ method: 'POST', headers: { ...plain, Authorization: `Simple ${key}` } },
          body: 'x',
        })
        assert.equal(answer.status, 200, `a call with a key that was just made: ${await answer.text()}`)
      }
      return count
    })()
    await delay(1000)
    await restartWell()
    await delay(1000)
    await restartWell()
    await delay(1000)
    isOver = true
    const [report, changed] = [await calls.stop(), await changes]
    assert.equal(report.failed, 0, describeLoad(report))
    assert.ok(report.calls > CALLS_PER_SECOND, describeLoad(report))
    assert.ok(changed > 3)
  })

  test('is spanned by a call of five seconds and by an upload, which the old process finishes', async () => {
    const { username, key } = shop.owner
    const file = `${target.url}/v1/data/${username}/runs/upload`
    const answer = call({ seconds: 5, note: 'long', runs: `${username}/runs` })
    const chunk = Buffer.alloc(64 * 1024, 'u')
    const upload = fetch(file, {
      ...{ method: 'PUT', headers: { Authorization: `Simple ${key}`, Connection: 'close' }, duplex: 'half' as const },
      body: new ReadableStream({
        async start(controller) {
          for (let part = 0; part < 25; part++) {
            controller.enqueue(chunk)
            await delay(200)
          }
          controller.close()
        },
      }),
    })
    await delay(500)
    const { before } = await restartWell()
    assert.equal((await jsonOf(await answer)).result, 'long')
    const uploaded = await upload
    assert.equal(uploaded.status, 200, await uploaded.text())
    const stored = await fetch(file, { headers: { Authorization: `Simple ${key}`, Connection: 'close' } })
    assert.equal((await stored.arrayBuffer()).byteLength, 25 * chunk.length)
    await waitForEnd(before)
  })

  test('runs asynchronous calls once each, those that run and those that wait', async () => {
    const input = (index: number) => ({ note: `async${index}`, seconds: 1, runs: `${shop.owner.username}/runs` })
    const accepted = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const reply = await call(input(index), { Prefer: 'respond-async' })
        assert.equal(reply.status, 202)
        return (await jsonOf(reply)).request_id as string
      }),
    )
    await restartWell()
    for (const id of accepted) assert.deepEqual(await resultOf(id), 'succeeded')
    const counts = await runs('async')
    assert.deepEqual(Object.values(counts), Array(60).fill(1), JSON.stringify(counts))
  })

  async function resultOf(requestId: string): Promise<string> {
    const url = `${target.url}/v1/calls/${requestId}`
    for (let attempt = 0; attempt < 300; attempt++) {
      const { status } = await curlJson('GET', url, { key: shop.owner.key })
      if (status !== 'queued' && status !== 'running') return status
      await delay(200)
    }
    return 'never'
  }

  test('answers a repeated idempotency key with the call that still runs in the old process', async () => {
    const request = { note: 'once', seconds: 4, runs: `${shop.owner.username}/runs` }
    const key = { 'Idempotency-Key': `restart-${Date.now()}` }
    const first = call(request, key)
    await delay(300)
    await restartWell()
    const again = await call(request, key)
    assert.equal(again.headers.get('Idempotency-Replayed'), 'true')
    assert.equal(await again.text(), await (await first).text())
    assert.deepEqual(await runs('once'), { once: 1 })
  })

  describe('to a version that is broken', () => {
    let copy: string
    before(async () => {
      copy = await copyOfServer()
    })
    after(() => copy && removeCopy(copy))

    const READY = 'await predecessor?.ready('
    const versions = [
      ['cannot be loaded', 'main.ts', 'import ', `throw new Error('broken')\n`, /ended with exit code 1/],
      ['fails after it has opened the database', 'compose/serve.ts', READY, `throw new Error('no good')\n`, /no good/],
      ['never becomes ready', 'compose/serve.ts', READY, 'await new Promise(() => {})\n', /not ready in time/],
    ] as const
    for (const [name, file, place, statement, reason] of versions) {
      test(`that ${name}: the old one goes on, and the reason is told`, async (t) => {
        const before = await target.currentPid()
        const path = join(copy, 'packages/server/src', file)
        const source = await readFile(path, 'utf8')
        t.after(() => writeFile(path, source))
        assert.ok(source.includes(place), `${file} has no ${place}`)
        await writeFile(path, source.replace(place, `${statement}${place}`))
        const calls = load(t)
        const { code, stderr, pid } = await restart(copy)
        assert.equal(code, 1)
        assert.match(stderr, reason)
        assert.equal(pid, before)
        await createKey(target, shop.owner.username, FULL_RIGHTS)
        const report = await calls.stop()
        assert.equal(report.failed, 0, describeLoad(report))
      })
    }
  })

  test('whose new process is killed on its way leaves the old one as it was, whenever that is', async (t) => {
    const before = await target.currentPid()
    const calls = load(t)
    for (const afterMs of [0, 400, 1200]) {
      const restarting = restart()
      const successor = await successorOf(before)
      await delay(afterMs)
      signal(successor, 'SIGKILL')
      const { code, stderr, pid } = await restarting
      assert.deepEqual([code, pid], [1, before], stderr)
      assert.match(stderr, /SIGKILL/)
    }
    const report = await calls.stop()
    assert.equal(report.failed, 0, describeLoad(report))
  })

  test('whose old process is killed while it finishes leaves the new one at work, which takes up what was left', async (t) => {
    const input = { note: 'killed', seconds: 30, runs: `${shop.owner.username}/runs` }
    const { request_id } = await jsonOf(await call(input, { Prefer: 'respond-async' }))
    await delay(1000)
    const { before } = await restartWell()
    const calls = load(t)
    signal(before, 'SIGKILL')
    assert.equal(await resultOf(request_id), 'failed')
    await restartWell()
    const report = await calls.stop()
    assert.equal(report.failed, 0, describeLoad(report))
    assert.deepEqual(await runs('killed'), { killed: 1 })
  })

  test('whose old process is killed on the way is finished by the new one', async () => {
    const before = await target.currentPid()
    const restarting = restart()
    const successor = await successorOf(before)
    signal(before, 'SIGKILL')
    assert.equal((await restarting).code, 1)
    for (let attempt = 0; attempt < 100 && (await target.currentPid()) !== successor; attempt++) await delay(100)
    const answer = await call('still here')
    assert.equal((await jsonOf(answer)).result, 'still here')
    await restartWell()
  })
})
