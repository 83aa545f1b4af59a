/**
 * `algorist backup` and `algorist restore` (docs/backup.md): copies of a server that is written to, restored to fresh data
 * folders and compared with what clients were told; and what is left when any of the processes is killed.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { compare } from './backup/compare.ts'
import { createLedger } from './backup/ledger.ts'
import { startWriters, type Writers } from './backup/writers.ts'
import { type Account, createAccount } from './lib/accounts.ts'
import { createAlgorithm, expectGreen, publish, waitForBuild } from './lib/algorithms.ts'
import type { Json } from './lib/curl.ts'
import { type FilledDatabase, openDatabase } from './lib/databases.ts'
import { startTarget, type Target } from './lib/server.ts'
import { jsonOf, send } from './lib/wire.ts'

const CLI = resolve(import.meta.dirname, '../packages/server/src/cli.ts')
const skip = process.env.ALGORIST_TARGET !== undefined && 'needs data folders'

interface Command {
  readonly child: ChildProcess
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
}

type Settings = Readonly<Record<string, string>>

function start(home: string, args: readonly string[], settings: Settings = {}): Command {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const env = { PATH, NODE_COMPILE_CACHE, HOME: '/nonexistent', ALGORIST_HOME: home, ...settings }
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
  return { child, ended: ended.then(([[code], stdout, stderr]) => ({ code, stdout, stderr })) }
}

async function succeed(home: string, args: readonly string[], settings?: Settings): Promise<Json> {
  const { code, stdout, stderr } = await start(home, [...args, '--json'], settings).ended
  assert.equal(code, 0, `algorist ${args.join(' ')}: ${stderr}`)
  return JSON.parse(stdout)
}

async function refuse(home: string, args: readonly string[], reason: RegExp, settings?: Settings): Promise<void> {
  const { code, stderr } = await start(home, args, settings).ended
  assert.equal(code, 1, stderr)
  assert.match(stderr, reason)
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-backups-'))
  await chmod(folder, 0o755)
  return folder
}

/** Credentials stay out of a backup; what knows them carries them over. */
async function startRestored(from: string, home: string, settings: Settings = {}): Promise<Target> {
  await copyFile(join(from, 'bootstrap.json'), join(home, 'bootstrap.json'))
  return startTarget({ ...settings, ALGORIST_HOME: home })
}

/** Resolves as well when the command ends before. */
function untilSays(child: ChildProcess, moment: RegExp): Promise<void> {
  const said = Promise.withResolvers<void>()
  let output = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk
    if (moment.test(output)) said.resolve()
  })
  child.once('close', () => said.resolve())
  return said.promise
}

const namesIn = (folder: string) => readdir(folder).then((names) => names.sort())

describe('a server under write load', { skip }, () => {
  const ledger = createLedger()
  let [folder, home] = ['', '']
  let target: Target | undefined
  let writers: Writers | undefined

  before(async () => {
    folder = await newFolder()
    target = await startTarget()
    home = target.home ?? ''
    writers = await startWriters(target, ledger)
    await delay(8000)
  })
  after(async () => {
    await writers?.stop().catch(() => {})
    await target?.close()
    await rm(folder, { recursive: true, force: true })
  })

  for (const name of ['folder', 'one.tar', 'one.tar.gz']) {
    test(`is backed up as ${name}, and every acknowledged write is in what is restored`, async (t) => {
      const { owner } = writers ?? assert.fail('not started')
      const [backup, restoredHome] = [join(folder, name), join(folder, `home-${name}`)]
      const fromMs = performance.now()
      const summary = await succeed(home, ['backup', backup])
      const copied = { fromMs, toMs: performance.now() }
      assert.deepEqual(summary.problems, { count: 0, first: [] })
      assert.equal((await stat(backup)).mode & 0o077, 0)
      await succeed(home, ['backup', 'verify', backup])
      const { restoredKeys } = await succeed(restoredHome, ['restore', backup])
      assert.equal(restoredKeys, false)
      const restored = await startRestored(home, restoredHome)
      try {
        const { sure, wrong } = await compare(restored, owner, ledger, copied)
        assert.deepEqual(wrong, [])
        t.diagnostic(
          `${ledger.acknowledged()} writes acknowledged, ${sure} facts sure; ${summary.files} files, ${summary.repositories} repositories, ${summary.artifacts} artifacts in ${summary.seconds} s`,
        )
        assert.ok(sure > 20, `${sure} facts`)
      } finally {
        await restored.close()
      }
      await delay(3000)
    })
  }

  test('removes afterwards what it held back: no object, repository or artifact stays that no row names', async () => {
    await writers?.stop()
    const summary = await succeed(home, ['backup', join(folder, 'last')])
    const count = async () => {
      const objects = await readdir(join(home, 'data'), { recursive: true, withFileTypes: true })
      const repositories = (await namesIn(join(home, 'git'))).filter((name) => name.endsWith('.git'))
      const artifacts = await namesIn(join(home, 'runner/artifacts'))
      return [objects.filter((entry) => entry.isFile()).length, repositories.length, artifacts.length]
    }
    const expected = [summary.files, summary.repositories, summary.artifacts]
    for (const giveUpAt = Date.now() + 30_000; Date.now() < giveUpAt; await delay(100)) {
      if (JSON.stringify(await count()) === JSON.stringify(expected)) break
    }
    assert.deepEqual(await count(), expected)
  })
})

describe('a server with something in it', { skip }, () => {
  let [folder, home] = ['', '']
  let target: Target
  let owner: Account
  const content = randomBytes(30 * 1024 * 1024)

  before(async () => {
    folder = await newFolder()
    home = join(folder, 'home')
    target = await startTarget({ ALGORIST_HOME: home })
    owner = await createAccount(target, 'owner')
    const { shop } = await createAlgorithm(target, owner, { name: 'Hello', language: 'javascript' })
    await expectGreen(shop, await waitForBuild(shop))
    await publish(shop)
    await ask('POST', '', JSON.stringify({ name: 'box' }))
    for (let file = 0; file < 20; file++) await ask('PUT', `/box/${file}`, content.subarray(0, 1000 * file))
    await ask('PUT', '/box/large', content)
  })
  after(async () => {
    await target?.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function ask(method: string, path: string, body?: string | Uint8Array<ArrayBuffer>): Promise<void> {
    const init = { method, headers: { Authorization: `Simple ${owner.key}` }, ...(body !== undefined && { body }) }
    const reply = await fetch(`${target.url}/v1/data/${owner.username}${path}`, init)
    assert.equal(reply.status, 200, await reply.text())
  }

  /** A call without a build, and the bytes of a file. */
  async function requireWhole(restored: Target): Promise<void> {
    const { key, username } = owner
    const reply = jsonOf(await send(restored.url, `POST /v1/algo/${username}/Hello/0.1.0`, { key, json: 'HAL' }))
    assert.equal(reply.error, undefined, JSON.stringify(reply))
    const builds = jsonOf(await send(restored.url, `GET /v1/algorithms/${username}/Hello/builds`, { key }))
    assert.equal(builds.results.length, 1)
    const file = await fetch(`${restored.url}/v1/data/${username}/box/large`, {
      headers: { Authorization: `Simple ${key}` },
    })
    assert.ok(Buffer.from(await file.arrayBuffer()).equals(content))
  }

  async function requireRuns(restoredHome: string, settings?: Settings): Promise<void> {
    const restored = await startRestored(home, restoredHome, settings)
    try {
      await requireWhole(restored)
    } finally {
      await restored.close()
    }
  }

  test('a backup command that is killed leaves no backup, and the next one works', async () => {
    const backup = join(folder, 'killed')
    for (const waitMs of [300, 500, 700, 900]) {
      const { child, ended } = start(home, ['backup', backup])
      await delay(waitMs)
      child.kill('SIGKILL')
      await ended
      // It may have been faster.
      const left = await stat(backup).catch(() => null)
      if (left) await succeed(home, ['backup', 'verify', backup])
      await rm(backup, { recursive: true, force: true })
    }
    const { child, ended } = start(home, ['backup', backup])
    await once(child.stderr ?? assert.fail(), 'data')
    child.kill('SIGTERM')
    const { code } = await ended
    if (code !== 0) assert.ok((await namesIn(folder)).every((name) => name !== 'killed'))
    await rm(backup, { recursive: true, force: true })
    await succeed(home, ['backup', backup])
  })

  test('a server that is killed ends the backup, and is as it was', async () => {
    const { child, ended } = start(home, ['backup', join(folder, 'orphan')])
    await once(child.stderr ?? assert.fail(), 'data')
    process.kill(target.pid ?? assert.fail(), 'SIGKILL')
    const { code, stderr } = await ended
    if (code !== 0) {
      assert.match(stderr, /There is no backup: the server ended/)
      await assert.rejects(stat(join(folder, 'orphan')))
    } else await succeed(home, ['backup', 'verify', join(folder, 'orphan')])
    // Without a server, too.
    const summary = await succeed(home, ['backup', join(folder, 'stopped.tar')])
    assert.equal(summary.files, 21)
    await target.close()
    target = await startTarget({ ALGORIST_HOME: home })
    await requireWhole(target)
  })

  test('a restore that is killed leaves nothing that a server would take for something, and is done again', async (t) => {
    const backup = join(folder, 'stopped.tar')
    const restoredHome = join(folder, 'often')
    let unfinished = 0
    for (const moment of [
      /making the/,
      /restoring database/,
      /restoring git/,
      /restoring data\n/,
      /durable/,
      /durable/,
    ]) {
      const { child, ended } = start(restoredHome, ['restore', backup])
      await untilSays(child, moment)
      await delay(Math.random() * 20)
      child.kill('SIGKILL')
      await ended
      const format = await readFile(join(restoredHome, 'format'), 'utf8').catch(() => '')
      if (format.trim() === '1') {
        await requireRuns(restoredHome)
        await rm(restoredHome, { recursive: true })
      } else if (unfinished++ === 0) {
        const served = await start(restoredHome, ['serve']).ended
        assert.match(served.stderr, /half restored/)
        assert.equal(served.code, 1)
      }
    }
    t.diagnostic(`${unfinished} of 6 restores were cut off half-way`)
    assert.ok(unfinished > 0)
    await rm(restoredHome, { recursive: true, force: true })
    await succeed(restoredHome, ['restore', backup])
    await requireRuns(restoredHome)
  })

  test('a changed byte is found, and nothing is restored', async () => {
    const backup = join(folder, 'folder')
    await succeed(home, ['backup', backup])
    const files = (await readdir(backup, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
    for (const kind of ['database', 'git', 'artifacts', 'data', 'index', 'none']) {
      const entry = files.find(({ parentPath, name }) => `${parentPath}/${name}`.includes(`/folder/${kind}/`))
      const file = entry ? join(entry.parentPath, entry.name) : join(backup, 'manifest.json')
      const bytes = await readFile(file)
      const changed = Buffer.from(bytes)
      const at = Math.floor(bytes.length / 2)
      changed[at] = (changed[at] ?? 0) ^ 1
      await writeFile(file, changed)
      await refuse(home, ['backup', 'verify', backup], /changed|not whole/)
      if (kind === 'data') {
        await refuse(join(folder, 'never'), ['restore', backup], /data\S+ is not what was written/)
        await assert.rejects(stat(join(folder, 'never')))
      }
      await writeFile(file, bytes)
    }
    await succeed(home, ['backup', 'verify', backup])
  })

  test('what is in use is not restored to, and what is there already is no target', async () => {
    await refuse(home, ['restore', join(folder, 'folder')], /uses|not empty/)
    await refuse(home, ['backup', join(folder, 'folder')], /exists already/)
    await refuse(join(folder, 'nowhere'), ['backup', join(folder, 'other')], /no data folder/)
    assert.equal((await start(home, ['backup']).ended).code, 2)
  })

  test('keys are in a backup with a passphrase alone', async () => {
    const passphrase = join(folder, 'passphrase')
    await writeFile(passphrase, 'correct horse battery staple\n', { mode: 0o600 })
    const backup = join(folder, 'keys.tar')
    await succeed(home, ['backup', backup, '--with-keys', '--passphrase-file', passphrase])
    const bytes = await readFile(backup)
    const masterKey = (await readFile(join(home, 'master.key'), 'utf8')).trim()
    const bootstrap = JSON.parse(await readFile(join(home, 'bootstrap.json'), 'utf8'))
    for (const secret of [masterKey, bootstrap.api_key, bootstrap.password, owner.key])
      assert.ok(!bytes.includes(secret))
    const restoredHome = join(folder, 'with-keys')
    await refuse(restoredHome, ['restore', backup], /--passphrase-file/)
    await writeFile(passphrase, 'incorrect horse battery staple\n')
    await refuse(restoredHome, ['restore', backup, '--passphrase-file', passphrase], /not the one/)
    await writeFile(passphrase, 'correct horse battery staple')
    const { restoredKeys } = await succeed(restoredHome, ['restore', backup, '--passphrase-file', passphrase])
    assert.equal(restoredKeys, true)
    const restored = await startTarget({ ALGORIST_HOME: restoredHome })
    try {
      await requireWhole(restored)
      assert.equal(restored.adminKey, bootstrap.admin_api_key)
      const { username, password } = bootstrap
      const login = await send(restored.url, 'POST /v1/session', { json: { username, password } })
      const headers = { Cookie: login.header('Set-Cookie')?.split(';')[0] ?? '', Origin: restored.url }
      const list = jsonOf(await send(restored.url, `GET /v1/users/${username}/keys`, { headers }))
      const { id } = list.find(({ key_label }: Json) => key_label === 'default-key')
      const shown = jsonOf(await send(restored.url, `GET /v1/users/${username}/keys/${id}`, { headers }))
      assert.equal(shown.api_key, bootstrap.api_key)
    } finally {
      await restored.close()
    }
  })

  describe('moves from SQLite to PostgreSQL and back', () => {
    let database: FilledDatabase | undefined
    before(async () => {
      database = await openDatabase('postgres', '')
    })
    after(() => database?.close())

    test('with all that is in it', { timeout: 300_000 }, async () => {
      const { settings } = database ?? assert.fail('not started')
      const [there, back] = [join(folder, 'there'), join(folder, 'back')]
      await succeed(there, ['restore', join(folder, 'folder')], settings)
      const restored = await startRestored(home, there, settings)
      try {
        await requireWhole(restored)
        await succeed(there, ['backup', join(folder, 'postgres.tar.gz')], settings)
      } finally {
        await restored.close()
      }
      await refuse(join(folder, 'second'), ['restore', join(folder, 'folder')], /database is not empty/, settings)
      await succeed(back, ['restore', join(folder, 'postgres.tar.gz')])
      await requireRuns(back)
    })
  })
})
