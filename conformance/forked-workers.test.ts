/** Which workers of a server are forked (docs/settings.md: ALGORIST_WORKER_TEMPLATES), as calls and figures tell. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { search } from './leaks/search.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from './lib/algorithms.ts'
import { startTarget, type Target } from './lib/server.ts'
import { until } from './lib/until.ts'
import { jsonOf, send } from './lib/wire.ts'

const SOURCE = `import hashlib
import os


def apply(input):
    if input == "secret":
        return hashlib.sha256(os.environ["FORK_TEST_TOKEN"].encode()).hexdigest()
    return open("/proc/self/cmdline").read()
`

let target: Target
before(async () => {
  target = await startTarget()
})
after(() => target?.close())

async function install(name: string, network: 'isolated' | 'full', secret?: string): Promise<Workshop> {
  const owner = { username: target.username, key: target.key }
  const { shop, created } = await createAlgorithm(target, owner, { name, language: 'python3', network })
  if (secret !== undefined) {
    const named = { short_name: 'token', description: ' ', secret_key: 'FORK_TEST_TOKEN', secret_value: secret }
    const json = { owner_type: 'algorithm', owner_id: created.id, ...named }
    jsonOf(await send(target.url, `POST /v1/algorithms/${created.id}/secrets`, { key: owner.key, json }))
  }
  await pushGreen(shop, { [`src/${name}.py`]: SOURCE, 'requirements.txt': '' })
  await publish(shop)
  return shop
}

async function call({ owner, name }: Workshop, json: unknown): Promise<string> {
  const reply = await send(target.url, `POST /v1/algo/${owner.username}/${name}/0.1.0`, { key: owner.key, json })
  return jsonOf(reply).result
}

const howStarted = (shop: Workshop): Promise<string> => call(shop, 0)

async function figure(name: string): Promise<number> {
  const { text } = await send(target.url, 'GET /metrics')
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

test('an account’s first worker starts by itself; later ones, with a network and without, are forked from its template', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'needs a server with default settings',
}, async () => {
  assert.equal(await figure('algorist_templates_environments'), 0)
  assert.match(await howStarted(await install('First', 'full')), /bridge\.py/)
  await until('the template', async () => (await figure('algorist_templates_environments')) === 1)
  assert.match(await howStarted(await install('Connected', 'full')), /zygote\.py/)
  assert.match(await howStarted(await install('Isolated', 'isolated')), /zygote\.py/)
  assert.equal(await figure('algorist_templates_environments'), 1)
  assert.ok((await figure('algorist_templates_bytes')) > 0)
})

test('the secrets of a forked worker are in its memory alone: root finds them in nothing that is shown of processes', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'looks at the processes of this machine',
}, async () => {
  const value = `held${randomBytes(24).toString('hex')}`
  const shop = await install('Keeper', 'full', value)
  assert.match(await howStarted(shop), /zygote\.py/)
  assert.equal(await call(shop, 'secret'), createHash('sha256').update(value).digest('hex'))
  const { found, processes } = await search({ texts: [value], folders: [], sinceMs: 0 })
  assert.deepEqual(found, [])
  assert.ok(processes > 5, String(processes))
})
