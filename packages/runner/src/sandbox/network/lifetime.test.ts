import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isRoot, openBench, textOf, UID_BASE, until } from '../../../test-fixtures/harness.ts'
import { createContainedNetworks } from './contained.ts'
import { createStarter } from './starter.ts'

const FIXTURES = join(import.meta.dirname, '../../../test-fixtures')
const ECHO = 'def apply(body, kind): return kind, body'
const SLEEP = 'import time\ndef apply(body, kind):\n    if body: time.sleep(30)\n    return kind, body'

interface Process {
  readonly pid: number
  readonly name: string
}

/** Running processes that another one has started itself. */
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

const runningCommands = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandOf(Number(pid)))

function statOf(pid: string | number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return ''
  }
}

const startersOf = (parent: number) => childrenOf(parent).filter(({ pid }) => commandOf(pid).includes('starter.pl'))
const helpersOf = (parent: number) =>
  startersOf(parent)
    .flatMap(({ pid }) => childrenOf(pid))
    .filter(({ name }) => name.startsWith('slirp4netns') || name === 'cat')
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

test('networks end with the process that has started them, and the next one gets another', async (t) => {
  const warnings: string[] = []
  const networks = createContainedNetworks({
    resolvConf: '/etc/resolv.conf',
    allowed: async () => [],
    onWarning: (error) => warnings.push(String(error)),
  })
  t.after(networks.close)
  const open = () => networks.open('full', isRoot ? UID_BASE + 7 : null)
  const opened = await Promise.all([open(), open()])
  const helpers = helpersOf(process.pid)
  const [first, ...more] = startersOf(process.pid)
  if (first === undefined) throw new Error('Nobody has started them')
  assert.deepEqual(more, [])
  process.kill(first.pid, 'SIGKILL')
  await Promise.all(opened.map(({ lost }) => lost))
  await until(() => helpers.every(isGone))
  assert.match(warnings.join(), /what started it has ended/)
  opened.push(await open())
  assert.equal(startersOf(process.pid).length, 1)
  assert.equal(helpersOf(process.pid).length, 2)
  await networks.close()
  await Promise.all(opened.map(({ release }) => release()))
  assert.deepEqual(startersOf(process.pid), [])
})

test('a helper that fails says why, one that takes too long is ended, with all that it has started', async (t) => {
  const starter = createStarter()
  t.after(starter.close)
  const uid = isRoot ? UID_BASE + 7 : null
  const start = (command: string[], timeoutMs = 10_000) =>
    starter.start({ command, uid, readyFd: 1, lifeFd: 0, timeoutMs })
  const shell = (program: string, ...args: string[]) => ['sh', '-c', program, 'shell', ...args]
  await assert.rejects(start(shell('echo "one  100 %\ntwo é" >&2; exit 1')), /sh failed: one 100 % two é$/)
  await assert.rejects(start(['/nothing/there', '']), /failed: \/nothing\/there: No such file/)
  const muchToSay = 'head -c 200000 /dev/zero | tr "\\0" x >&2; echo " at last" >&2; exit 1'
  await assert.rejects(start(shell(muchToSay)), /^Error: sh failed: x{1900,2000} at last$/)
  await assert.rejects(start(shell('sleep 4814.5; echo no'), 300), /it said nothing/)
  await until(() => !runningCommands().some((command) => command.includes('4814.5')))
  const helper = await start(shell('echo last words "$#" "$2" >&2; echo ready; exec cat', '', 'two\nlines %0A'))
  await helper.end()
  assert.equal(await helper.ended, 'last words 2 two lines %0A')
})

test('whoever is told that a helper ended with what started it can start the next one at once', async (t) => {
  const starter = createStarter()
  t.after(starter.close)
  const start = () =>
    starter.start({
      command: ['sh', '-c', 'echo ready; exec cat'],
      uid: null,
      readyFd: 1,
      lifeFd: 0,
      timeoutMs: 10_000,
    })
  const first = await start()
  for (const { pid } of startersOf(process.pid)) process.kill(pid, 'SIGKILL')
  await first.ended
  const next = await start()
  assert.notEqual(next.pid, first.pid)
})

test('what is asked for after the end starts nothing that nobody would end', async () => {
  const starter = createStarter()
  await starter.close()
  const options = { command: ['cat'], uid: null, readyFd: 1, lifeFd: 0, timeoutMs: 10_000 }
  await assert.rejects(starter.start(options), /have been closed/)
  assert.deepEqual(startersOf(process.pid), [])
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
