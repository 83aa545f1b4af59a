/**
 * `algorist backup` and `algorist restore` (docs/backup.md): what is left when any of the processes is killed, what is found
 * and refused, keys, and the way from one database to another. Copies of a server that is written to are
 * backup-under-load.test.ts.
 */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { newFolder, startRestored } from './backup/restored.ts'
import { type Account, createAccount } from './lib/accounts.ts'
import { algorist, refuse, startAlgorist, succeed } from './lib/algorist.ts'
import { createAlgorithm, expectGreen, publish, waitForBuild } from './lib/algorithms.ts'
import type { Json } from './lib/curl.ts'
import { type FilledDatabase, openDatabase } from './lib/databases.ts'
import { startTarget, type Target } from './lib/server.ts'
import { jsonOf, send } from './lib/wire.ts'

const skip = process.env.ALGORIST_TARGET !== undefined && 'needs data folders'
/** More than one part of a backup (8 MiB). */
const LARGE_BYTES = 9 * 1024 * 1024

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

describe('a server with something in it', { skip }, () => {
  let [folder, home] = ['', '']
  let target: Target
  let owner: Account
  const content = randomBytes(LARGE_BYTES)

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

  async function requireRuns(restoredHome: string, settings?: Readonly<Record<string, string>>): Promise<void> {
    const restored = await startRestored(home, restoredHome, settings)
    try {
      await requireWhole(restored)
    } finally {
      await restored.close()
    }
  }

  test('a backup command that is killed leaves no backup, and the next one works', async () => {
    const backup = join(folder, 'killed')
    for (const moment of [/reading/, /repositories/, /artifacts/, /files/]) {
      const { child, ended } = startAlgorist(home, ['backup', backup])
      await untilSays(child, moment)
      await delay(Math.random() * 20)
      child.kill('SIGKILL')
      await ended
      // It may have been faster.
      const left = await stat(backup).catch(() => null)
      if (left) await succeed(home, ['backup', 'verify', backup])
      await rm(backup, { recursive: true, force: true })
    }
    const { child, ended } = startAlgorist(home, ['backup', backup])
    await once(child.stderr ?? assert.fail(), 'data')
    child.kill('SIGTERM')
    const { code } = await ended
    if (code !== 0) assert.ok((await namesIn(folder)).every((name) => name !== 'killed'))
    await rm(backup, { recursive: true, force: true })
    await succeed(home, ['backup', backup])
  })

  test('a server that is killed ends the backup, and is as it was', async () => {
    const { child, ended } = startAlgorist(home, ['backup', join(folder, 'orphan')])
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
    const moments = [/making the/, /restoring database/, /restoring git/, /restoring data\n/, /durable/]
    for (const moment of moments) {
      const { child, ended } = startAlgorist(restoredHome, ['restore', backup])
      await untilSays(child, moment)
      await delay(Math.random() * 20)
      child.kill('SIGKILL')
      await ended
      const format = await readFile(join(restoredHome, 'format'), 'utf8').catch(() => '')
      if (format.trim() === '1') {
        await requireRuns(restoredHome)
        await rm(restoredHome, { recursive: true })
      } else if (unfinished++ === 0) {
        const served = await algorist(restoredHome, ['serve'])
        assert.match(served.stderr, /half restored/)
        assert.equal(served.code, 1)
      }
    }
    t.diagnostic(`${unfinished} of ${moments.length} restores were cut off half-way`)
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
      // There are empty files, too.
      const changed = bytes.length === 0 ? Buffer.alloc(1) : Buffer.from(bytes)
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
    assert.equal((await algorist(home, ['backup'])).code, 2)
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
      await succeed(there, ['restore', join(folder, 'folder')], { settings })
      const restored = await startRestored(home, there, settings)
      try {
        await requireWhole(restored)
        await succeed(there, ['backup', join(folder, 'postgres.tar.gz')], { settings })
      } finally {
        await restored.close()
      }
      await refuse(join(folder, 'second'), ['restore', join(folder, 'folder')], /database is not empty/, { settings })
      await succeed(back, ['restore', join(folder, 'postgres.tar.gz')])
      await requireRuns(back)
    })
  })
})
