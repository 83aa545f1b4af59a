import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { findRunningServer, openDataFolder } from './data-folder.ts'

const isRoot = process.getuid?.() === 0

async function emptyFolder(t: TestContext): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'algorist-folder-'))
  t.after(() => rm(parent, { recursive: true, force: true }))
  return join(parent, 'home')
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8)
}

/** A process that holds the folder until it is killed. */
async function startHolder(t: TestContext, path: string): Promise<ChildProcess> {
  const program = `
    import { openDataFolder } from ${JSON.stringify(new URL('./data-folder.ts', import.meta.url).href)}
    const folder = await openDataFolder(process.argv[1])
    await folder.announce('http://127.0.0.1:4711')
    process.stdout.write('open')
    setInterval(() => folder.path, 1000)`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => holder.kill('SIGKILL'))
  if (holder.stdout) await once(holder.stdout, 'data')
  return holder
}

test('openDataFolder() makes private folders, and lets other user ids pass where processes run under them', async (t) => {
  const path = await emptyFolder(t)
  const folder = await openDataFolder(path)
  const passable = isRoot ? '711' : '700'
  assert.equal(await modeOf(path), passable)
  assert.equal(await modeOf(folder.folders.runner), passable)
  assert.equal(await modeOf(folder.folders.repositories), passable)
  assert.equal(await modeOf(folder.folders.database), '700')
  assert.equal(await modeOf(folder.folders.run), '700')
  await folder.close()
})

test('openDataFolder() tightens a folder that was there', async (t) => {
  const path = await emptyFolder(t)
  await (await openDataFolder(path)).close()
  await chmod(join(path, 'db'), 0o777)
  await (await openDataFolder(path)).close()
  assert.equal(await modeOf(join(path, 'db')), '700')
})

test('openDataFolder() removes half-written files of a server that was killed', async (t) => {
  const path = await emptyFolder(t)
  await (await openDataFolder(path)).close()
  for (const name of ['bootstrap.json.0123456789ab.tmp', 'run/server.json.0123456789ab.tmp', 'notes.tmp'])
    await writeFile(join(path, name), '{')
  await (await openDataFolder(path)).close()
  const left = (await readdir(path, { recursive: true })).filter((name) => name.endsWith('.tmp'))
  assert.deepEqual(left, ['notes.tmp'])
})

test('openDataFolder() refuses a folder that this process has open', async (t) => {
  const path = await emptyFolder(t)
  const folder = await openDataFolder(path)
  await assert.rejects(openDataFolder(path), new RegExp(`already runs .*process ${process.pid}`))
  await folder.close()
  await (await openDataFolder(path)).close()
})

test('a second process is told the pid and address of the first, and kill -9 of the first frees the folder', async (t) => {
  const path = await emptyFolder(t)
  const holder = await startHolder(t, path)
  await assert.rejects(openDataFolder(path), new RegExp(`process ${holder.pid} at http://127.0.0.1:4711`))
  assert.partialDeepStrictEqual(await findRunningServer(path), { pid: holder.pid, url: 'http://127.0.0.1:4711' })
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  assert.equal(await findRunningServer(path), null)
  await (await openDataFolder(path)).close()
})

test('looking for a running server does not free the lock of this process', async (t) => {
  const path = await emptyFolder(t)
  const folder = await openDataFolder(path)
  assert.partialDeepStrictEqual(await findRunningServer(path), { pid: process.pid, url: null })
  await assert.rejects(openDataFolder(path), /already runs/)
  await folder.close()
})

test('findRunningServer() finds none where there is no folder, and makes none', async (t) => {
  const path = await emptyFolder(t)
  assert.equal(await findRunningServer(path), null)
  await assert.rejects(stat(path), { code: 'ENOENT' })
})

test('openDataFolder() refuses a newer format, and frees the lock', async (t) => {
  const path = await emptyFolder(t)
  await (await openDataFolder(path)).close()
  await writeFile(join(path, 'format'), '99\n')
  await assert.rejects(openDataFolder(path), /newer server: expected format 1 or lower, got "99"/)
  await writeFile(join(path, 'format'), '1\n')
  await (await openDataFolder(path)).close()
})

test('masterKey() makes a private file once and reads it again', async (t) => {
  const path = await emptyFolder(t)
  const folder = await openDataFolder(path)
  const [first, second] = await Promise.all([folder.masterKey(null), folder.masterKey(null)])
  assert.equal(first.length, 32)
  assert.deepEqual(first, second)
  assert.equal(await modeOf(join(path, 'master.key')), '600')
  await folder.close()
})

test('masterKey() prefers the setting and then makes no file', async (t) => {
  const path = await emptyFolder(t)
  const folder = await openDataFolder(path)
  const key = Buffer.alloc(32, 1)
  assert.deepEqual(await folder.masterKey(key), key)
  await assert.rejects(readFile(join(path, 'master.key')), { code: 'ENOENT' })
  await folder.close()
})

test('masterKey() refuses a file that others can read, and a damaged one', async (t) => {
  const path = await emptyFolder(t)
  const folder = await openDataFolder(path)
  await folder.masterKey(null)
  await chmod(join(path, 'master.key'), 0o644)
  await assert.rejects(folder.masterKey(null), /expected mode 600, got 644/)
  await writeFile(join(path, 'master.key'), 'short')
  await chmod(join(path, 'master.key'), 0o600)
  await assert.rejects(folder.masterKey(null), /damaged/)
  await folder.close()
})
