/** Which workers of a server are forked (docs/settings.md: ALGORIST_WORKER_TEMPLATES), as calls and figures tell. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createAlgorithm, publish, pushGreen, type Workshop } from './lib/algorithms.ts'
import { startTarget, type Target } from './lib/server.ts'
import { jsonOf, send } from './lib/wire.ts'

const SOURCE = 'def apply(input):\n    return open("/proc/self/cmdline").read()\n'

let target: Target
before(async () => {
  target = await startTarget()
})
after(() => target?.close())

async function install(name: string, network: 'isolated' | 'full'): Promise<Workshop> {
  const owner = { username: target.username, key: target.key }
  const { shop } = await createAlgorithm(target, owner, { name, language: 'python3', network })
  await pushGreen(shop, { [`src/${name}.py`]: SOURCE, 'requirements.txt': '' })
  await publish(shop)
  return shop
}

async function howStarted({ owner, name }: Workshop): Promise<string> {
  const reply = await send(target.url, `POST /v1/algo/${owner.username}/${name}/0.1.0`, { key: owner.key, json: 0 })
  return jsonOf(reply).result
}

async function figure(name: string): Promise<number> {
  const { text } = await send(target.url, 'GET /metrics')
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

test('workers with and without a network are forked from their account’s template', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'needs a server with default settings',
}, async () => {
  assert.equal(await figure('algorist_templates_environments'), 0)
  assert.match(await howStarted(await install('Connected', 'full')), /zygote\.py/)
  assert.match(await howStarted(await install('Isolated', 'isolated')), /zygote\.py/)
  assert.equal(await figure('algorist_templates_environments'), 1)
  assert.ok((await figure('algorist_templates_bytes')) > 0)
})
