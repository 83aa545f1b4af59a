/** How long templates live, how many there are, and what is ready before it is wanted (decision 0044). */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { test } from 'node:test'
import { buildPython, LANGUAGES, loadTemplate, occupy, PROGRAM } from '../test-fixtures/fork-attacks.ts'
import { type Bench, type Caller, openBench, textOf, until } from '../test-fixtures/harness.ts'
import type { GivenLimits } from './limits.ts'
import type { RunnerOptions } from './options.ts'
import type { TemplateStats } from './types.ts'

type Given = { readonly limits?: GivenLimits; readonly options?: Partial<RunnerOptions> }

async function withBench({ limits, options }: Given, run: (bench: Bench, call: Caller) => Promise<void>) {
  const bench = await openBench(
    { headStartMs: 0, ...limits },
    { zygotes: 'environment', languagesFolder: LANGUAGES, ...options },
  )
  try {
    await run(bench, (await buildPython(bench, PROGRAM)).call)
  } finally {
    await bench.close()
  }
}

const statsOf = ({ runner }: Bench): TemplateStats => runner.templates() ?? assert.fail('workers are not forked')

/** The first processes of namespaces in a template's, when no worker runs. */
function readyForks({ home }: Bench): number[] {
  return readdirSync('/proc')
    .filter((name) => {
      try {
        const isFirst = /^NSpid:\t\d+\t\d+\t1$/m.test(readFileSync(`/proc/${name}/status`, 'latin1'))
        return isFirst && readFileSync(`/proc/${name}/mountinfo`, 'latin1').includes(home)
      } catch {
        return false
      }
    })
    .map(Number)
}

async function endWorker(bench: Bench, call: Caller, rest = 0): Promise<void> {
  await call('import os\nos._exit(0)')
  await until(() => bench.runner.stats().workers === rest)
}

async function untilAtOnce(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
}

/** How the worker was started, as its first process tells. */
const HOW = 'out = open("/proc/self/cmdline").read()'
const FORKED = /zygote\.py/
const STARTED = /bridge\.py/
/** When the first process of its namespace began, in ticks since the machine did. */
const FIRST_BEGAN = 'out = open("/proc/1/stat").read().rpartition(")")[2].split()[19]'

test('a new worker is a fork that was ready before it was wanted', () =>
  withBench({ limits: { readyForks: 1 } }, async (bench, call) => {
    await call('out = 1')
    await until(() => statsOf(bench).readyForks === 1)
    await endWorker(bench, call)
    await until(() => statsOf(bench).readyForks === 1)
    const uptimeTicks = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * 100
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.ok(Number(textOf(await call(FIRST_BEGAN))) <= uptimeTicks)
  }))

test('one that was killed while it waited costs nobody a worker', () =>
  withBench({ limits: { readyForks: 1 } }, async (bench, call) => {
    await call('out = 1')
    await until(() => statsOf(bench).readyForks === 1)
    await endWorker(bench, call)
    const waiting = readyForks(bench)
    assert.equal(waiting.length, 1)
    for (const pid of waiting) process.kill(pid, 'SIGKILL')
    await until(() => statsOf(bench).readyForks === 0)
    assert.match(textOf(await call(HOW)), FORKED)
  }))

test('the first worker of an account starts by itself, and the next ones are forked from the template that starts then', () =>
  withBench({ limits: { headStartMs: 1 } }, async (bench, call) => {
    assert.match(textOf(await call(HOW)), STARTED)
    await until(() => statsOf(bench).environments === 1 && statsOf(bench).readyForks > 0)
    await endWorker(bench, call)
    assert.match(textOf(await call(HOW)), FORKED)
  }))

test('what the first worker of an owner is forked from is started while the algorithm is built', () =>
  withBench({ limits: { headStartMs: 60_000, readyForks: 1 } }, async (bench) => {
    const owner = { accountId: 'builder', hostUid: 9 }
    const { result, log } = await bench.build(
      { 'src/Thing.py': PROGRAM },
      { language: 'python3', network: 'isolated', owner },
    )
    if (result.status !== 'succeeded') throw new Error(log)
    await until(() => statsOf(bench).readyForks === 1)
    const call = bench.callerOf(result.artifact, { language: 'python3' })
    assert.match(textOf(await call(HOW, owner)), FORKED)
  }))

test('a worker with limits of its own is forked and held to them', () =>
  withBench({}, async (bench) => {
    const { artifact } = await buildPython(bench, PROGRAM)
    const limits = { openFiles: 77, memoryBytes: 48 * 1024 * 1024 }
    const call = bench.callerOf(artifact, { language: 'python3', limits })
    await call('out = 1')
    await until(() => statsOf(bench).readyForks > 0)
    await endWorker(bench, call)
    assert.match(textOf(await call(HOW)), FORKED)
    assert.equal(textOf(await call('import resource\nout = resource.getrlimit(resource.RLIMIT_NOFILE)[0]')), '77')
    const tooMuch = await call('out = len(bytearray(96 << 20))')
    assert.equal(tooMuch.kind, 'error', textOf(tooMuch))
  }))

test('a template lives as long as its workers, and ends when nobody has used it for a while', () =>
  withBench({ limits: { idleMs: 400 } }, async (bench, call) => {
    await Promise.all([call('import time\ntime.sleep(2)\nout = 1'), until(() => statsOf(bench).environments === 1)])
    assert.equal(statsOf(bench).environments, 1)
    await until(() => statsOf(bench).environments === 0, 20_000)
    assert.match(textOf(await call(HOW)), FORKED)
  }))

test('there are no more than may be: the longest unused makes room, one with workers does not', () =>
  withBench({ limits: { environmentTemplates: 1 } }, async (bench, call) => {
    const other = { accountId: 'other', hostUid: 8 }
    assert.match(textOf(await call(HOW)), FORKED)
    assert.match(textOf(await call(HOW, other)), STARTED)
    await endWorker(bench, call, 1)
    await bench.runner.recycle({})
    await until(() => bench.runner.stats().workers === 0)
    assert.match(textOf(await call(HOW, other)), FORKED)
    assert.equal(statsOf(bench).environments, 1)
  }))

test('when memory is short, what nobody uses ends', async () => {
  let share = 0.1
  await withBench({ options: { readMemoryShare: () => share } }, async (bench, call) => {
    await call('out = 1')
    await endWorker(bench, call)
    assert.equal(statsOf(bench).environments, 1)
    share = 0.99
    await until(() => statsOf(bench).environments === 0, 10_000)
    share = 0.1
    await until(() => bench.log.some((line) => line.startsWith('there is memory again')), 10_000)
    assert.match(textOf(await call(HOW)), FORKED)
  })
})

const MIB = 1024 * 1024
/** Small programs share their memory as well. */
const ALL_SHARE = { sharedMemoryBytes: 0 }

test('a version has a template only if its workers take much memory', () =>
  withBench({ options: { zygotes: 'version' } }, async (bench, call) => {
    await occupy(call, 2)
    await occupy(call, 3)
    const large = await buildPython(bench, `MODEL = bytearray(40 << 20)\n${PROGRAM}`)
    assert.match(await loadTemplate(bench, large.call), /can be forked/)
    assert.equal(bench.log.filter((line) => line.startsWith('version ')).length, 1)
    assert.equal(statsOf(bench).versions, 1)
  }))

test('a version has no template while there is no room for that and a worker more', async () => {
  let share = 0.9 - (70 * MIB) / totalmem()
  const limits = { memoryPercent: 90 }
  await withBench({ limits, options: { zygotes: 'version', readMemoryShare: () => share } }, async (bench) => {
    const { call } = await buildPython(bench, `MODEL = bytearray(40 << 20)\n${PROGRAM}`)
    await occupy(call, 2)
    assert.equal(statsOf(bench).versions, 0)
    share = 0.1
    // That there is room is seen at the next look at memory.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    await occupy(call, 4)
    await until(() => statsOf(bench).versions === 1, 10_000)
  })
})

test('what a version’s template used is told when it ends, and counts to no call', async () => {
  const unclaimed: number[] = []
  const options: Partial<RunnerOptions> = {
    zygotes: 'version',
    onUnclaimedUsage: (_, { cpuMicroseconds }) => unclaimed.push(cpuMicroseconds),
  }
  await withBench({ limits: ALL_SHARE, options }, async (bench) => {
    const burn = 'import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end: pass\n'
    const { call } = await buildPython(bench, burn + PROGRAM)
    assert.match(await loadTemplate(bench, call), /can be forked/)
    assert.equal(statsOf(bench).versions, 1)
    await bench.runner.recycle({})
    await until(() => statsOf(bench).versions === 0 && unclaimed.some((used) => used > 400_000), 10_000)
  })
})

test('a version that is recycled is forked no more, and its forks finish their calls', () =>
  withBench({ limits: ALL_SHARE, options: { zygotes: 'version' } }, async (bench, call) => {
    assert.match(await loadTemplate(bench, call), /can be forked/)
    const busy = occupy(call, 3)
    await until(() => bench.runner.stats().busyWorkers === 3, 20_000)
    // It resolves when the idle ones are gone: the busy ones may have finished by then.
    const recycled = bench.runner.recycle({})
    assert.equal(statsOf(bench).versions, 1)
    await recycled
    for (const status of await busy) assert.match(status, /^Seccomp:\t2$/m)
    await until(() => statsOf(bench).versions === 0 && bench.runner.stats().workers === 0, 20_000)
    assert.equal(textOf(await call('out = "again"')), 'again')
  }))

test('a version that is recycled while it makes a spare fork finishes the call of the other', () =>
  withBench({ limits: { ...ALL_SHARE, readyForks: 1 }, options: { zygotes: 'version' } }, async (bench, call) => {
    await leaveSpares(bench, call)
    const busy = occupy(call, 1)
    await untilAtOnce(() => statsOf(bench).readyForks === 1)
    // In the moment in which the next one is begun, the template has only heard of the one that works.
    await untilAtOnce(() => statsOf(bench).readyForks === 2)
    await bench.runner.recycle({})
    for (const status of await busy) assert.match(status, /^Seccomp:\t2$/m)
  }))

test('a version that nobody uses ends when it is recycled, with the forks that were ready', () =>
  withBench({ limits: { ...ALL_SHARE, readyForks: 1 }, options: { zygotes: 'version' } }, async (bench, call) => {
    await leaveSpares(bench, call)
    await bench.runner.recycle({})
    assert.equal(statsOf(bench).versions, 0)
  }))

/** No worker, and one spare fork of the version and of its environment each. */
async function leaveSpares(bench: Bench, call: Caller): Promise<void> {
  assert.match(await loadTemplate(bench, call), /can be forked/)
  await occupy(call, 3)
  for (let left = 3; left > 0; left--) await endWorker(bench, call, left - 1)
  await until(() => statsOf(bench).readyForks === 2)
}
