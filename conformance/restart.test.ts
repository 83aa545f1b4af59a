/**
 * Restarts under load: no call fails while one process follows another, what was begun is finished once, and kill -9 of the
 * old process leaves a server that works. New versions that are broken are in restart-broken.test.ts.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createKey, FULL_RIGHTS } from './lib/accounts.ts'
import { algorist } from './lib/algorist.ts'
import type { Json } from './lib/curl.ts'
import { createNoter, type Noter } from './lib/noter.ts'
import {
  type RestartedTarget,
  restartWell,
  signal,
  startRestartable,
  successorOf,
  waitForEnd,
} from './lib/restarting.ts'
import { describeLoad, type SteadyLoad, startLoad } from './lib/steady-load.ts'
import { until } from './lib/until.ts'

const CALLS_PER_SECOND = 50

describe('a restart', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'needs a server of its own',
  timeout: 600_000,
}, () => {
  let target: RestartedTarget
  let noter: Noter

  before(async () => {
    target = await startRestartable({ ALGORIST_LOG_LEVEL: 'info' })
    noter = await createNoter(target)
  })
  after(() => target?.close())

  /** Calls that have begun to be answered. */
  async function load(t: TestContext): Promise<SteadyLoad> {
    const { callUrl, owner } = noter.shop
    const calls = startLoad({
      ...{ url: callUrl, keys: [owner.key], callsPerSecond: CALLS_PER_SECOND },
      ...{ kept: 8, fresh: 4 },
    })
    t.after(() => calls.stop())
    await calls.more(20)
    return calls
  }
  async function expectNoFailure(t: TestContext, calls: SteadyLoad): Promise<void> {
    await calls.more(20)
    const report = await calls.stop()
    t.diagnostic(describeLoad(report))
    assert.equal(report.failed, 0, describeLoad(report))
  }
  async function health(agent: Agent): Promise<{ status?: number; connection?: string; isReused: boolean }> {
    const asking = request(`${target.url}/health`, { agent }).end()
    const [{ statusCode, headers }] = (await once(
      asking.on('response', (reply) => reply.resume()),
      'response',
    )) as [IncomingMessage]
    return { status: statusCode ?? 0, connection: headers.connection ?? '', isReused: asking.reusedSocket }
  }
  const jsonOf = (reply: Response) => reply.json() as Promise<Json>

  test('twice under load fails no call, and changes made meanwhile hold', async (t) => {
    const calls = await load(t)
    let isOver = false
    const changes = (async () => {
      let count = 0
      for (; !isOver; count++) {
        const key = await createKey(target, noter.shop.owner.username, FULL_RIGHTS)
        const answer = await noter.call('x', { Authorization: `Simple ${key}` })
        assert.equal(answer.status, 200, `a call with a key that was just made: ${await answer.text()}`)
      }
      return count
    })()
    await restartWell(target)
    await calls.more(50)
    await restartWell(target)
    isOver = true
    assert.ok((await changes) > 0)
    await expectNoFailure(t, calls)
  })

  test('is spanned by a call, an upload and a kept connection; the old process ends with the last of them', async (t) => {
    const { username, key } = noter.shop.owner
    const file = `${target.url}/v1/data/${username}/runs/upload`
    const agent = new Agent({ keepAlive: true })
    t.after(() => agent.destroy())
    assert.equal((await health(agent)).connection, 'keep-alive')
    const answer = noter.call(noter.input('long', 'go-long'))
    await noter.begun('long')
    let sent = 0
    const chunk = Buffer.alloc(1024 * 1024, 'u')
    const restarted = Promise.withResolvers<void>()
    const halfSent = Promise.withResolvers<void>()
    const upload = fetch(file, {
      ...{ method: 'PUT', headers: { Authorization: `Simple ${key}`, Connection: 'close' }, duplex: 'half' as const },
      body: new ReadableStream({
        // Asked for when the server has taken most of what came before.
        async pull(controller) {
          sent++
          controller.enqueue(chunk)
          if (sent === 20) {
            halfSent.resolve()
            await restarted.promise
          }
          if (sent === 25) controller.close()
        },
      }),
    })
    await halfSent.promise
    const { before } = await restartWell(target)
    restarted.resolve()
    await noter.release('go-long')
    assert.equal((await jsonOf(await answer)).result, 'long')
    const uploaded = await upload
    assert.equal(uploaded.status, 200, await uploaded.text())
    const stored = await fetch(file, { headers: { Authorization: `Simple ${key}`, Connection: 'close' } })
    assert.equal((await stored.arrayBuffer()).byteLength, 25 * chunk.length)
    // What is left of the old process is nothing that others of the folder know of.
    const peers = async () => (await readdir(join(target.home, 'run'))).filter((name) => name.startsWith('i-'))
    await until('the end of its work', async () => (await peers()).length === 1)
    const { status, connection, isReused } = await health(agent)
    assert.deepEqual([status, connection], [200, isReused ? 'close' : 'keep-alive'])
    await waitForEnd(before)
  })

  test('runs asynchronous calls once each: those that run, those that wait, and those accepted meanwhile', async () => {
    const accept = (index: number) => noter.accept(noter.input(`async${index}`, 'go-async'))
    const accepted = await Promise.all(Array.from({ length: 24 }, (_, index) => accept(index)))
    await noter.begun('async')
    let isOver = false
    const meanwhile = (async () => {
      for (; !isOver && accepted.length < 60; await delay(100)) accepted.push(await accept(accepted.length))
    })()
    await restartWell(target)
    isOver = true
    await meanwhile
    await noter.release('go-async')
    for (const id of accepted) assert.equal(await noter.endOf(id), 'succeeded')
    const counts = await noter.runs('async')
    assert.deepEqual(Object.values(counts), Array(accepted.length).fill(1), JSON.stringify(counts))
  })

  test('answers a repeated idempotency key with the call that still runs in the old process', async () => {
    const input = noter.input('once', 'go-once')
    const key = { 'Idempotency-Key': `restart-${Date.now()}` }
    const first = noter.call(input, key)
    await noter.begun('once')
    await restartWell(target)
    const again = noter.call(input, key)
    const early = await Promise.race([again.then(() => 'answered'), delay(500).then(() => 'waits')])
    assert.equal(early, 'waits')
    await noter.release('go-once')
    const replayed = await again
    assert.equal(replayed.headers.get('Idempotency-Replayed'), 'true')
    assert.equal(await replayed.text(), await (await first).text())
    assert.deepEqual(await noter.runs('once'), { once: 1 })
  })

  test('whose old process is killed while it finishes leaves the new one at work, which takes up what was left', async (t) => {
    const id = await noter.accept(noter.input('killed', 'never'))
    await noter.begun('killed')
    const { before } = await restartWell(target)
    const calls = await load(t)
    signal(before, 'SIGKILL')
    assert.equal(await noter.endOf(id), 'failed')
    await restartWell(target)
    await expectNoFailure(t, calls)
    assert.deepEqual(await noter.runs('killed'), { killed: 1 })
  })

  test('whose old process is killed on the way is finished by the new one', async () => {
    const before = await target.currentPid()
    const restarting = algorist(target.home, ['restart'])
    const successor = await successorOf(before)
    signal(before, 'SIGKILL')
    assert.equal((await restarting).code, 1)
    await until('the new server', async () => (await target.currentPid()) === successor)
    const answer = await noter.call('still here')
    assert.equal((await jsonOf(answer)).result, 'still here')
  })
})
