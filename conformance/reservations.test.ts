/** What an administrator reserves is ready before anybody calls (platform.md 3: reservations keep workers warm for a caller). */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createAlgorithm, publish, pushGreen } from './lib/algorithms.ts'
import { startTarget, type Target } from './lib/server.ts'
import { until } from './lib/until.ts'
import { jsonOf, send } from './lib/wire.ts'

let target: Target
before(async () => {
  target = await startTarget({ ALGORIST_WORKER_IDLE_SECONDS: '1' })
})
after(() => target?.close())

async function hasWorkers(count: number): Promise<void> {
  await until(`a number of ${count} workers`, async () => {
    const { text } = await send(target.url, 'GET /metrics')
    return text.includes(`\nalgorist_workers ${count}\n`) && text.includes('\nalgorist_workers_loading 0\n')
  })
}

test('reserved workers are there before the first call and without calls, for their caller, until they are given back', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'counts the workers of a server of its own',
}, async () => {
  const owner = { username: target.username, key: target.key }
  const { shop } = await createAlgorithm(target, owner, { name: 'Kept', language: 'python3' })
  const source = 'import time\n\ntime.sleep(1)\n\n\ndef apply(input):\n    return input\n'
  await pushGreen(shop, { 'src/Kept.py': source, 'requirements.txt': '' })
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  const json = {
    ...{ username: owner.username, algoname: 'Kept', calling_user: owner.username },
    ...{ version_type: 'LATEST', num_slots: 2 },
  }
  const asAdmin = { key: target.adminKey }
  assert.equal((await send(target.url, 'POST /v1/admin/reservations', { ...asAdmin, json })).status, 200)
  await hasWorkers(2)
  await delay(3000)
  await hasWorkers(2)
  const reply = await send(target.url, `POST /v1/algo/${owner.username}/Kept`, { key: owner.key, json: 'x' })
  assert.equal(jsonOf(reply).result, 'x')
  assert.match(reply.header('X-Algorist-Timing') ?? '', /;start=0\.000;/)
  const [{ reservation_id }] = jsonOf(await send(target.url, 'GET /v1/admin/reservations', asAdmin))
  await send(target.url, `DELETE /v1/admin/reservations/${reservation_id}`, asAdmin)
  await hasWorkers(0)
})
