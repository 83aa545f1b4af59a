/** A disk that is really full: what would fill it further is refused with 507, calls go on, nothing acknowledged is lost. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { commit, git, waitForBuild, withClone } from './lib/algorithms.ts'
import type { Json } from './lib/curl.ts'
import { installProbe, type Probe } from './lib/probe.ts'
import { assertError } from './lib/shape.ts'
import { type SmallDisk, startOnSmallDisk } from './lib/small-disk.ts'
import { jsonOf, send, type WireOptions, type WireReply } from './lib/wire.ts'

/** Node's own copy is most of it. */
const SIZE_MIB = 400
const skip = process.getuid?.() === 0 ? false : 'only root can mount a disk of its own'

describe('a full disk', { skip }, () => {
  let disk: SmallDisk
  let probe: Probe
  let path: string
  let call: string
  before(async () => {
    disk = await startOnSmallDisk(SIZE_MIB)
    probe = await installProbe(disk.target)
    path = new URL(probe.shop.url).pathname
    call = `POST /v1/algo/${probe.owner.username}/Probe`
  })
  after(() => disk?.close())

  const asOwner = (line: string, options: WireOptions = {}): Promise<WireReply> =>
    send(disk.target.url, line, { key: probe.owner.key, ...options })
  const settings = { language: 'python3', source_visibility: 'closed', license: 'apl', network_access: 'full' }
  const create = (name: string): Promise<WireReply> =>
    asOwner(`POST /v1/algorithms/${probe.owner.username}`, { json: { name, details: { label: name }, settings } })
  const metric = async (name: string): Promise<number> => {
    const text = (await send(disk.target.url, 'GET /metrics')).text
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  }

  async function fillAndWait(percent: number, isFull: boolean): Promise<void> {
    await disk.fill(percent)
    for (let tries = 0; (await metric('algorist_disk_full')) !== Number(isFull); tries++) {
      assert.ok(tries < 600, `the server has not noticed that the disk is ${isFull ? 'full' : 'free'}`)
      await delay(50)
    }
  }

  async function resultOf(requestId: string): Promise<Json> {
    for (let tries = 0; tries < 1200; tries++) {
      const reply = await asOwner(`GET /v1/calls/${requestId}/result`)
      if (reply.status === 200) return reply.json()
      await delay(50)
    }
    throw new Error(`${requestId} did not end`)
  }

  test('is refused politely, and only what would fill it further', async () => {
    const sleeping = { headers: { Prefer: 'respond-async' }, json: { do: 'sleep', seconds: 2 } }
    const accepted = jsonOf(await asOwner(call, sleeping), 202)
    await fillAndWait(96, true)

    const refused = { status: 507, message: /out of disk space/ }
    assertError(await asOwner(`POST ${path}/compile`), refused)
    assertError(await create('TooMuch'), refused)
    assertError(await asOwner(`${call}?output=void`, { json: 1 }), refused)
    assertError(await asOwner(call, { headers: { Prefer: 'respond-async' }, json: 1 }), refused)
    assertError(await asOwner(call, { headers: { 'Idempotency-Key': 'k' }, json: 1 }), refused)
    await withClone(probe.shop, async (folder) => {
      await commit(folder, { 'README.md': 'more' })
      const { code, stderr } = await git(folder, 'push')
      assert.notEqual(code, 0)
      assert.match(stderr, /out of disk space[\s\S]*507/)
    })

    assert.equal(jsonOf(await asOwner(call, { json: 'go on' })).result, 'go on')
    assert.equal(jsonOf(await asOwner(`GET ${path}`)).name, 'Probe')
    assert.equal((await resultOf(accepted.request_id)).result, 'slept')
    assert.ok((await metric('algorist_disk_used_ratio')) >= 0.95)
  })

  test('is still full a little below the limit, and free again further down', async () => {
    await fillAndWait(96, true)
    await disk.fill(94)
    await delay(1500)
    assertError(await create('TooEarly'), { status: 507 })
    await fillAndWait(0, false)
    assert.equal((await create('Again')).status, 201)
    await withClone(probe.shop, async (folder) => {
      const sha = await commit(folder, { 'README.md': 'more' })
      assert.equal((await git(folder, 'push')).code, 0)
      assert.equal((await waitForBuild(probe.shop, sha)).status, 'succeeded')
    })
    assert.equal((await asOwner(`${call}?output=void`, { json: 1 })).status, 200)
  })
})

describe('a disk without a single byte left', { skip }, () => {
  test('nothing is acknowledged that is not stored, calls go on, and the server recovers', async () => {
    const disk = await startOnSmallDisk(SIZE_MIB, { ALGORIST_DISK_LIMIT_PERCENT: '100' })
    try {
      const { owner } = await installProbe(disk.target)
      const ask = (query: string, json: unknown, headers: Record<string, string> = {}) =>
        send(disk.target.url, `POST /v1/algo/${owner.username}/Probe${query}`, { key: owner.key, json, headers })
      await disk.fill(100)
      const big = 'x'.repeat(2_000_000)
      for (const reply of [await ask('', big, { Prefer: 'respond-async' }), await ask('?output=void', big)]) {
        assertError(reply, { status: 507, message: /out of disk space/ })
      }
      assert.equal(jsonOf(await ask('', 'go on')).result, 'go on')
      await disk.fill(0)
      let accepted = await ask('', 'stored', { Prefer: 'respond-async' })
      for (let tries = 0; accepted.status === 507 && tries < 1000; tries++, await delay(50)) {
        accepted = await ask('', 'stored', { Prefer: 'respond-async' })
      }
      const { request_id } = jsonOf(accepted, 202)
      for (let tries = 0, reply: WireReply; tries < 1000; tries++, await delay(50)) {
        reply = await send(disk.target.url, `GET /v1/calls/${request_id}/result`, { key: owner.key })
        if (reply.status !== 200) continue
        assert.equal(reply.json().result, 'stored')
        return
      }
      assert.fail('the call did not end')
    } finally {
      await disk.close()
    }
  })
})
