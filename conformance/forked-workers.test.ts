/** Which workers of a server are forked (docs/settings.md: ALGORIST_WORKER_TEMPLATES), as calls and figures tell. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { search } from './leaks/search.ts'
import { createAccount } from './lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from './lib/algorithms.ts'
import { startTarget, type Target } from './lib/server.ts'
import { until } from './lib/until.ts'
import { jsonOf, send } from './lib/wire.ts'

const PYTHON = `import hashlib
import os


def apply(input):
    if input == "secret":
        return hashlib.sha256(os.environ["FORK_TEST_TOKEN"].encode()).hexdigest()
    return open("/proc/self/cmdline").read()
`
const JAVASCRIPT = `const { createHash } = require('crypto')
exports.apply = (input) =>
  input === 'secret'
    ? createHash('sha256').update(process.env.FORK_TEST_TOKEN).digest('hex')
    : require('fs').readFileSync('/proc/self/cmdline', 'latin1')
`
const FILES = {
  python3: (name: string) => ({ [`src/${name}.py`]: PYTHON, 'requirements.txt': '' }),
  javascript: (name: string) => ({ [`src/${name}.js`]: JAVASCRIPT }),
}

interface Wanted {
  readonly network: 'isolated' | 'full'
  readonly secret?: string
  readonly language?: keyof typeof FILES
}

let target: Target
before(async () => {
  target = await startTarget()
})
after(() => target?.close())

async function install(name: string, wanted: Wanted): Promise<Workshop> {
  const { network, secret, language = 'python3' } = wanted
  const owner = { username: target.username, key: target.key }
  const { shop, created } = await createAlgorithm(target, owner, { name, language, network })
  if (secret !== undefined) {
    const named = { short_name: 'token', description: ' ', secret_key: 'FORK_TEST_TOKEN', secret_value: secret }
    const json = { owner_type: 'algorithm', owner_id: created.id, ...named }
    jsonOf(await send(target.url, `POST /v1/algorithms/${created.id}/secrets`, { key: owner.key, json }))
  }
  await pushGreen(shop, FILES[language](name))
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  return shop
}

const value = `held${randomBytes(24).toString('hex')}`

async function call<Result = string>({ owner, name }: Workshop, json: unknown, key = owner.key): Promise<Result> {
  const reply = await send(target.url, `POST /v1/algo/${owner.username}/${name}/0.1.0`, { key, json })
  return jsonOf(reply).result
}

const howStarted = (shop: Workshop, key?: string): Promise<string> => call(shop, 0, key)

async function figure(name: string): Promise<number> {
  const { text } = await send(target.url, 'GET /metrics')
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

test('workers of who has built something are forked at once; the first one of who only calls starts by itself', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'needs a server with default settings',
}, async () => {
  assert.equal(await figure('algorist_templates_environments'), 0)
  const first = await install('First', { network: 'full' })
  await until('the template', async () => (await figure('algorist_templates_environments')) === 1)
  assert.match(await howStarted(first), /zygote\.py/)
  assert.match(await howStarted(await install('Connected', { network: 'full' })), /zygote\.py/)
  assert.match(await howStarted(await install('Isolated', { network: 'isolated' })), /zygote\.py/)
  assert.equal(await figure('algorist_templates_environments'), 1)
  assert.ok((await figure('algorist_templates_bytes')) > 0)
  const { key } = await createAccount(target, 'caller')
  assert.match(await howStarted(first, key), /bridge\.py/)
})

test('the secrets of a forked worker are in its memory alone: root finds them in nothing that is shown of processes', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'looks at the processes of this machine',
}, async () => {
  const shop = await install('Keeper', { network: 'full', secret: value })
  assert.match(await howStarted(shop), /zygote\.py/)
  await expectHidden(shop)
})

test('JavaScript: workers of who has built something were started ahead and get their secrets then', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'looks at the processes of this machine',
}, async () => {
  const of = { network: 'full', language: 'javascript' } as const
  const first = await install('FirstScript', of)
  const { key } = await createAccount(target, 'caller')
  assert.match(await howStarted(first, key), /bridge\.js\0$/)
  await until('a program that waits', async () => (await figure('algorist_templates_ready_runtimes')) >= 1)
  const shop = await install('ScriptKeeper', { ...of, secret: value })
  assert.match(await howStarted(shop), /bridge\.js\0wait/)
  await expectHidden(shop)
})

/** As old repositories are written: the client is made when the module is read. */
const LARGE = `import Algorithmia
import time

client = Algorithmia.client()
FOUND_EARLY = client.dir("data://.my/none").exists()
MODEL = bytearray(40 << 20)


def apply(seconds):
    time.sleep(seconds)
    with open("/proc/self/smaps_rollup") as rollup:
        own_kib = sum(int(line.split()[1]) for line in rollup if line.startswith("Private_"))
    return [own_kib, FOUND_EARLY, client.username()]
`

test('workers of a large version share its memory, and its client acts in each of them', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'needs a server with default settings',
}, async () => {
  const { shop } = await createAlgorithm(
    target,
    { username: target.username, key: target.key },
    { name: 'Large', language: 'python3' },
  )
  await pushGreen(shop, { 'src/Large.py': LARGE, 'requirements.txt': '' })
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  const beside = (count: number) =>
    Promise.all(Array.from({ length: count }, () => call<[ownKib: number, foundEarly: boolean, who: string]>(shop, 1)))
  await beside(2)
  await until('the template', async () => (await figure('algorist_templates_versions')) === 1)
  const answers = await beside(3)
  for (const [, foundEarly, who] of answers) assert.deepEqual([foundEarly, who], [false, target.username])
  const small = answers.filter(([ownKib]) => ownKib < 20 * 1024)
  assert.equal(small.length, 1, JSON.stringify(answers))
})

async function expectHidden(shop: Workshop): Promise<void> {
  assert.equal(await call(shop, 'secret'), createHash('sha256').update(value).digest('hex'))
  const { found, processes } = await search({ texts: [value], folders: [], sinceMs: 0 })
  assert.deepEqual(found, [])
  assert.ok(processes > 5, String(processes))
}
