/**
 * Which worker takes a call (docs/workers.md): after a change none that has the old state, whose running calls finish; a version
 * whose process ends by itself again and again is held back and says so; whoever waited for a start is told why.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Account, createAccount, FULL_RIGHTS } from './lib/accounts.ts'
import { algorist } from './lib/algorist.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from './lib/algorithms.ts'
import { startTarget, type Target } from './lib/server.ts'
import { until } from './lib/until.ts'
import { jsonOf, send, type WireReply } from './lib/wire.ts'

/** Answers who it is: another text in each process. */
const SOURCE = `import os
import time
import uuid

ME = uuid.uuid4().hex


def apply(input):
    if input == "die":
        os._exit(3)
    if input:
        time.sleep(input)
    return ME
`
const MANIFEST = { required_files: [], optional_files: [] }

let target: Target
let owner: Account
before(async () => {
  target = await startTarget()
  owner = await createAccount(target, 'owner')
})
after(() => target?.close())

interface Made {
  readonly shop: Workshop
  readonly commit: string
  call(input: unknown, more?: { version?: string; key?: string }): Promise<WireReply>
  /** Who ran a call. */
  who(input: unknown, more?: { version?: string; key?: string }): Promise<string>
}

async function make(name: string, source = SOURCE): Promise<Made> {
  const { shop } = await createAlgorithm(target, owner, { name, language: 'python3' })
  const files = { [`src/${name}.py`]: source, 'requirements.txt': '', 'model_manifest.json': JSON.stringify(MANIFEST) }
  const commit = await pushGreen(shop, files)
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  const call: Made['call'] = (json, { version = '0.1.0', key = owner.key } = {}) =>
    send(target.url, `POST /v1/algo/${owner.username}/${name}/${version}`, { key, json })
  return { shop, commit, call, who: async (...given) => jsonOf(await call(...given)).result }
}

const causeOf = (reply: WireReply): string | undefined =>
  /;cause=(\w+)$/.exec(reply.header('X-Algorist-Timing') ?? '')?.[1]

async function change({ name }: Workshop, settings: object): Promise<void> {
  const line = `PUT /v1/algorithms/${owner.username}/${name}`
  assert.equal((await send(target.url, line, { key: owner.key, json: { settings } })).status, 200)
}

/** A call is on a worker. */
const untilBusy = (): Promise<void> =>
  until('a busy worker', async () =>
    /^algorist_workers_busy [1-9]/m.test((await send(target.url, 'GET /metrics')).text),
  )

/** Changes something while a call runs: that one finishes where it is, and calls after the change are run elsewhere. */
async function assertReplaced({ who }: Made, version: string, doChange: () => Promise<unknown>): Promise<void> {
  const before = await who(0, { version })
  assert.equal(await who(0, { version }), before)
  const running = who(2, { version })
  await untilBusy()
  await doChange()
  assert.notEqual(await who(0, { version }), before)
  assert.equal(await running, before)
  assert.notEqual(await who(0, { version }), before)
}

describe('after a change no call is given to a worker that has the old state', () => {
  let made: Made
  before(async () => {
    made = await make('Changed')
  })

  test('another model manifest is another version, with workers of its own', async () => {
    const before = await made.who(0, { version: '0.1.*' })
    const manifest = { ...MANIFEST, timestamp: '1' }
    await pushGreen(made.shop, { 'model_manifest.json': JSON.stringify(manifest) })
    await publish(made.shop, { version_info: { version_type: 'revision' } })
    const reply = await made.call(0, { version: '0.1.*' })
    assert.notEqual(jsonOf(reply).result, before)
    assert.equal(causeOf(reply), 'deployed')
  })

  for (const [what, settings] of [
    ['the network', { network_access: 'isolated' }],
    ['limits', { limits: { memory_mib: 256 } }],
    ['the right to call others', { pipeline_enabled: false }],
  ] as const) {
    test(`${what} of a build that is not published`, () =>
      assertReplaced(made, made.commit, () => change(made.shop, settings)))
  }

  test('a request without any setting replaces the workers of all versions', () =>
    assertReplaced(made, '0.1.0', () => change(made.shop, {})))

  test('rights of a key that were reduced, and a key that was deleted', async () => {
    const asAdmin = { key: target.adminKey }
    const path = `/v1/users/${owner.username}/keys`
    const json = { key_label: 'to be reduced', key_type: 'ManagementKey', permissions: FULL_RIGHTS }
    const { id, api_key: key } = jsonOf(await send(target.url, `POST ${path}`, { ...asAdmin, json }))
    const before = await made.who(0, { key })
    const running = made.who(2, { key })
    await untilBusy()
    const permissions = { ...FULL_RIGHTS, allow_data_write: false }
    jsonOf(await send(target.url, `PATCH ${path}/${id}`, { ...asAdmin, json: { permissions } }))
    const reduced = await made.who(0, { key })
    assert.notEqual(reduced, before)
    assert.equal(await running, before)
    const last = made.who(2, { key })
    await untilBusy()
    assert.equal((await send(target.url, `DELETE ${path}/${id}`, asAdmin)).status, 204)
    assert.equal((await made.call(0, { key })).status, 401)
    assert.equal(await last, reduced)
  })
})

describe('a process that ends by itself', () => {
  test('holds nothing back as long as other calls are answered', async () => {
    const { call } = await make('Brittle')
    for (let round = 0; round < 8; round++) {
      assert.match(jsonOf(await call('die')).error.message, /exited with code 3/)
      const reply = await call(0)
      assert.equal(reply.status, 200, reply.text)
      assert.equal(causeOf(reply), round === 0 ? causeOf(reply) : 'crashed')
    }
  })

  test('again and again, is not started for a while: calls are told why, since when, and when to come again', async () => {
    const { call, who } = await make('Doomed')
    const startedAt = Date.now()
    let reply = await call('die')
    for (let count = 0; count < 20 && reply.status === 200; count++) reply = await call('die')
    assert.equal(reply.status, 503, reply.text)
    const { message } = jsonOf(reply, 503).error
    const since = /ended by itself \d+ times in a row without having answered a call, since (\S+Z), /.exec(message)?.[1]
    assert.ok(Date.parse(since ?? '') >= startedAt, message)
    assert.match(message, /the last time with: exited with code 3\. It is started again in [\d.]+ s/)
    const seconds = Number(reply.header('Retry-After'))
    assert.ok(seconds >= 1 && seconds <= 30, String(seconds))
    const stranger = await createAccount(target, 'stranger')
    assert.match(await who(0, { key: stranger.key }), /^\w{32}$/)
    await delay(seconds * 1000)
    assert.match(await who(0), /^\w{32}$/)
  })

  test('while it loads, is told with the time of the next attempt', async () => {
    const { call } = await make('Broken', 'raise ValueError("no model")\n')
    let reply = await call(0)
    for (let count = 0; count < 50 && !reply.header('Retry-After'); count++) reply = await call(0)
    const { error } = jsonOf(reply)
    assert.equal(error.error_type, 'LoadingError')
    assert.match(error.message, /no model.*\(loading is tried again in [\d.]+ s; it has failed since \S+Z\)/s)
    assert.match(reply.header('Retry-After') ?? '', /^[1-9]\d*$/)
  })
})

describe('whoever waited for the start of a worker', () => {
  test('is told why in a header, in the call log and by explain', async () => {
    const { call } = await make('Explained')
    const first = await call(0)
    assert.equal(causeOf(first), 'first')
    const id = first.header('X-Request-ID') ?? ''
    const { timing } = jsonOf(await send(target.url, `GET /v1/calls/${id}/log`, { key: owner.key }))
    assert.equal(timing.start_cause, 'first')
    assert.ok(timing.start_us > 0 && timing.load_us > 0)
    if (target.home !== null) {
      const { stdout } = await algorist(target.home, ['explain', id])
      assert.match(stdout, /ms starting one \(first: its caller had none of this version before\), /)
    }
    const warm = await call(0)
    assert.equal(causeOf(warm), undefined)
    const warmId = warm.header('X-Request-ID')
    const entry = jsonOf(await send(target.url, `GET /v1/calls/${warmId}/log`, { key: owner.key }))
    assert.equal(entry.timing.start_cause, undefined)
  })

  test('when others wait as well: more workers are started', async () => {
    const { who, call } = await make('Grown')
    await who(0)
    const [one, other] = [call(2), call(2)]
    const replies = await Promise.all([one, other])
    assert.equal(new Set(replies.map((reply) => jsonOf(reply).result)).size, 2)
    assert.deepEqual(replies.map(causeOf).sort(), ['scaled', undefined])
  })
})
