import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isRoot, openBench, textOf, UID_BASE, until } from '../../../test-fixtures/harness.ts'
import { createContainedNetworks } from './contained.ts'
import { isOpenToAll } from './tunnel-view.ts'

const FIXTURES = join(import.meta.dirname, '../../../test-fixtures')
const ECHO = 'def apply(body, kind): return kind, body'
const SLEEP = 'import time\ndef apply(body, kind):\n    if body: time.sleep(30)\n    return kind, body'

interface Process {
  readonly pid: number
  readonly name: string
}

/** Running processes that this one, or another, has started itself. */
function childrenOf(parent: number): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const [, name = '', state, ppid] = /\((.*)\) (\S) (\d+)/.exec(statOf(pid)) ?? []
      return Number(ppid) === parent && state !== 'Z' ? [{ pid: Number(pid), name }] : []
    })
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

function statOf(pid: string | number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return ''
  }
}

const helpersOf = (parent: number) =>
  childrenOf(parent).filter(({ name }) => name.startsWith('slirp4netns') || name === 'cat')
const isGone = ({ pid }: Process) => statOf(pid) === '' || / Z /.test(statOf(pid))

test('a network is two processes under the uid of its sandbox, which end with it', async () => {
  const networks = createContainedNetworks({
    resolvConf: '/etc/resolv.conf',
    allowed: async () => [],
    onWarning: (error) => assert.fail(String(error)),
  })
  const uid = isRoot ? UID_BASE + 7 : null
  const opened = await Promise.all([1, 2, 3].map(() => networks.open('full', uid)))
  const helpers = helpersOf(process.pid)
  assert.deepEqual(helpers.map(({ pid }) => pid).sort(), opened.flatMap(({ processes }) => processes).sort())
  for (const { pid } of helpers) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    if (uid !== null) assert.match(status, new RegExp(`^Uid:(\\t${uid}){4}$`, 'm'))
    assert.match(status, /^CapEff:\t(0000000000000400|000001ffffffffff)$/m)
  }
  await opened[0]?.release()
  assert.equal(helpersOf(process.pid).length, 4)
  await networks.close()
  await Promise.all(opened.map(({ release }) => release()))
  assert.deepEqual(helpersOf(process.pid), [])
})

test('the one process that lets them open the tunnel device is made anew when it has ended, and ends with them', {
  skip: isOpenToAll() ? 'everybody may open it here' : !isRoot && 'needs root',
}, async (t) => {
  const networks = createContainedNetworks({
    resolvConf: '/etc/resolv.conf',
    allowed: async () => [],
    onWarning: (error) => assert.fail(String(error)),
  })
  t.after(networks.close)
  // Its program has the name of others, that of holders for a moment as well.
  const keepers = () => childrenOf(process.pid).filter(({ pid }) => commandOf(pid).includes('mknod'))
  const open = () => networks.open('full', UID_BASE + 7)
  const opened = await Promise.all([open(), open()])
  const [first, ...more] = keepers()
  if (first === undefined) throw new Error('Nobody keeps the device open')
  assert.deepEqual(more, [])
  process.kill(first.pid, 'SIGKILL')
  await until(() => statOf(first.pid) === '')
  opened.push(await open())
  assert.equal(keepers().length, 1)
  await networks.close()
  await Promise.all(opened.map(({ release }) => release()))
  assert.deepEqual(keepers(), [])
})

test('the network of a worker ends with it', async (t) => {
  const bench = await openBench()
  t.after(bench.close)
  const echo = await bench.algorithm(ECHO, { network: 'full' })
  assert.equal(textOf(await echo('x')), 'x')
  assert.equal(helpersOf(process.pid).length, 2)
  await bench.runner.recycle({})
  assert.deepEqual(helpersOf(process.pid), [])
})

test('a worker whose network ends is ended, and the next call gets another one', async (t) => {
  const bench = await openBench()
  t.after(bench.close)
  const call = await bench.algorithm(SLEEP, { network: 'full' })
  await call('')
  const running = call('x')
  await new Promise((resolve) => setTimeout(resolve, 200))
  for (const { pid, name } of helpersOf(process.pid)) if (name.startsWith('slirp')) process.kill(pid, 'SIGKILL')
  assert.equal((await running).kind, 'error')
  assert.equal(textOf(await call('')), '')
  assert.ok(bench.log.some((line) => line.includes('ended before the sandbox')))
})

test('the networks of a server that is killed end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'killed-'))
  chmodSync(folder, 0o755)
  const env = { ...process.env, TMPDIR: folder }
  const args = [join(FIXTURES, 'server-with-workers.ts'), 'sleep 4813.5', 'full']
  const server = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const pid = server.pid ?? 0
  await until(() => helpersOf(pid).length === 4, 20_000)
  const helpers = helpersOf(pid)
  server.kill('SIGKILL')
  await until(() => helpers.every(isGone))
  rmSync(folder, { recursive: true, force: true })
})

test('where networks cannot be made, full access is refused and builds say why they have none', {
  skip: !isRoot && 'hiding a program needs root',
}, () => {
  const home = mkdtempSync(join(tmpdir(), 'without-'))
  chmodSync(home, 0o755)
  const server = [process.execPath, join(FIXTURES, 'network/on-server.ts')]
  const hide = 'mount --bind /dev/null /usr/bin/slirp4netns && exec "$@"'
  const orders = ['full', 'build log', 'isolated'].map((where) =>
    JSON.stringify({ where, attempts: [['interfaces', '', 0]] }),
  )
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', hide, 'hide', ...server]
  const { stdout } = spawnSync('unshare', args, {
    input: `${orders.join('\n')}\n`,
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: home, HOME: home },
    timeout: 60_000,
  })
  const [, full = '', build = '', isolated = ''] = stdout.split('\n')
  assert.match(full, /^refused: The server could not start a worker; its log has the reason/)
  assert.match(build, /This build has no network: this machine could not make a contained network: .*slirp4netns/)
  assert.equal(isolated, '["lo"]')
  rmSync(home, { recursive: true, force: true })
})
