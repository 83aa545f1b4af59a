/** JavaScript workers that were started before anybody knew for which algorithm (decision 0072). */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { LANGUAGES } from '../test-fixtures/fork-attacks.ts'
import { type Bench, type Caller, isRoot, openBench, processesWith, textOf, until } from '../test-fixtures/harness.ts'
import type { GivenLimits } from './limits.ts'
import type { RunnerOptions } from './options.ts'
import type { NetworkAccess, TemplateStats } from './types.ts'
import { countedFromNow, hasUsualLimits } from './zygote/ahead.ts'

/** Runs what it is sent. */
const PROGRAM = 'exports.apply = async (code) => await eval(code)'
const HOW = '(require("fs").readFileSync("/proc/self/cmdline", "latin1"))'
const AHEAD = /bridge\.js\0wait/
const BY_ITSELF = /bridge\.js\0$/
const PATIENCE_MS = 60_000

interface Given {
  readonly limits?: GivenLimits
  readonly options?: Partial<RunnerOptions>
  readonly network?: NetworkAccess
}

async function withBench(
  { limits, options, network = 'isolated' }: Given,
  run: (bench: Bench, call: Caller) => Promise<void>,
) {
  const bench = await openBench(limits, { zygotes: 'environment', languagesFolder: LANGUAGES, ...options })
  try {
    await run(bench, await buildProgram(bench, network))
  } finally {
    await bench.close()
  }
}

async function buildProgram(bench: Bench, network: NetworkAccess, limits?: { tmpBytes: number }): Promise<Caller> {
  const { result, log } = await bench.build({ 'src/Thing.js': PROGRAM }, { language: 'javascript' })
  if (result.status !== 'succeeded') throw new Error(log)
  return bench.callerOf(result.artifact, {
    language: 'javascript',
    network,
    ...(limits === undefined ? {} : { limits }),
  })
}

const statsOf = ({ runner }: Bench): TemplateStats => runner.templates() ?? assert.fail('workers are not forked')

/** Has the account call once, ends its worker, and waits until a program waits. Returns its number on the host. */
async function ready(bench: Bench, call: Caller, more: Parameters<Caller>[1] = {}): Promise<number> {
  await call('1', more)
  await endWorkers(bench)
  const before = waiting(bench)
  await until(() => waiting(bench).length > 0 && statsOf(bench).readyRuntimes > 0, PATIENCE_MS)
  return waiting(bench).find((pid) => !before.includes(pid)) ?? waiting(bench)[0] ?? -1
}

async function endWorkers(bench: Bench): Promise<void> {
  await bench.runner.recycle({})
  await until(() => bench.runner.stats().workers === 0, PATIENCE_MS)
}

/** Programs of this bench that hold no algorithm. */
function waiting({ home }: Bench): number[] {
  return processesNamed('bridge.js\0wait')
    .filter((pid) => {
      const mounts = readProc(pid, 'mountinfo')
      return mounts.includes(home) && !mounts.split('\n').some((line) => line.includes(`${home}/artifacts/`))
    })
    .map(Number)
}

function processesNamed(text: string): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && readProc(name, 'cmdline').includes(text))
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}

/** When a process began, in ticks since the machine did: the same inside and outside. */
const beganAt = (stat: string) => stat.slice(stat.lastIndexOf(')')).split(' ')[20]
const BEGAN = 'require("fs").readFileSync("/proc/self/stat", "latin1")'

/** What a worker can tell of itself and of what surrounds it, but for times and numbers. */
const LOOK = `(() => {
  const fs = require('fs')
  const read = (path) => fs.readFileSync(path, 'latin1')
  const tried = (operation) => { try { operation(); return 'done' } catch (error) { return error.code } }
  const status = read('/proc/self/status').match(/^(Uid|Gid|Groups|Cap\\w+|NoNewPrivs|Seccomp|Seccomp_filters|SigIgn|SigBlk):.*$/gm)
  const mounts = read('/proc/self/mountinfo').split('\\n')
  const at = (target) => mounts.filter((line) => line.split(' ')[4] === target).map((line) => line.split(' ')[5]).at(-1)
  return JSON.stringify({
    argv: process.argv, execArgv: process.execArgv, env: process.env, cwd: process.cwd(), main: require.main.filename,
    status, limits: read('/proc/self/limits').split('\\n').filter((line) => /processes|files|file size|core|data/.test(line)),
    group: read('/proc/self/cgroup'), umask: process.umask(), uid: process.getuid(),
    folders: ['/', '/tmp', '/opt', '/opt/algorithm', '/opt/bridge', '/home/algo', '/dev/shm'].map((path) => fs.readdirSync(path)),
    mounts: ['/', '/proc', '/dev', '/tmp', '/opt/algorithm', '/opt/bridge', '/opt/node/bin/node', '/home/algo'].map(at),
    sizes: ['/tmp', '/home/algo', '/dev/shm'].map((path) => fs.statfsSync(path).blocks),
    hasResolver: tried(() => fs.readFileSync('/etc/resolv.conf')) === 'done',
    open: [1, 2].map((fd) => fs.fstatSync(fd).isFIFO()).concat(fs.fstatSync(3).isSocket(), fs.fstatSync(0).isCharacterDevice()),
    written: ['/x', '/opt/algorithm/x', '/opt/bridge/x', '/etc/x', '/proc/sys/user/max_user_namespaces'].map((path) => tried(() => fs.writeFileSync(path, '1'))),
    namespaces: read('/proc/sys/user/max_user_namespaces').trim(),
    first: tried(() => fs.readdirSync('/proc/1/fd')),
    stdin: fs.readFileSync(0).length,
  })
})()`

describe('JavaScript workers that are started ahead', { timeout: 600_000 }, () => {
  test('the first worker of an account is started by itself, the next one was there before it was wanted', () =>
    withBench({}, async (bench, call) => {
      assert.match(textOf(await call(HOW)), BY_ITSELF)
      const pid = await ready(bench, call)
      const began = beganAt(readProc(String(pid), 'stat'))
      assert.match(textOf(await call(HOW)), AHEAD)
      assert.equal(beganAt(textOf(await call(BEGAN))), began)
      await until(() => statsOf(bench).readyRuntimes === 1 && waiting(bench).length === 1, PATIENCE_MS)
      await until(() => statsOf(bench).runtimeBytes > 0, PATIENCE_MS)
    }))

  for (const network of ['isolated', 'full'] as const) {
    test(`with network ${network} it finds everything as a worker that was started by itself does`, () =>
      withBench({ network }, async (bench, call) => {
        const itself = JSON.parse(textOf(await call(LOOK)))
        await ready(bench, call)
        const outcome = textOf(await call(LOOK))
        const ahead = JSON.parse(outcome)
        assert.match(textOf(await call(HOW)), AHEAD)
        assert.deepEqual(known(ahead), known(itself))
      }))
  }

  test('before it is taken it has no secret and no algorithm, afterwards those of its worker alone', async () => {
    const secretsOf = async () => ({ TOKEN: 'held-4711' })
    await withBench({ options: { secretsOf } }, async (bench, call) => {
      const pid = String(await ready(bench, call))
      assert.doesNotMatch(readProc(pid, 'environ'), /held-4711|ALGORIST_ALGORITHM/)
      assert.match(textOf(await call(HOW)), AHEAD)
      assert.equal(textOf(await call('process.env.TOKEN + process.env.ALGORIST_ALGORITHM')), 'held-4711Thing')
      assert.equal(textOf(await call('require("child_process").execSync("echo $TOKEN").toString()')), 'held-4711\n')
    })
  })

  test('secrets that Node reads when it starts, and limits of its own, make a worker start by itself', async () => {
    let secrets: Record<string, string> = { NODE_OPTIONS: '--max-old-space-size=64' }
    await withBench({ options: { secretsOf: async () => secrets } }, async (bench, call) => {
      await ready(bench, call)
      assert.match(textOf(await call(HOW)), BY_ITSELF)
      await endWorkers(bench)
      secrets = {}
      assert.match(textOf(await call(HOW)), AHEAD)
      const small = await buildProgram(bench, 'isolated', { tmpBytes: 65_536 })
      assert.match(textOf(await small(HOW)), BY_ITSELF)
    })
  })

  test('accounts never share one', { skip: !isRoot && 'without root all accounts have one uid' }, () =>
    withBench({}, async (bench, call) => {
      await ready(bench, call)
      assert.match(textOf(await call(HOW, { accountId: 'other', hostUid: 8 })), BY_ITSELF)
      await until(() => statsOf(bench).readyRuntimes === 2 && waiting(bench).length === 2, PATIENCE_MS)
      const uids = waiting(bench).map((pid) => /^Uid:\t(\d+)/m.exec(readProc(String(pid), 'status'))?.[1])
      assert.equal(new Set(uids).size, 2)
    }),
  )

  test('one that was killed while it waited costs nobody a worker', () =>
    withBench({}, async (bench, call) => {
      process.kill(await ready(bench, call), 'SIGKILL')
      await until(() => statsOf(bench).readyRuntimes === 0, PATIENCE_MS)
      assert.match(textOf(await call(HOW)), AHEAD)
    }))

  test('it acts as its running call at the platform API', () =>
    withBench({}, async (bench, call) => {
      await ready(bench, call)
      const talk = `new Promise((resolve) => {
        const socket = require('net').connect(Number(process.env.ALGORITHMIA_API.split(':').at(-1)), '127.0.0.1')
        let said = ''
        socket.on('data', (part) => { said += part }).on('end', () => resolve(said)).end('x'.repeat(300000))
      })`
      assert.match(textOf(await call(talk, { requestId: 'req-mine' })), /req-mine/)
      assert.match(textOf(await call(HOW)), AHEAD)
    }))

  test('its end is told as that of others, and takes what it has started along', () =>
    withBench({}, async (bench, call) => {
      await ready(bench, call)
      const start =
        'require("child_process").spawn("sleep", ["71235.5"], { detached: true }).on("spawn", () => process.exit(7)); new Promise(() => {})'
      assert.match(textOf(await call(start)), /exited with code 7/)
      await until(() => processesWith('sleep 71235.5').length === 0, PATIENCE_MS)
      assert.match(textOf(await call('process.kill(process.pid, 9); new Promise(() => {})')), /SIGKILL/)
      assert.equal((await call('new Promise(() => {})', { timeLeftMs: 1000 })).kind, 'error')
      assert.equal(textOf(await call('"next"')), 'next')
    }))

  test('those that nobody takes end, although workers of the account live on', () =>
    withBench({ limits: { idleMs: 2000 } }, async (bench, call) => {
      await ready(bench, call)
      const requestId = 'req-lives'
      const lives = call('new Promise(() => {})', { requestId, timeLeftMs: 300_000 })
      await until(() => bench.runner.stats().busyWorkers === 1 && waiting(bench).length === 1, PATIENCE_MS)
      await until(() => statsOf(bench).readyRuntimes === 0 && waiting(bench).length === 0, PATIENCE_MS)
      assert.equal(statsOf(bench).environments, 1)
      bench.runner.cancel(requestId)
      await lives
    }))

  test('they end when memory is short', async () => {
    let share = 0.1
    await withBench({ options: { readMemoryShare: () => share } }, async (bench, call) => {
      await ready(bench, call)
      share = 0.99
      await until(() => statsOf(bench).environments === 0 && waiting(bench).length === 0, PATIENCE_MS)
    })
  })

  test('none is started where none is wanted', () =>
    withBench({ limits: { readyRuntimes: 0 } }, async (bench, call) => {
      assert.match(textOf(await call(HOW)), BY_ITSELF)
      assert.equal(statsOf(bench).environments, 0)
    }))
})

/** Without what forks of Python have otherwise, too (decision 0044): the relay is in their first process, which hides itself. */
function known({ folders, namespaces, first, ...look }: Look): unknown {
  const [root = [], tmp, opt = [], ...rest] = folders
  return {
    ...look,
    folders: [root.filter((name) => name !== 'run'), tmp, opt.filter((name) => name !== 'relay'), ...rest],
  }
}

interface Look {
  readonly folders: string[][]
  readonly namespaces: string
  readonly first: string
}

test('limits of an algorithm count as the usual ones unless they are lower', () => {
  const usual = { memoryBytes: 10, cpus: 2 } as Parameters<typeof hasUsualLimits>[1]
  const with_ = (limits: object) => hasUsualLimits({ limits } as Parameters<typeof hasUsualLimits>[0], usual)
  assert.deepEqual([{}, { memoryBytes: 10 }, { memoryBytes: 11 }, { memoryBytes: 9 }, { cpus: 1 }].map(with_), [
    true,
    true,
    true,
    false,
    false,
  ])
})

test('what a program used before it was taken is no call’s', () => {
  let used = 500
  const usage = () => ({ peakMemoryBytes: 1, cpuMicroseconds: used, wasOutOfMemory: false, refusedProcesses: 0 })
  const none = () => {}
  const group = {
    rlimits: [],
    add: none,
    admit: async () => {},
    usage,
    processorMicroseconds: () => used,
    peakMemoryBytes: () => 1,
  }
  const counted = countedFromNow({ ...group, memoryBytes: () => 1, release: none })
  used = 720
  assert.deepEqual([counted.processorMicroseconds(), counted.usage().cpuMicroseconds], [220, 220])
})
