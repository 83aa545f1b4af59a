import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { createAccountDirectory } from './accounts/directory.ts'
import { verifyPassword } from './accounts/passwords.ts'
import { type BootstrapOptions, ensureBootstrap } from './bootstrap.ts'
import type { Database } from './db/schema.ts'
import { testDatabases } from './db/testing.ts'
import { createKeyRing } from './keys/key-ring.ts'
import { createSecretBox } from './secret-box.ts'

async function newFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-bootstrap-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'bootstrap.json')
}

/** One start of a server: what it would load, and the bootstrap. */
async function start(db: Database, file: string, url = 'http://127.0.0.1:8080') {
  const services: BootstrapOptions['services'] = {
    db,
    directory: await createAccountDirectory(db),
    keyRing: await createKeyRing(db),
    secretBox: createSecretBox(Buffer.alloc(32)),
  }
  const admin = { name: 'admin', email: 'admin@algorist.local' }
  const isFirst = await ensureBootstrap({ services, file, url, admin })
  return { services, isFirst }
}

async function read(file: string) {
  return JSON.parse(await readFile(file, 'utf8'))
}

for (const { engine, open } of testDatabases()) {
  describe(`bootstrap on ${engine}`, { timeout: 120_000 }, () => {
    test('makes an administrator whose credentials all work', async (t) => {
      const { db } = await open()
      const file = await newFile(t)
      const { services, isFirst } = await start(db, file)
      assert.equal(isFirst, true)
      const credentials = await read(file)
      assert.deepEqual(Object.keys(credentials), ['url', 'username', 'password', 'api_key', 'admin_api_key'])
      assert.equal((await stat(file)).mode & 0o777, 0o600)
      assert.deepEqual(await readdir(join(file, '..')), ['bootstrap.json'])
      const admin = services.directory.firstAdmin()
      assert.deepEqual([admin?.name, admin?.isAdmin, admin?.hostUid], ['admin', true, 0])
      for (const ring of [services.keyRing, await createKeyRing(db)]) {
        assert.equal(ring.lookup(credentials.admin_api_key)?.kind, 'admin')
        const entry = ring.lookup(credentials.api_key)
        assert.equal(entry?.kind === 'standard' && entry.rights.allowAlgoManagement, true)
      }
      assert.equal((await verifyPassword(services, 'admin', credentials.password))?.id, admin?.id)
    })

    test('does nothing at later starts, but for a new address', async (t) => {
      const { db } = await open()
      const file = await newFile(t)
      await start(db, file)
      const first = await read(file)
      assert.equal((await start(db, file)).isFirst, false)
      assert.deepEqual(await read(file), first)
      await start(db, file, 'https://new.example')
      assert.deepEqual(await read(file), { ...first, url: 'https://new.example' })
      assert.equal((await db.selectFrom('api_keys').select('id').execute()).length, 2)
    })

    test('does not make the file again when somebody has taken it away', async (t) => {
      const { db } = await open()
      const file = await newFile(t)
      await start(db, file)
      await rm(file)
      assert.equal((await start(db, file)).isFirst, false)
      await assert.rejects(stat(file), { code: 'ENOENT' })
    })

    test('goes on after a crash before the database knew the administrator', async (t) => {
      const { db } = await open()
      const file = await newFile(t)
      const other = await open()
      await start(other.db, file)
      const credentials = await read(file)
      await rename(file, `${file}.pending`)
      assert.equal((await start(db, file)).isFirst, true)
      assert.deepEqual(await read(file), credentials)
    })

    test('goes on after a crash before the file got its name', async (t) => {
      const { db } = await open()
      const file = await newFile(t)
      await start(db, file)
      const credentials = await read(file)
      await rename(file, `${file}.pending`)
      assert.equal((await start(db, file)).isFirst, true)
      assert.deepEqual(await read(file), credentials)
    })

    test('drops credentials that the database does not know', async (t) => {
      const { db } = await open()
      const file = await newFile(t)
      await start(db, file)
      const credentials = await read(file)
      const wrong = { ...credentials, admin_api_key: 'simother' }
      await writeFile(`${file}.pending`, JSON.stringify(wrong), { mode: 0o600 })
      assert.equal((await start(db, file)).isFirst, false)
      assert.deepEqual(await read(file), credentials)
      await assert.rejects(stat(`${file}.pending`), { code: 'ENOENT' })
    })
  })
}
