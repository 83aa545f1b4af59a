import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bench, type Caller, openBench, textOf, until } from '../test-fixtures/harness.ts'
import { chooseGroups } from './sandbox/groups/choose.ts'

const SLEEP = 'import time\ndef apply(body, kind):\n  time.sleep(float(body))\n  return kind, body'
const MIB = 1024 * 1024
const groups = await chooseGroups()
await groups.close()

async function with2Versions(limits: Parameters<typeof openBench>[0], run: Run): Promise<void> {
  const bench = await openBench(limits)
  try {
    await run(bench, await bench.algorithm(SLEEP), await bench.algorithm(SLEEP))
  } finally {
    await bench.close()
  }
}
type Run = (bench: Bench, one: Caller, other: Caller) => Promise<void>

const BUSY = { accountId: 'busy', hostUid: 8 }

test('an account has no more workers than it may, and others are not held up by it', () =>
  with2Versions({ workers: 4, workersPerAccount: 2, workersPerVersion: 4 }, async ({ runner }, one, other) => {
    const running = [one('2', BUSY), one('2', BUSY), one('0', BUSY), other('0', BUSY)]
    await until(() => runner.stats().busyWorkers === 2)
    assert.equal(textOf(await other('0')), '0')
    assert.ok(runner.stats().workers <= 3)
    assert.deepEqual((await Promise.all(running)).map(textOf), ['2', '2', '0', '0'])
  }))

test('a full account makes room by its own longest idle worker', () =>
  with2Versions({ workersPerAccount: 1 }, async ({ runner }, one, other) => {
    for (const call of [one, other, one]) assert.equal(textOf(await call('0')), '0')
    await until(() => runner.stats().workers === 1)
  }))

test('of two that wait for room, the account that has less goes first', () =>
  with2Versions({ workers: 2, workersPerVersion: 2 }, async ({ runner }, one, other) => {
    const order: string[] = []
    const noted = (name: string, call: Promise<unknown>) => call.then(() => order.push(name))
    const first = [one('3', BUSY), one('5', BUSY)]
    await until(() => runner.stats().busyWorkers === 2)
    const more = noted('has two', other('0', BUSY))
    await until(() => runner.stats().waitingCalls === 1)
    await Promise.all([more, noted('has none', other('0')), ...first])
    assert.deepEqual(order, ['has none', 'has two'])
  }))

test('one whose calls never stop gives a place to one that has none', () =>
  with2Versions({ workers: 2, workersPerVersion: 2 }, async (_, one, other) => {
    let goesOn = true
    const stream = async () => {
      while (goesOn) await one('0.02', BUSY)
    }
    const streams = Array.from({ length: 6 }, stream)
    for (let each = 0; each < 20; each++) await one('0.02', BUSY)
    assert.equal(textOf(await other('0')), '0')
    goesOn = false
    await Promise.all(streams)
  }))

test('who calls now and then keeps its worker beside one whose calls never stop', () =>
  beside6Streams({ workers: 2, workersPerVersion: 2 }, (calm) => calm('0')))

test('so does an algorithm of the same account, and makes room when it is left alone', () =>
  beside6Streams({ workers: 2, workersPerVersion: 2 }, (calm) => calm('0', BUSY)))

/** One of an account calls without end, and has two workers when the other one has none. */
async function beside6Streams(
  limits: Parameters<typeof openBench>[0],
  call: (calm: Caller) => ReturnType<Caller>,
): Promise<void> {
  await with2Versions(limits, async (bench, one) => {
    const calm = await bench.algorithm(
      'import os\nME = os.urandom(8).hex().encode()\ndef apply(body, kind):\n  return kind, ME',
    )
    let goesOn = true
    const stream = async () => {
      while (goesOn) await one('0.02', BUSY)
    }
    const first = textOf(await call(calm))
    assert.match(first, /^[0-9a-f]{16}$/)
    const streams = Array.from({ length: 6 }, stream)
    try {
      await until(() => bench.runner.stats().busyWorkers > 0)
      for (let each = 0; each < 10; each++) {
        await new Promise((resolve) => setTimeout(resolve, 30))
        assert.equal(textOf(await call(calm)), first)
      }
      await until(() => bench.runner.stats().busyWorkers === 2)
    } finally {
      goesOn = false
      await Promise.all(streams)
    }
  })
}

test('no further worker starts that memory has no room for, and one starts when it has', {
  skip: groups.kind === 'watch' && 'the host has no control groups',
}, async () => {
  let share = 0.2
  const options = { readMemoryShare: () => share }
  const bench = await openBench({ workersPerVersion: 2, memoryPercent: 95 }, options)
  try {
    const large = await bench.algorithm(`kept = bytearray(b"x") * ${64 * MIB}\n${SLEEP}`)
    assert.equal(textOf(await large('0')), '0')
    share = 0.9499
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const calls = [large('1'), large('1')]
    await new Promise((resolve) => setTimeout(resolve, 500))
    assert.equal(bench.runner.stats().workers, 1)
    assert.deepEqual((await Promise.all(calls)).map(textOf), ['1', '1'])
    assert.equal(bench.runner.stats().workers, 1)
    share = 0.2
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const again = [large('2'), large('2')]
    await until(() => bench.runner.stats().workers === 2)
    await Promise.all(again)
  } finally {
    await bench.close()
  }
})
