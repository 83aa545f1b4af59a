import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isRoot, openBench, processesWith, textOf, until } from '../test-fixtures/harness.ts'
import { asOrdinaryUser, whyNotAsOrdinaryUser } from '../test-fixtures/ordinary-user.ts'
import { createRunner } from './runner.ts'

const SERVER = join(import.meta.dirname, '..', 'test-fixtures', 'server-with-workers.ts')
const STARTING_SERVER = join(import.meta.dirname, '..', 'test-fixtures', 'server-that-starts-workers.ts')

for (const network of ['isolated', 'full'] as const) {
  test(`when the server is killed no worker stays, ${network} network`, async () => {
    const mark = `sleep 48${network === 'full' ? 11 : 12}.5`
    const folder = mkdtempSync(join(tmpdir(), 'killed-'))
    chmodSync(folder, 0o755)
    const env = { ...process.env, TMPDIR: folder }
    const server = spawn(process.execPath, [SERVER, mark, network], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    await until(() => processesWith(mark).length >= 2, 15_000)
    server.kill('SIGKILL')
    await until(() => processesWith(mark).length === 0)
    rmSync(folder, { recursive: true, force: true })
  })
}

const ROUNDS = 10

test('when the server is killed while workers start, none of them stays', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const openFiles = 3000 + (process.pid % 500) * ROUNDS + round
    const folder = mkdtempSync(join(tmpdir(), 'killed-'))
    chmodSync(folder, 0o755)
    const env = { ...process.env, TMPDIR: folder }
    const server = spawn(process.execPath, [STARTING_SERVER, String(openFiles)], { env, stdio: 'ignore' })
    const starting = () => processesWith(`--nofile=${openFiles}`).length
    await until(() => starting() > 0, 15_000)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60))
    server.kill('SIGKILL')
    // The kernel takes its time with a dozen namespaces on a busy machine; what was missed would stay for ever.
    await until(() => starting() === 0, 30_000)
    rmSync(folder, { recursive: true, force: true })
  }
})

test('what an earlier server left in its run and build folders is removed at start', async () => {
  const bench = await openBench()
  mkdirSync(join(bench.home, 'run', 'old'))
  mkdirSync(join(bench.home, 'builds', 'half', 'tree'), { recursive: true })
  writeFileSync(join(bench.home, 'builds', 'half', 'tree', 'x'), '')
  const again = await createRunner({
    home: bench.home,
    languagesFolder: join(import.meta.dirname, '..', 'test-fixtures', 'languages'),
    uidBase: null,
    sandbox: 'bubblewrap',
    node: { binary: process.execPath, npmFolder: null },
    buildNetwork: { env: {}, files: [] },
    gate: { accept: (connection) => connection.destroy() },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
  assert.deepEqual([readdirSync(join(bench.home, 'run')), readdirSync(join(bench.home, 'builds'))], [[], []])
  await again.close()
  await bench.close()
})

test('workers leave nothing in the run folder', async () => {
  const bench = await openBench()
  const echo = await bench.algorithm('def apply(body, kind): return kind, body')
  await echo('x')
  assert.equal(readdirSync(join(bench.home, 'run')).length, 1)
  await bench.runner.recycle({})
  assert.deepEqual(readdirSync(join(bench.home, 'run')), [])
  await bench.close()
})

test('the trusted mode runs the same programs, and says in the log that it contains nothing', async () => {
  const bench = await openBench({}, { sandbox: 'trusted' })
  const echo = await bench.algorithm(
    'import os\ndef apply(body, kind): return kind, os.environ["HOME"].encode() + b" " + body',
  )
  assert.match(textOf(await echo('x')), /\/run\/[^/]+\/home x$/)
  assert.ok(bench.log.some((line) => line.startsWith('trusted code only')))
  await bench.close()
})

test('a data folder whose path is too long for sockets is refused with the reason', async () => {
  await assert.rejects(openBench({}, { home: join(tmpdir(), 'x'.repeat(100)) }), /path is too long/)
})

test('a data folder that workers cannot reach is refused with what to do', {
  skip: !isRoot && 'needs several uids',
}, async () => {
  const closed = mkdtempSync(join(tmpdir(), 'closed-'))
  await assert.rejects(openBench({}, { home: join(closed, 'home') }), /cannot be passed through.*chmod o\+x/)
  rmSync(closed, { recursive: true })
})

test('an ordinary user gets the same sandbox', { skip: whyNoUser() }, () => {
  const home = mkdtempSync(join(tmpdir(), 'user-'))
  spawnSync('chown', ['65534:65534', home])
  const files = ['calls.test.ts', 'build.test.ts', 'sandbox/sandbox.test.ts', 'limits.test.ts'].map((name) =>
    join(import.meta.dirname, name),
  )
  const env = { PATH: '/usr/bin:/bin', TMPDIR: home, HOME: home }
  const [program = '', ...args] = asOrdinaryUser([process.execPath, '--test', ...files])
  const run = spawnSync(program, args, {
    env,
    encoding: 'utf8',
    timeout: 240_000,
  })
  rmSync(home, { recursive: true, force: true })
  assert.equal(run.status, 0, run.stdout + run.stderr)
})

function whyNoUser(): string | false {
  return isRoot ? (whyNotAsOrdinaryUser(SERVER) ?? false) : 'this is the ordinary user'
}
