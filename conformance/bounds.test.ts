/** How much may wait and run at a time, and what who comes too late is told (rest-api.md 1.5). */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createAlgorithm, publish, pushGreen, type Workshop } from './lib/algorithms.ts'
import { type CurlReply, curl } from './lib/curl.ts'
import { PATIENCE } from './lib/patience.ts'
import { installProbe, type Probe } from './lib/probe.ts'
import { startTarget, type Target } from './lib/server.ts'
import { describeOverload, overload } from './overload.ts'

/** A refusal takes no longer than this, but for the `curl` that asks. */
const AT_ONCE_MS = 1000 * PATIENCE

interface TimedReply extends CurlReply {
  readonly tookMs: number
}

async function post(url: string, key: string, json: unknown): Promise<TimedReply> {
  const startedAtMs = performance.now()
  const reply = await curl('POST', url, { key, body: JSON.stringify(json), contentType: 'application/json' })
  return { ...reply, tookMs: performance.now() - startedAtMs }
}

function assertRefused(reply: TimedReply, status: number, message: RegExp): void {
  assert.equal(reply.status, status, reply.text)
  assert.match(JSON.parse(reply.text).error.message, message)
  assert.ok(Number(reply.headers.get('retry-after')) >= 1, 'Retry-After')
}

function assertRefusedAtOnce(reply: TimedReply, status: number, message: RegExp): void {
  assertRefused(reply, status, message)
  assert.ok(reply.tookMs < AT_ONCE_MS, `${reply.tookMs} ms`)
}

describe('waiting calls and sessions', { timeout: 120_000 }, () => {
  const settings = {
    ALGORIST_SESSIONS_PER_ACCOUNT: '5',
    ALGORIST_WORKERS_PER_VERSION: '1',
    ALGORIST_WAITING_CALLS: '2',
    ALGORIST_WAITING_BYTES: '5000',
    ALGORIST_WAITING_SECONDS: '4',
  }
  let target: Target
  let probe: Probe
  before(async () => {
    target = await startTarget(settings)
    probe = await installProbe(target)
    assert.equal((await call('ready')).status, 200)
  })
  after(() => target?.close())

  const call = (json: unknown, query = '', key = probe.owner.key) => post(`${probe.shop.callUrl}${query}`, key, json)
  const sleep = (seconds: number, query = '') => call({ do: 'sleep', seconds }, query)

  /** Sends a call of which `missingBytes` never come. */
  async function sendPart(json: unknown, missingBytes: number): Promise<Socket> {
    const { hostname, port, pathname } = new URL(probe.shop.callUrl)
    const body = JSON.stringify(json)
    const socket = connect({ host: hostname, port: Number(port) })
    socket.on('error', () => {})
    socket.write(
      `POST ${pathname} HTTP/1.1\r\nHost: x\r\nAuthorization: ${probe.owner.key}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n` +
        body.slice(0, body.length - missingBytes),
    )
    await delay(100)
    return socket
  }

  test('a version has a number of waiting calls; more get 503 at once, and those that wait are answered', async () => {
    const first = sleep(2)
    await delay(200)
    const waiting = [call(1), call(2)]
    await delay(200)
    assertRefusedAtOnce(await call(3), 503, /waiting already/)
    assert.equal((await call(4, '', probe.stranger.key)).status, 200, 'another account has its own')
    for (const reply of await Promise.all([first, ...waiting])) assert.equal(reply.status, 200)
    assert.equal((await call(5)).status, 200)
  })

  test('the bodies of waiting calls are bounded together; one alone may be larger', async () => {
    const first = sleep(2)
    await delay(200)
    const large = 'x'.repeat(6000)
    const waiting = call(large)
    await delay(200)
    assertRefusedAtOnce(
      await call('small'),
      503,
      /inputs of the 1 waiting calls of this version have \d+ bytes already, and may have \d+/,
    )
    assert.equal((await waiting).status, 200)
    assert.equal((await first).status, 200)
  })

  test('a call waits no longer than the limit, and no longer than its own deadline', async () => {
    const first = sleep(8)
    await delay(200)
    const [byLimit, byDeadline] = await Promise.all([call(1), call(2, '?timeout=0.5')])
    assertRefused(byLimit, 503, /No worker became free/)
    assertRefused(byDeadline, 503, /No worker became free/)
    assert.ok(byLimit.tookMs > 3500, `${byLimit.tookMs} ms`)
    assert.ok(byDeadline.tookMs > 400 && byDeadline.tookMs < byLimit.tookMs, `${byDeadline.tookMs} ms`)
    assert.equal((await first).status, 200)
  })

  test('an account has a number of sessions; more get 429 at once, others are not concerned', async () => {
    const held = await Promise.all(Array.from({ length: 5 }, () => sendPart('body', 1)))
    assertRefusedAtOnce(await call(1), 429, /limited to 5/)
    assert.equal((await call(1, '', probe.stranger.key)).status, 200)
    held[0]?.write('"')
    await delay(200)
    assert.equal((await call(1)).status, 200)
    for (const socket of held) socket.destroy()
    await delay(200)
    assert.equal((await call(1)).status, 200, 'a call that never came whole gives its place back')
  })

  test('a call whose caller has gone goes on and keeps its place until it ends, while it runs and while it waits', async () => {
    const gone = [await sendPart({ do: 'sleep', seconds: 3 }, 0), await sendPart(1, 0), await sendPart(2, 0)]
    for (const socket of gone) socket.destroy()
    const held = [await sendPart('body', 1), await sendPart('body', 1)]
    assertRefusedAtOnce(await call(1), 429, /limited to 5/)
    held.pop()?.destroy()
    await delay(100)
    assertRefusedAtOnce(await call(1), 503, /waiting already/)
    await delay(3000)
    assert.equal((await call(1)).status, 200)
    for (const socket of held) socket.destroy()
  })
})

const TREE = `import json
import os
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor


def call(input):
    url = os.environ["ALGORITHMIA_API"] + "/v1/algo/" + input["me"]
    request = urllib.request.Request(url, json.dumps(input).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)["result"]
    except urllib.error.HTTPError as error:
        message = json.load(error)["error"]["message"]
        return {"status": error.code, "retry_after": error.headers.get("Retry-After"), "message": message}


def apply(input):
    if input.get("depth", 0) > 0:
        return {"below": call({**input, "depth": input["depth"] - 1})}
    if input.get("width", 0) > 0:
        with ThreadPoolExecutor(input["width"]) as pool:
            leaf = {"me": input["me"], "seconds": 1}
            return list(pool.map(call, [leaf] * input["width"]))
    import time
    time.sleep(input.get("seconds", 0))
    return "leaf"
`

describe('child calls', { timeout: 120_000 }, () => {
  let target: Target
  let shop: Workshop
  before(async () => {
    target = await startTarget({ ALGORIST_CHILD_CALLS_PER_SESSION: '3', ALGORIST_WORKERS_PER_VERSION: '8' })
    const { owner } = await installProbe(target)
    shop = (await createAlgorithm(target, owner, { name: 'Tree', language: 'python3' })).shop
    await pushGreen(shop, { 'src/Tree.py': TREE, 'requirements.txt': '' })
    await publish(shop, { settings: { algorithm_callability: 'public' } })
  })
  after(() => target?.close())

  async function tree(input: object): Promise<unknown> {
    const me = shop.callUrl.split('/v1/algo/')[1]
    const reply = await post(shop.callUrl, shop.owner.key, { me, ...input })
    assert.match(reply.text, /^\{"result"/)
    return JSON.parse(reply.text).result
  }

  test('may be nested as deep as a session may have child calls, and a deeper one gets 429', async () => {
    assert.deepEqual(await tree({ depth: 3 }), { below: { below: { below: 'leaf' } } })
    const message = 'Calls may be nested 3 deep, not deeper'
    const refused = { status: 429, retry_after: '1', message }
    assert.deepEqual(await tree({ depth: 4 }), { below: { below: { below: { below: refused } } } })
  })

  test('of one session at the same time are limited; more get 429', async () => {
    const results = (await tree({ width: 5 })) as ({ status: number; retry_after: string } | string)[]
    const refused = results.filter((result) => typeof result === 'object')
    assert.equal(results.filter((result) => result === 'leaf').length, 3)
    assert.deepEqual(
      refused.map(({ status, retry_after }) => [status, retry_after]),
      [
        [429, '1'],
        [429, '1'],
      ],
    )
    assert.deepEqual(await tree({ width: 3 }), ['leaf', 'leaf', 'leaf'])
  })
})

describe('overload', { timeout: 120_000 }, () => {
  const durationMs = 10_000
  let target: Target
  before(async () => {
    target = await startTarget()
  })
  after(() => target?.close())

  test('ten times what is admitted: refused with Retry-After, the rest answered, and memory comes back', async (context) => {
    const report = await overload(target, await installProbe(target), durationMs)
    context.diagnostic(describeOverload(report, durationMs))
    const statuses = new Set(report.streams.flatMap((stream) => [...stream.statuses.keys()]))
    for (const status of statuses) assert.ok([0, 200, 429, 503].includes(status), `status ${status}`)
    assert.ok(statuses.has(200) && statuses.has(429))
    for (const { name, withoutRetryAfter } of report.streams) assert.equal(withoutRetryAfter, 0, name)
    assert.equal(report.after.status, 200)
    const { beforeMiB, peakMiB, afterMiB } = report.memory
    assert.ok(peakMiB - beforeMiB < 1000, `peak ${peakMiB} MiB`)
    assert.ok(afterMiB - beforeMiB < 500, `after ${afterMiB} MiB`)
  })
})
