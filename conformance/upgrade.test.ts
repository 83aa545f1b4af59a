/** Upgrades: the schema guard, the backup that comes first, and a version that changes the database under a server that runs. */
import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readDatabase } from './crash/data-folder.ts'
import { createAccount } from './lib/accounts.ts'
import { algorist } from './lib/algorist.ts'
import { copyOfServer, type RestartedTarget, removeCopy, startRestartable } from './lib/restarting.ts'

describe('algorist upgrade', {
  skip: process.env.ALGORIST_TARGET !== undefined && 'needs a server of its own',
  timeout: 600_000,
}, () => {
  let target: RestartedTarget
  let newer: string

  before(async () => {
    target = await startRestartable({ ALGORIST_RESTART_READY_SECONDS: '60' })
    newer = await copyOfServer()
    const file = join(newer, 'packages/server/src/db/migrate.ts')
    const more = `{ name: 'more', up: async (db) => void (await db.schema.createTable('more').ifNotExists().addColumn('id', 'text').execute()) },\n`
    const text = await readFile(file, 'utf8')
    const end = /(const MIGRATIONS[^\]]*\] = \[[^\]]*)\]/
    assert.match(text, end)
    await writeFile(file, text.replace(end, `$1  ${more}]`))
  })
  after(async () => {
    await target?.close()
    if (newer) await removeCopy(newer)
  })

  const lastMigration = () =>
    readDatabase(target.home, (db) => Number(db.prepare('select max(number) as last from migrations').get()?.last))
  const backups = () => readdir(join(target.home, 'backups')).catch(() => [])

  test('of the same version restarts, and makes no backup since the database stays as it is', async () => {
    const before = await target.currentPid()
    const { code, stderr } = await algorist(target.home, ['upgrade'])
    assert.equal(code, 0, stderr)
    assert.notEqual(await target.currentPid(), before)
    assert.deepEqual(await backups(), [])
  })

  test('to a version with another migration makes a backup that is whole, migrates, and fails nobody', async () => {
    const [before, was] = [await target.currentPid(), lastMigration()]
    const { code, stderr } = await algorist(target.home, ['upgrade'], { root: newer })
    assert.equal(code, 0, stderr)
    assert.notEqual(await target.currentPid(), before)
    assert.equal(lastMigration(), was + 1)
    const [backup = ''] = await backups()
    const verified = await algorist(target.home, ['backup', 'verify', join(target.home, 'backups', backup)])
    assert.equal(verified.code, 0, verified.stderr)
    await createAccount(target, 'upgraded')
  })

  test('back to a version that is older than the database is refused with what to do, by restart as well', async () => {
    const before = await target.currentPid()
    const refused = await algorist(target.home, ['upgrade'])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /changed by a newer version.*restore the backup/)
    const restarted = await algorist(target.home, ['restart'])
    assert.equal(restarted.code, 1)
    assert.match(restarted.stderr, /changed by a newer server.*goes on as before/s)
    assert.equal(await target.currentPid(), before)
    await createAccount(target, 'still')
  })
})

test('algorist restart without a server says so', async () => {
  const { code, stderr } = await algorist('/nonexistent/algorist', ['restart'])
  assert.equal(code, 1)
  assert.match(stderr, /No server runs on the data folder/)
})
