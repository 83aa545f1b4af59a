/** An algorithm's own limits, an addition of ours: absent unless asked for, within the server's, kept with each version. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Account, createAccount } from '../lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from '../lib/algorithms.ts'
import { covers } from '../lib/covers.ts'
import type { Json } from '../lib/curl.ts'
import { startTarget, type Target } from '../lib/server.ts'
import { assertAlgorithm, assertError } from '../lib/shape.ts'
import { jsonOf, send, type WireOptions, type WireReply } from '../lib/wire.ts'

covers('createAlgorithm', 'getAlgorithm', 'updateAlgorithm', 'publishVersion', 'getVersion', 'callAlgorithm')

/** Says how large its /tmp is, and which process it is. */
const SOURCE = `import os
import uuid

WORKER = uuid.uuid4().hex


def apply(input):
    if input == "memory":
        return len(bytearray(200 * 1024 * 1024))
    tmp = os.statvfs("/tmp")
    return [tmp.f_blocks * tmp.f_frsize // 1048576, WORKER]
`
const MOST = {
  ALGORIST_WORKER_MEMORY_MIB: '1024',
  ALGORIST_WORKER_CPUS: '1.5',
  ALGORIST_WORKER_PROCESSES: '300',
  ALGORIST_WORKER_TMP_MIB: '100',
}
const ALL = { memory_mib: 1024, cpus: 1.5, processes: 300, tmp_mib: 100 }

let target: Target
let owner: Account
let shop: Workshop
let sha: string
before(async () => {
  target = await startTarget(MOST)
  owner = await createAccount(target, 'limited')
  shop = (await createAlgorithm(target, owner, { name: 'Limited', language: 'python3' })).shop
  sha = await pushGreen(shop, { 'src/Limited.py': SOURCE, 'requirements.txt': '' })
})
after(() => target?.close())

const asOwner = (line: string, options: WireOptions = {}): Promise<WireReply> =>
  send(target.url, line, { key: owner.key, ...options })
const path = (): string => new URL(shop.url).pathname
const change = (limits: unknown): Promise<WireReply> => asOwner(`PUT ${path()}`, { json: { settings: { limits } } })
const call = async (version: string): Promise<[tmpMib: number, worker: string]> =>
  jsonOf(await asOwner(`POST /v1/algo/${owner.username}/Limited/${version}`, { json: '' })).result

describe("an algorithm's own limits", () => {
  test('are in no answer as long as nobody has set them', async () => {
    assertAlgorithm(jsonOf(await asOwner(`GET ${path()}`)))
    assertAlgorithm(jsonOf(await change({})))
  })

  test("may be the server's, each or all, and replace the former as a whole", async () => {
    const shown = async (limits: Json): Promise<Json> => jsonOf(await change(limits)).settings.limits
    assert.deepEqual(await shown(ALL), ALL)
    assert.deepEqual(await shown({ cpus: 0.25 }), { cpus: 0.25 })
    assert.deepEqual(jsonOf(await asOwner(`GET ${path()}`)).settings.limits, { cpus: 0.25 })
    assert.deepEqual(jsonOf(await asOwner(`PUT ${path()}`, { json: { settings: {} } })).settings.limits, { cpus: 0.25 })
    assert.equal(await shown({}), undefined)
  })

  test('can be sent back as they were read', async () => {
    const read = jsonOf(await change(ALL))
    assert.deepEqual(jsonOf(await asOwner(`PUT ${path()}`, { json: read })), read)
    await change({})
  })

  const above: readonly [member: keyof typeof ALL, asked: number, most: string][] = [
    ['memory_mib', 1025, '1024'],
    ['cpus', 1.51, '1.5'],
    ['processes', 301, '300'],
    ['tmp_mib', 101, '100'],
  ]
  for (const [member, asked, most] of above) {
    test(`${member} above the server's is 400 and names the server's`, async () => {
      const message = new RegExp(`settings\\.limits\\.${member}: expected at most ${most}, .*, got ${asked}`)
      assertError(await change({ [member]: asked }), { status: 400, code: 6001, message })
      assertAlgorithm(jsonOf(await asOwner(`GET ${path()}`)))
    })
  }

  const wrong: readonly unknown[] = [{ memory_mib: 31 }, { processes: 15 }, { cpus: 0 }, { tmp_mib: -1 }]
  for (const limits of [...wrong, { memory_mib: '64' }, { tmp_mib: 1.5 }, 64, [64]]) {
    test(`${JSON.stringify(limits)} is 400`, async () => {
      assertError(await change(limits), { status: 400, code: 6001, message: /settings\.limits|'settings/ })
    })
  }

  test('hold for calls of a commit at once, in other workers', async () => {
    const [before, firstWorker] = await call(sha)
    assert.equal(before, 100)
    await change({ tmp_mib: 7 })
    const [limited, secondWorker] = await call(sha)
    assert.equal(limited, 7)
    assert.notEqual(secondWorker, firstWorker)
    await change({})
    assert.equal((await call(sha))[0], 100)
  })

  test('stay with the version that was published with them', async () => {
    const published = await publish(shop, { settings: { limits: { tmp_mib: 9 } } })
    const { semantic_version: version } = published.version_info
    await change({ tmp_mib: 5 })
    assert.deepEqual(jsonOf(await asOwner(`GET ${path()}/versions/${version}`)).settings.limits, { tmp_mib: 9 })
    assert.equal((await call(version))[0], 9)
    assert.equal((await call(sha))[0], 5)
  })
})

test('a worker that breaks its limit is ended, told why, and counted for the operator', async () => {
  const contained = async (): Promise<number> => {
    const { text } = await send(target.url, 'GET /metrics')
    return Number(/^algorist_contained_total\{cause="memory"\} (\d+)$/m.exec(text)?.[1])
  }
  await change({ memory_mib: 64 })
  const before = await contained()
  const reply = jsonOf(await asOwner(`POST /v1/algo/${owner.username}/Limited/${sha}`, { json: 'memory' }))
  assert.equal(reply.error.error_type, 'OutOfMemoryError')
  assert.equal(await contained(), before + 1)
  await change({})
  assert.equal(
    jsonOf(await asOwner(`POST /v1/algo/${owner.username}/Limited/${sha}`, { json: 'memory' })).result,
    200 * 1024 * 1024,
  )
  const { text } = await send(target.url, 'GET /metrics')
  assert.match(text, /^algorist_limit\{of="worker",limit="memoryBytes"\} 1073741824$/m)
})

test('a new algorithm can have limits', async () => {
  const settings = { language: 'python3', source_visibility: 'closed', license: 'apl', network_access: 'isolated' }
  const json = (limits: unknown): object => ({
    name: 'Born',
    details: { label: 'x' },
    settings: { ...settings, limits },
  })
  const create = `POST /v1/algorithms/${owner.username}`
  assertError(await asOwner(create, { json: json({ processes: 301 }) }), { status: 400, code: 6001, message: /300/ })
  const created = jsonOf(await asOwner(create, { json: json({ processes: 64 }) }), 201)
  assert.deepEqual(created.settings.limits, { processes: 64 })
})
