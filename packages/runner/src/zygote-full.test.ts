/** Forks whose network leads to the world: the same attacks, and the life of their networks. What they reach: sandbox/network. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import {
  buildPython,
  LANGUAGES,
  loadTemplate,
  occupy,
  openForkBench,
  PROGRAM,
  testForks,
} from '../test-fixtures/fork-attacks.ts'
import { type Bench, type Caller, openBench, textOf, until } from '../test-fixtures/harness.ts'
import type { NetworkOptions } from './sandbox/network/networks.ts'

// In a suite of its own, which has ended its networks when those of the others are counted.
describe('forks whose network leads to the world', () => testForks('environment', 'full'))
describe('forks of a version, which share one that leads to the world', () => testForks('version', 'full'))

const HOW = 'out = open("/proc/self/cmdline").read()'

async function withBench(network: Partial<NetworkOptions>, run: (bench: Bench, call: Caller) => Promise<void>) {
  const options = { zygotes: 'environment', languagesFolder: LANGUAGES, network } as const
  const bench = await openBench({ readyForks: 1, headStartMs: 0 }, options)
  try {
    await run(bench, (await buildPython(bench, PROGRAM, 'full')).call)
  } finally {
    await bench.close()
  }
}

/** Numbers of the processes by which networks of this runner lead out. */
function waysOut(): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+ \(slirp4netns.*\) [^Z] /.test(statOf(pid)) && parentOf(parentOf(pid)) === process.pid)
    .map(Number)
}

const parentOf = (pid: string | number) => Number(/\) \S (\d+)/.exec(statOf(pid))?.[1])

function statOf(pid: string | number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return ''
  }
}

const readyForks = ({ runner }: Bench) => runner.templates()?.readyForks

test('a network that waits with its fork is the next worker’s, and all of them end with the runner', async () => {
  const others = waysOut()
  const own = () => waysOut().filter((pid) => !others.includes(pid))
  await withBench({}, async (bench, call) => {
    assert.match(textOf(await call(HOW)), /zygote\.py/)
    await until(() => readyForks(bench) === 1 && own().length === 2)
    const waiting = own()
    await call('import os\nos._exit(0)')
    await until(() => own().length === 1)
    assert.match(textOf(await call(HOW)), /zygote\.py/)
    assert.ok(own().some((pid) => waiting.includes(pid)))
  })
  assert.deepEqual(own(), [])
})

test('a worker whose network ends is ended, and so is a fork that waits; the next call gets another one', async () => {
  const others = waysOut()
  await withBench({}, async (bench, call) => {
    await call('out = 1')
    await until(() => readyForks(bench) === 1)
    const running = call('import time\ntime.sleep(60)')
    await until(() => bench.runner.stats().busyWorkers === 1)
    for (const pid of waysOut().filter((each) => !others.includes(each))) process.kill(pid, 'SIGKILL')
    assert.equal((await running).kind, 'error')
    assert.match(textOf(await call(HOW)), /zygote\.py/)
    assert.ok(bench.log.some((line) => line.includes('ended before the sandbox')))
  })
})

test('a worker in the host’s own network is started by itself', () =>
  withBench({ full: 'host' }, async (_, call) => {
    assert.match(textOf(await call(HOW)), /bridge\.py/)
  }))

test('a fork without a network is not told of a resolver', () =>
  withBench({}, async (bench) => {
    const { call } = await buildPython(bench, PROGRAM)
    const ask = 'try: out = open("/etc/resolv.conf").read()\nexcept OSError: out = "none"'
    assert.equal(textOf(await call(ask)), 'none')
  }))

test('an isolated worker is not forked from a version whose network leads to the world', async () => {
  const bench = await openForkBench('version')
  try {
    const { call, artifact } = await buildPython(bench, PROGRAM, 'full')
    assert.match(await loadTemplate(bench, call), /can be forked/)
    const ask = 'import socket\nout = [name for _, name in socket.if_nameindex()]'
    assert.notEqual(textOf(await call(ask)), '["lo"]')
    const isolated = bench.callerOf(artifact, { language: 'python3', network: 'isolated' })
    const others = occupy(isolated, 2)
    assert.equal(textOf(await isolated(ask)), '["lo"]')
    await others
  } finally {
    await bench.close()
  }
})
