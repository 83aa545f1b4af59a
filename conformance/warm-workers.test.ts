/**
 * What owners ask for with `settings.warm_workers` (docs/workers.md; an addition of ours): workers that are ready before anybody
 * calls, of the newest version, within the ceiling of the account, also after a restart.
 */
import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Account, createAccount } from './lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from './lib/algorithms.ts'
import { startTarget, type Target } from './lib/server.ts'
import { assertError } from './lib/shape.ts'
import { until } from './lib/until.ts'
import { jsonOf, send, type WireReply } from './lib/wire.ts'

const SETTINGS = { ALGORIST_WORKER_IDLE_SECONDS: '1', ALGORIST_WARM_WORKERS_PER_ACCOUNT: '3' }

const sourceOf = (version: string) => `import time

time.sleep(1)


def apply(input):
    return "${version}"
`

describe('workers that an owner wants ready', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'counts the workers of a server of its own',
}, () => {
  let folder: string
  let target: Target
  let owner: Account
  let shop: Workshop
  const start = () => startTarget({ ...SETTINGS, ALGORIST_HOME: join(folder, 'home') })
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'algorist-warm-'))
    await chmod(folder, 0o755)
    target = await start()
    owner = await createAccount(target, 'owner')
    shop = await make('Kept')
  })
  after(async () => {
    await target?.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function make(name: string): Promise<Workshop> {
    const { shop } = await createAlgorithm(target, owner, { name, language: 'python3' })
    await pushGreen(shop, { [`src/${name}.py`]: sourceOf('0.1.0'), 'requirements.txt': '' })
    await publish(shop)
    return shop
  }

  const ask = ({ name }: Workshop, warm_workers: number): Promise<WireReply> =>
    send(target.url, `PUT /v1/algorithms/${owner.username}/${name}`, {
      key: owner.key,
      json: { settings: { warm_workers } },
    })

  const call = (version: string): Promise<WireReply> =>
    send(target.url, `POST /v1/algo/${owner.username}/Kept/${version}`, { key: owner.key, json: 1 })

  /** Ready ones. */
  const hasWorkers = (count: number): Promise<void> =>
    until(`a server with ${count} workers`, async () => {
      const { text } = await send(target.url, 'GET /metrics')
      return text.includes(`\nalgorist_workers ${count}\n`) && text.includes('\nalgorist_workers_loading 0\n')
    })

  const loading = async (): Promise<number> =>
    Number(/^algorist_workers_loading (\d+)$/m.exec((await send(target.url, 'GET /metrics')).text)?.[1])

  function assertWarm(reply: WireReply, result: string): void {
    assert.equal(jsonOf(reply).result, result)
    assert.match(reply.header('X-Algorist-Timing') ?? '', /;start=0\.000;[^c]*$/)
  }

  test('are there before the first call, and without calls', async () => {
    assert.equal(jsonOf(await ask(shop, 2)).settings.warm_workers, 2)
    await hasWorkers(2)
    await delay(3000)
    await hasWorkers(2)
    assertWarm(await call('0.1.0'), '0.1.0')
  })

  test('are of the next version once it is published', async () => {
    await pushGreen(shop, { 'src/Kept.py': sourceOf('0.2.0') })
    await publish(shop, { version_info: { version_type: 'minor' } })
    // Those of the version before end, since they are idle.
    await until('a new worker', async () => (await loading()) > 0)
    await hasWorkers(2)
    assertWarm(await call('0.2.0'), '0.2.0')
  })

  test('are no more than the account may have, over all its algorithms', async () => {
    const other = await make('Other')
    const refused = await ask(other, 2)
    assertError(refused, { status: 400, code: 6001 })
    assert.match(refused.text, /settings\.warm_workers: expected at most 1, got 2/)
    assertError(await ask(shop, 4), { status: 400, code: 6001 })
    for (const wrong of [-1, 1.5, 1001]) assert.equal((await ask(other, wrong)).status, 400)
    assert.equal((await ask(other, 1)).status, 200)
    await hasWorkers(3)
    assert.equal(jsonOf(await ask(other, 0)).settings.warm_workers, undefined)
    await hasWorkers(2)
  })

  test('are there again after a restart', async () => {
    await target.close()
    target = await start()
    await hasWorkers(2)
    assertWarm(await call('0.2.0'), '0.2.0')
  })

  test('end when they are not wanted any more', async () => {
    assert.equal((await ask(shop, 0)).status, 200)
    await hasWorkers(0)
  })
})
