/** Moving an owner between installations (docs/moving.md): `algorist export` on one server, `algorist import` on another. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, copyFile, mkdtemp, open, readFile, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { type Account, createKey, FULL_RIGHTS, uniqueName } from './lib/accounts.ts'
import * as commands from './lib/algorist.ts'
import {
  commit,
  createAlgorithm,
  gitOrFail,
  publish,
  pushGreen,
  type Workshop,
  withClone,
  workshop,
} from './lib/algorithms.ts'
import { curl, curlJson, type Json } from './lib/curl.ts'
import { NEWCOMERS, type Newcomer } from './lib/newcomers.ts'
import { run } from './lib/processes.ts'
import { startTarget, type Target } from './lib/server.ts'
import { assertError } from './lib/shape.ts'
import { get, put } from './lib/transfer.ts'
import { until } from './lib/until.ts'
import { jsonOf, send } from './lib/wire.ts'

const LARGE_BYTES = 20 * 1024 * 1024 + 1
const ODD_NAMES = ['a b.txt', 'ünïcode-名前.bin', 'quote\'"\\back', 'line\nend', '-dash', 'x'.repeat(255), '%41']

const skip = process.env.ALGORIST_TARGET !== undefined && 'needs data folders'

const algorist = (target: Target, ...args: string[]) => commands.algorist(target.home ?? '', args)
const succeed = (target: Target, ...args: string[]) => commands.succeed(target.home ?? '', args)

/** What a bundle has, read with the system's own tools. */
async function contentsOf(
  bundle: string,
): Promise<{ folder: string; names: string[]; json(name: string): Promise<Json> }> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-bundle-'))
  const unpacked = await run('tar', ['-xf', bundle, '-C', folder])
  assert.equal(unpacked.code, 0, unpacked.stderr)
  const listed = await run('find', [folder, '-type', 'f', '-printf', '%P\\0'])
  const names = listed.stdout.toString().split('\0').filter(Boolean).sort()
  return { folder, names, json: async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) }
}

describe('an owner moves from one server to another', { skip }, () => {
  let [from, to]: [Target?, Target?] = []
  let folder: string
  let owner: Account
  let org: Account
  let member: Account
  let shops: Workshop[]
  const large = randomBytes(LARGE_BYTES)

  const source = (): Target => from ?? assert.fail('not started')
  const destination = (): Target => to ?? assert.fail('not started')
  const path = (name: string): string => join(folder, name)
  const dataUrl = (target: Target, name: string) =>
    `${target.url}/v1/data/${owner.username}/shelf/${encodeURIComponent(name)}`

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'algorist-transfer-'))
    await chmod(folder, 0o755)
    ;[from, to] = await Promise.all([startTarget(), startTarget({ ALGORIST_ADMIN_EMAIL: 'root@example.org' })])
    owner = await user(from, 'mover')
    member = await user(from, 'member')
    ;[shops, org] = await Promise.all([
      Promise.all(NEWCOMERS.map((newcomer) => greeterOf(source(), newcomer))),
      organization(source()),
      fillShelf(source()),
    ])
  })
  after(async () => {
    await Promise.all([from?.close(), to?.close()])
    await rm(folder, { recursive: true, force: true })
  })

  async function user(target: Target, prefix: string): Promise<Account> {
    const username = uniqueName(prefix)
    const json = { username, email: `${username}@example.com`, fullname: 'Some Body', company_name: 'Example' }
    await curlJson('POST', `${target.url}/v1/users`, { key: target.adminKey, json })
    return { username, key: await createKey(target, username, FULL_RIGHTS) }
  }

  /** An algorithm with three versions, each of another commit. */
  async function greeterOf(target: Target, { language, sourceFile, greeter }: Newcomer): Promise<Workshop> {
    const name = `Greeter_${language}`
    const { shop } = await createAlgorithm(target, owner, { name, language })
    await pushGreen(shop, { [sourceFile(name)]: greeter('First') })
    await publish(shop, { version_info: { semantic_version: '1.0.0', release_notes: 'the first' } })
    await pushGreen(shop, { [sourceFile(name)]: greeter('Second') })
    const settings = { algorithm_callability: 'public' }
    await publish(shop, { settings, version_info: { semantic_version: '1.2.0', sample_input: 'x' } })
    await pushGreen(shop, { [sourceFile(name)]: greeter('Third') })
    await publish(shop, { version_info: { semantic_version: '1.2.3' } })
    return shop
  }

  async function fillShelf(target: Target): Promise<void> {
    for (const name of ['shelf', 'open']) {
      jsonOf(await send(target.url, `POST /v1/data/${owner.username}`, { key: owner.key, json: { name } }))
    }
    const json = { acl: { read: ['user://*'] } }
    const opened = await send(target.url, `PATCH /v1/data/${owner.username}/open`, { key: owner.key, json })
    assert.equal(opened.status, 200, opened.text)
    for (const name of ODD_NAMES) {
      const body = Buffer.from(`content of ${name}`)
      await put({ url: dataUrl(target, name), key: owner.key }, [body], body.length)
    }
    await put({ url: dataUrl(target, 'empty'), key: owner.key }, [], 0)
    await put({ url: dataUrl(target, 'large.bin'), key: owner.key }, [large], large.length)
  }

  async function organization(target: Target): Promise<Account> {
    const username = uniqueName('org')
    const json = { org_name: username, org_label: 'Lab', org_contact_name: 'Lab', org_email: 'lab@example.com' }
    await curlJson('POST', `${target.url}/v1/organizations`, { key: target.adminKey, json })
    await succeed(target, 'org', 'add', username, member.username, '--role', 'owner')
    await succeed(target, 'org', 'add', username, owner.username)
    const { stdout } = await algorist(target, 'key', 'create', username, '--org')
    const account = { username, key: stdout.trim() }
    const { language, sourceFile, greeter } = NEWCOMERS[0] ?? assert.fail('no language')
    const { shop } = await createAlgorithm(target, account, { name: 'Shared', language })
    await pushGreen(shop, { [sourceFile('Shared')]: greeter('Lab') })
    await publish(shop, { version_info: { semantic_version: '2.0.1' } })
    return account
  }

  async function answers(target: Target): Promise<Json> {
    const found: Json = {}
    for (const shop of shops) {
      for (const selector of ['1.0.0', '1.2.*', '1.2.3', '1.*', '']) {
        const url = `${workshop(target, owner, shop.name).callUrl}/${selector}`.replace(/\/$/, '')
        const { status, text } = await curl('POST', url, { key: owner.key, contentType: 'text/plain', body: 'HAL' })
        found[`${shop.name} ${selector}`] = [status, JSON.parse(text).result]
      }
    }
    for (const name of [...ODD_NAMES, 'empty', 'large.bin']) {
      const body = await buffer(await get({ url: dataUrl(target, name), key: owner.key }))
      found[name] = name === 'large.bin' ? body.equals(large) : body.toString()
    }
    for (const [name, key] of Object.entries({ owner: owner.key, nobody: undefined })) {
      const reply = await send(target.url, `GET /v1/data/${owner.username}/open`, key === undefined ? {} : { key })
      found[`open to ${name}`] = reply.status
    }
    return found
  }

  test('the bundle is a tar file that tar, sha256sum and git read', async () => {
    const exported = await succeed(source(), 'export', owner.username, path('owner.tar'))
    assert.deepEqual([exported[0].algorithms, exported[0].versions, exported[0].files], [2, 6, ODD_NAMES.length + 2])
    assert.equal((await stat(path('owner.tar'))).mode & 0o777, 0o600)
    const { folder: unpacked, names, json } = await contentsOf(path('owner.tar'))
    try {
      const checked = await run('sh', ['-c', 'cat sums/* | sha256sum --check --quiet --strict'], { cwd: unpacked })
      assert.equal(checked.code, 0, checked.stderr)
      assert.equal((await json('manifest.json')).version, 1)
      assert.ok(names.includes('data/shelf/large.bin'))
      const keys = await json('keys.json')
      assert.ok(keys.length > 0)
      const cloned = await gitOrFail(unpacked, 'clone', '-q', 'algorithms/Greeter_python3.bundle', 'clone').then(() =>
        gitOrFail(join(unpacked, 'clone'), 'rev-list', '--count', 'HEAD'),
      )
      assert.equal(cloned.stdout.toString().trim(), '4')
    } finally {
      await rm(unpacked, { recursive: true, force: true })
    }
    const bytes = await readFile(path('owner.tar'))
    for (const secret of [owner.key, source().key, source().adminKey, 'argon2id']) assert.ok(!bytes.includes(secret))
    const again = await algorist(source(), 'export', owner.username, path('owner.tar'))
    assert.deepEqual([again.code, /already/.test(again.stderr)], [1, true])
  })

  test('a damaged bundle changes nothing', async () => {
    const users = async () => (await succeed(destination(), 'user', 'list')).length
    const before = await users()
    const { size } = await stat(path('owner.tar'))
    for (const at of [300, size >> 1]) {
      await copyFile(path('owner.tar'), path('broken.tar'))
      const file = await open(path('broken.tar'), 'r+')
      const { buffer: byte } = await file.read(Buffer.alloc(1), 0, 1, at)
      await file.write(Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, at)
      await file.close()
      const refused = await algorist(destination(), 'import', path('broken.tar'))
      assert.equal(refused.code, 1, `a bit at ${at} was changed`)
      assert.match(refused.stderr, /cannot be imported|expected/i)
    }
    for (const length of [0, size >> 1, size - 1024]) {
      await copyFile(path('owner.tar'), path('broken.tar'))
      await truncate(path('broken.tar'), length)
      assert.equal((await algorist(destination(), 'import', path('broken.tar'))).code, 1, `cut at ${length}`)
    }
    assert.equal(await users(), before)
    assertError(await send(destination().url, 'GET /v1/scms', { key: owner.key }), { status: 401 })
  })

  test('unmodified calls with the same key answer the same', async () => {
    const report = await succeed(destination(), 'import', path('owner.tar'))
    const notReady = report.filter(({ what, result }: Json) => what === 'version' && result !== 'ready')
    assert.deepEqual(notReady, [])
    const expected = await answers(source())
    assert.deepEqual(expected['Greeter_python3 1.2.*'], [200, 'Third, HAL!'])
    assert.deepEqual(await answers(destination()), expected)
  })

  test('an export of the import is the same but for times', async () => {
    await succeed(destination(), 'export', owner.username, path('again.tar'))
    const [first, second] = [await contentsOf(path('owner.tar')), await contentsOf(path('again.tar'))]
    try {
      assert.deepEqual(second.names, first.names)
      for (const name of first.names.filter((each) => /\.json$/.test(each) && each !== 'manifest.json')) {
        assert.deepEqual(withoutTimes(await second.json(name)), withoutTimes(await first.json(name)), name)
      }
      const compared = await run('diff', ['-r', join(first.folder, 'data'), join(second.folder, 'data')])
      assert.equal(compared.code, 0, compared.stdout.toString())
    } finally {
      for (const each of [first, second]) await rm(each.folder, { recursive: true, force: true })
    }
  })

  test('versions keep their numbers, times, notes and ids, and the repository takes pushes', async () => {
    for (const shop of shops) {
      const there = workshop(destination(), owner, shop.name)
      const versions = async (url: string) =>
        (await curlJson('GET', `${url}/versions?published=true`, { key: owner.key })).results.map(
          ({ version_info, id }: Json) => [id, version_info.semantic_version, version_info.release_notes],
        )
      assert.deepEqual(await versions(there.url), await versions(shop.url))
      const { sourceFile, greeter } = NEWCOMERS.find(({ language }) => shop.name.endsWith(language)) ?? assert.fail()
      await withClone(there, async (clone) => {
        await commit(clone, { [sourceFile(shop.name)]: greeter('Fourth') })
        await gitOrFail(clone, 'push', '-q')
      })
    }
  })

  test('an imported key works and cannot be shown, and says why', async () => {
    const [key] = await succeed(destination(), 'key', 'list', owner.username)
    const password = 'a good long password'
    const reset = ['user', 'reset-password', owner.username, '--password-stdin']
    await commands.succeed(destination().home ?? '', reset, { input: password })
    const login = await send(destination().url, 'POST /v1/session', { json: { username: owner.username, password } })
    const headers = { Cookie: login.header('Set-Cookie')?.split(';')[0] ?? '', Origin: destination().url }
    const shown = await send(destination().url, `GET /v1/users/${owner.username}/keys/${key.id}`, { headers })
    assertError(shown, { status: 400, message: /another installation.*[Rr]otate/ })
    const listed = jsonOf(await send(destination().url, `GET /v1/users/${owner.username}/keys`, { headers }))
    assert.ok(listed.every(({ api_key }: Json) => !api_key.includes(owner.key)))
  })

  test('what is taken is named, and another name is offered', async () => {
    const refused = await algorist(destination(), 'import', path('owner.tar'))
    assert.equal(refused.code, 1)
    for (const words of [owner.username, '--as', `${owner.username}@example.com`, 'in use here']) {
      assert.ok(refused.stderr.includes(words), refused.stderr)
    }
    assert.ok(!refused.stderr.includes(owner.key))
  })

  test('an organization brings along those members who are there', async () => {
    await succeed(source(), 'export', org.username, path('org.tar'))
    const report = await succeed(destination(), 'import', path('org.tar'), '--as', 'renamed_lab')
    const members = report.filter(({ what }: Json) => what === 'member')
    assert.deepEqual(
      new Set(members.map(({ name, result }: Json) => `${name} ${result}`)),
      new Set([
        `${owner.username} joined`,
        'the administrator joined',
        `${member.username} absent`,
        `${source().username} absent`,
      ]),
    )
    const url = `${destination().url}/v1/algo/renamed_lab/Shared/2.0.1`
    for (const key of [org.key, owner.key]) {
      const { text } = await curl('POST', url, { key, contentType: 'text/plain', body: 'HAL' })
      assert.equal(JSON.parse(text).result, 'Lab, HAL!', text)
    }
  })

  test('killed in the middle, nothing of it is to be seen', async () => {
    const home = path('killed')
    const killed = await startTarget({ ALGORIST_HOME: home })
    const running = algorist(killed, 'import', path('owner.tar'))
    await until(
      'a pack that is being put aside',
      async () => (await run('find', [join(home, 'git'), '-name', '*.pack'])).stdout.length > 0,
    )
    process.kill(killed.pid ?? assert.fail('no server of ours'), 'SIGKILL')
    assert.notEqual((await running).code, 0)
    await killed.close()
    const again = await startTarget({ ALGORIST_HOME: home })
    try {
      assertError(await send(again.url, 'GET /v1/scms', { key: owner.key }), { status: 401 })
      const names = (await succeed(again, 'user', 'list')).map(({ name }: Json) => name)
      assert.deepEqual(names, [again.username])
      const repositories = await run('find', [join(home, 'git'), '-maxdepth', '1', '-name', '*.git'])
      assert.equal(repositories.stdout.toString(), '')
    } finally {
      await again.close()
    }
  })

  test('it can be run again, with the server stopped as well; builds wait for the start', async () => {
    const home = path('killed')
    const report = await commands.succeed(home, ['import', path('owner.tar')])
    assert.ok(report.some(({ what, result }: Json) => what === 'version' && result === 'waiting'))
    await commands.succeed(home, ['export', owner.username, path('offline.tar')])
    const again = await startTarget({ ALGORIST_HOME: home })
    try {
      const { callUrl } = workshop(again, owner, 'Greeter_javascript')
      const call = () => curl('POST', `${callUrl}/1.0.0`, { key: owner.key, contentType: 'text/plain', body: 'HAL' })
      await until('a call that works', async () => (await call()).status === 200)
    } finally {
      await again.close()
    }
  })
})

/** Everything in a document but when things were used and built. */
function withoutTimes(value: Json): Json {
  return JSON.parse(JSON.stringify(value), (name, each) =>
    /^(last_used_at|finished_at)$/.test(name) ? undefined : each,
  )
}
