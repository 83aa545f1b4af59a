/**
 * Nobody but its worker finds a secret: not in a file, a log, a reply, or what the machine shows of processes (platform.md
 * 6; design.md 7). It is used in calls that succeed, print, raise and crash, and around a build; then everything is searched
 * by the operator, by nobody, by another worker's user, and by another algorithm from inside.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Operation } from '@algorist/contract/operation.ts'
import { OPERATIONS } from '@algorist/contract/operations.ts'
import { installSpy, type Spy } from './containment/spy.ts'
import { formsOf, search } from './leaks/search.ts'
import { type Account, createAccount } from './lib/accounts.ts'
import { createAlgorithm, publish, pushGreen, type Workshop } from './lib/algorithms.ts'
import { curlJson } from './lib/curl.ts'
import { startTarget, type Target } from './lib/server.ts'
import { assertEmpty, jsonOf, send } from './lib/wire.ts'

const isRoot = process.getuid?.() === 0
const NOBODY_UID = 65534
const PATIENCE_MS = 60_000
/** Accounts' processes have users above. */
const HIGHEST_SYSTEM_UID = 65_535
const SOURCE = `import hashlib
import os
import signal

def apply(action):
    token = os.environ["LEAK_TEST_TOKEN"]
    if action == "print":
        print("used a secret of", len(token), "characters")
    if action == "raise":
        raise ValueError("the service said no")
    if action == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    return hashlib.sha256(token.encode()).hexdigest()
`

/** Set, replaced, and set for a provider. */
const OLD = `old${randomBytes(24).toString('hex')}`
const VALUE = `new${randomBytes(24).toString('hex')}`
const SETTING = `set${randomBytes(24).toString('hex')}`
const TEXTS = [OLD, VALUE, SETTING]

let target: Target
let owner: Account
let caller: Account
let spy: Spy
let shop: Workshop
/** Has the data folder, and what this test, the server and git put into temporary files. */
let place: string
let startedAtMs: number
/** Of what there is, for the paths of operations. */
let known: Record<string, string>
const replies: string[] = []
before(async () => {
  startedAtMs = Date.now() - 1000
  place = await mkdtemp(join(tmpdir(), 'algorist-leaks-'))
  // Workers run under other uids and must be able to walk down to their artifact.
  await chmod(place, 0o755)
  process.env.TMPDIR = place
  target = await startTarget({
    ALGORIST_HOME: join(place, 'home'),
    ALGORIST_LOG_LEVEL: 'trace',
    // The variables of a fork are in its memory alone (forked-workers.test.ts): a search that finds nothing would prove nothing.
    ALGORIST_WORKER_TEMPLATES: 'off',
  })
  owner = await createAccount(target, 'owner')
  caller = await createAccount(target, 'caller')
  spy = await installSpy(target)
  await use()
})
after(async () => {
  await target?.close()
  if (place !== undefined) await rm(place, { recursive: true, force: true })
})

/** Everything that is done with secrets. */
async function use(): Promise<void> {
  const admin = (method: string, path: string, json: unknown) =>
    curlJson(method, `${target.url}${path}`, { key: target.adminKey, json })
  const errorsOn = { key: target.adminKey, json: { enabled: true } }
  assertEmpty(await send(target.url, 'PUT /v1/admin/features/algorithm-errors', errorsOn), 204)
  const provider = await admin('POST', '/v1/admin/secret-provider', {
    ...{ name: 'vault', description: 'd', moduleName: 'm', factoryClassName: 'f', interfaceVersion: '1.0' },
    ...{ isEnabled: true, isDefault: false, configuration: { vault_token: SETTING } },
  })
  const made = await createAlgorithm(target, owner, { name: 'Keeper', language: 'python3' })
  shop = made.shop
  const { id } = made.created
  const secret = { owner_type: 'algorithm', owner_id: id, short_name: 'token', description: ' ' }
  const set = (line: string, json: object) => send(target.url, line, { key: owner.key, json: { ...secret, ...json } })
  const path = `/v1/algorithms/${id}/secrets`
  const created = await set(`POST ${path}`, { secret_key: 'LEAK_TEST_TOKEN', secret_value: OLD })
  const secretId = jsonOf(created).id
  const commit = await pushGreen(shop, { 'src/Keeper.py': SOURCE, 'requirements.txt': '' })
  await publish(shop, { settings: { algorithm_callability: 'public' } })
  replies.push(created.text, (await call('sha')).text)
  const changed = await set(`PUT ${path}/${secretId}`, { secret_value: VALUE })
  replies.push(changed.text, (await set(`POST ${path}`, { secret_key: 'PATH', secret_value: VALUE })).text)
  for (const action of ['sha', 'print', 'raise', 'crash', 'sha']) replies.push((await call(action, owner)).text)
  await pushGreen(shop, { 'src/Keeper.py': `${SOURCE}# again\n`, 'requirements.txt': '' })
  const { results } = await curlJson('GET', `${shop.url}/builds`, { key: owner.key })
  known = {
    ...{ id, secretId, commit, owner: owner.username, algorithm: shop.name, buildId: results[0].build_id },
    ...{
      repository: `${shop.name}.git`,
      providerId: provider.id,
      username: owner.username,
      account: owner.username,
      hash: commit,
      version: '0.1.0',
    },
  }
}

const call = (action: string, { key }: Account = caller) =>
  send(target.url, `POST ${new URL(shop.callUrl).pathname}/0.1.0?stdout=true`, { key, json: action })

/** A worker that has used the secret and holds it, from before `look` looks until after. */
async function whileItIsHeld<T>(look: () => Promise<T>): Promise<T> {
  jsonOf(await call('sha'))
  const seen = await look()
  if (isRoot) assert.notDeepEqual((await search({ texts: [VALUE], folders: [], sinceMs: 0 })).found, [])
  return seen
}

const everywhere = () => ({
  folders: [place],
  beside: ['/tmp', '/var/tmp', '/dev/shm', '/run'],
  sinceMs: startedAtMs,
})

const isProcess = (path: string): boolean => path.startsWith('/proc/')

/** Of a process: its host uid, and whether it is in a namespace of its own. */
async function about(path: string): Promise<{ uid: number; isInside: boolean; file: string }> {
  const [, pid = '', file = ''] = /^\/proc\/(\d+)\/(\w+)$/.exec(path) ?? []
  const status = await readFile(`/proc/${pid}/status`, 'latin1')
  const uid = Number(/^Uid:\t(\d+)/m.exec(status)?.[1])
  return { uid, isInside: /^NSpid:\t\d+\t\d+/m.test(status), file }
}

test('the worker has it, and the calls that used it answered as they should', async () => {
  const { result } = jsonOf(await call('sha'))
  assert.match(result, /^[0-9a-f]{64}$/)
  const all = replies.join('\n')
  for (const part of [result, 'used a secret of 51 characters', 'the service said no', 'SIGSEGV']) {
    assert.ok(all.includes(part), part)
  }
})

describe('not found', () => {
  test('in a file that the operator can read, or what is shown of a process but its own variables', {
    skip: !isRoot && 'needs root',
  }, async () => {
    await whileItIsHeld(async () => {
      const { found, files, processes } = await search({ texts: TEXTS, ...everywhere() })
      assert.deepEqual(
        found.filter((path) => !isProcess(path)),
        [],
      )
      const holders = await Promise.all(found.filter(isProcess).map(about))
      // The search does find: the worker's own variables have it.
      assert.ok(holders.length > 0 && files > 50 && processes > 5, `${holders.length} ${files} ${processes}`)
      for (const { uid, isInside, file } of holders) {
        assert.deepEqual([isInside, file, uid > HIGHEST_SYSTEM_UID], [true, 'environ', true], `${uid}`)
      }
    })
  })

  for (const who of ['nobody', "another worker's user"] as const) {
    test(`by ${who}, in any file or process`, { skip: !isRoot && 'needs root to be somebody else' }, async () => {
      const uid = who === 'nobody' ? NOBODY_UID : await uidOfAnother()
      await whileItIsHeld(async () => {
        const { found, processes } = await search({ texts: TEXTS, ...everywhere(), uid })
        assert.deepEqual(found, [])
        assert.ok(processes > 5, String(processes))
      })
    })
  }

  test('by another algorithm, from inside', async () => {
    const backwards = TEXTS.map((text) => [...text].reverse().join(''))
    await whileItIsHeld(async () => {
      const found = await spy.run(`
import glob, os
texts = [text[::-1].encode() for text in ${JSON.stringify(backwards)}]
paths = glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline")
for folder in ("/tmp", "/var", "/opt", "/run", "/home", "/dev/shm", "/etc"):
    for path, _, names in os.walk(folder):
        paths += [os.path.join(path, name) for name in names]
out = []
for path in paths:
    try:
        with open(path, "rb") as file: content = file.read(50000000)
    except OSError:
        continue
    if any(text in content for text in texts): out.append(path)`)
      assert.deepEqual(found, [])
    })
  })

  test('in any reply of what reads, to its owner or to an administrator', async () => {
    const asked: string[] = []
    for (const operation of OPERATIONS.filter(({ method, paths }) => method === 'GET' && !isEndless(paths))) {
      for (const path of operation.paths.map(filled)) {
        for (const key of [owner.key, target.adminKey]) {
          const { status, text } = await send(target.url, `GET ${path}`, { key })
          replies.push(text)
          if (status === 200) asked.push(operation.id)
        }
      }
    }
    for (const id of ['listSecrets', 'listAllSecretProviders', 'getBuildLogs', 'listAuditLog', 'getAlgorithm']) {
      assert.ok(asked.includes(id), id)
    }
    const [tail] = await Promise.all([readUntil(filled(endless()), 'the service said no'), call('raise')])
    replies.push(tail, await (await fetch(`${target.url}/metrics`)).text())
    const all = replies.join('\n')
    for (const form of TEXTS.flatMap(formsOf)) assert.ok(!all.includes(form))
  })

  test('after the server has ended, in what it leaves behind', async () => {
    await target.close()
    const { found, files } = await search({ texts: TEXTS, folders: [place], sinceMs: 0 })
    assert.deepEqual(
      found.filter((path) => !isProcess(path)),
      [],
    )
    assert.ok(files > 50, String(files))
  })
})

test('the search finds a text in a file, as it is and in other forms', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-leaks-'))
  after(() => rm(folder, { recursive: true, force: true }))
  const text = `control${randomBytes(24).toString('hex')}`
  const forms = [text, Buffer.from(`x${text}y`).toString('base64'), Buffer.from(text).toString('hex'), 'nothing of it']
  for (const [index, form] of forms.entries()) await writeFile(join(folder, String(index)), `before ${form} behind`)
  const { found } = await search({ texts: [text], folders: [folder], sinceMs: 0 })
  assert.deepEqual(
    found.filter((path) => !isProcess(path)).sort(),
    [0, 1, 2].map((index) => join(folder, String(index))),
  )
})

/** Host uid of the spy's workers: whoever has a secret of its own. */
async function uidOfAnother(): Promise<number> {
  const mark = `spy${randomBytes(24).toString('hex')}`
  const { id } = await curlJson('GET', spy.shop.url, { key: spy.owner.key })
  const secret = { owner_type: 'algorithm', owner_id: id, short_name: 'mark', description: ' ' }
  const json = { ...secret, secret_key: 'LEAK_TEST_MARK', secret_value: mark }
  jsonOf(await send(target.url, `POST /v1/algorithms/${id}/secrets`, { key: spy.owner.key, json }))
  await spy.run('out = 1')
  const { found } = await search({ texts: [mark], folders: [], sinceMs: 0 })
  const [holder] = await Promise.all(found.map(about))
  assert.ok(holder?.isInside)
  return holder.uid
}

/** A path of the contract with what is known in the place of its parameters. */
function filled(path: string): string {
  return path.replace(/:(\w+)/g, (_, name: string) => known[name] ?? 'nothing')
}

/** What a reply that does not end says until it has said this. */
async function readUntil(path: string, words: string): Promise<string> {
  const headers = { Authorization: `Simple ${owner.key}` }
  const reply = await fetch(`${target.url}${path}`, { headers, signal: AbortSignal.timeout(PATIENCE_MS) })
  let text = ''
  for await (const chunk of reply.body ?? []) {
    text += Buffer.from(chunk).toString()
    if (text.includes(words)) break
  }
  return text
}

/** Replies that do not end by themselves. */
const isEndless = (paths: Operation['paths']): boolean => paths.some((path) => path.endsWith('/tail'))
const endless = (): string => OPERATIONS.find(({ paths }) => isEndless(paths))?.paths[0] ?? ''
