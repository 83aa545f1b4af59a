import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBench, textOf, until } from '../test-fixtures/harness.ts'

const SLEEP = 'import time\ndef apply(body, kind):\n  time.sleep(float(body))\n  return kind, body'

test('waiting calls are bounded by number, bytes and time', async () => {
  const bench = await openBench({ workersPerVersion: 1, waitingCalls: 3, waitingBytes: 100, waitMs: 500 })
  try {
    const sleep = await bench.algorithm(SLEEP)
    assert.equal(textOf(await sleep('0')), '0')
    const running = sleep('1.5')
    const waiting = [sleep('0'), sleep('0')]
    const tooMany = await sleep(' '.repeat(99))
    assert.ok(tooMany.kind === 'refused' && tooMany.reason === 'queue-full' && tooMany.retryAfterMs > 0)
    const third = sleep('0')
    assert.equal((await sleep('0')).kind, 'refused')
    for (const outcome of await Promise.all([...waiting, third])) {
      assert.ok(outcome.kind === 'refused' && outcome.reason === 'waited-too-long')
    }
    assert.equal(textOf(await running), '1.5')
    assert.equal(textOf(await sleep('0')), '0')
  } finally {
    await bench.close()
  }
})

test('a version shrinks when idle, and room is taken from the one that was idle longest', async () => {
  const bench = await openBench({ workers: 2, workersPerVersion: 2, idleMs: 1200 })
  try {
    const [a, b, c] = await Promise.all([bench.algorithm(SLEEP), bench.algorithm(SLEEP), bench.algorithm(SLEEP)])
    await a('0')
    await b('0')
    assert.equal(bench.runner.stats().workers, 2)
    assert.equal(textOf(await c('0')), '0')
    assert.equal(bench.runner.stats().workers, 2)
    const warm = await b('0')
    assert.ok(warm.kind === 'result' && warm.timing.startMs === 0)
    await until(() => bench.runner.stats().workers === 0)
  } finally {
    await bench.close()
  }
})

test('with no room at all a call gets the place of a worker that becomes idle', async () => {
  const bench = await openBench({ workers: 1 })
  try {
    const [a, b] = await Promise.all([bench.algorithm(SLEEP), bench.algorithm(SLEEP)])
    const [first, second] = await Promise.all([a('0.3'), b('0')])
    assert.deepEqual([textOf(first), textOf(second)], ['0.3', '0'])
  } finally {
    await bench.close()
  }
})

test('closing refuses what waits, lets what runs finish, and kills it after the grace', async () => {
  const bench = await openBench({ workersPerVersion: 1 })
  const sleep = await bench.algorithm(SLEEP)
  const hang = await bench.algorithm(SLEEP)
  await Promise.all([sleep('0'), hang('0')])
  const calls = [sleep('0.3'), sleep('0'), hang('60')]
  await bench.runner.close({ graceMs: 700 })
  const [finished, waited, killed] = await Promise.all(calls)
  assert.equal(finished && textOf(finished), '0.3')
  assert.ok(waited?.kind === 'refused' && waited.reason === 'closing')
  assert.equal(killed?.kind, 'error')
  const { contained: _, ...counts } = bench.runner.stats()
  assert.deepEqual(counts, { workers: 0, busyWorkers: 0, loadingWorkers: 0, waitingCalls: 0, runningBuilds: 0 })
  assert.equal((await sleep('0')).kind, 'refused')
  await bench.close()
})

test('a worker that ended while it was idle is given no call, however soon the call comes', async () => {
  const bench = await openBench({ workersPerVersion: 1 })
  try {
    const leaving = await bench.algorithm(`
import os, threading, time
def leave(after):
    time.sleep(after)
    os._exit(3)
def apply(body, kind):
    threading.Thread(target=leave, args=(float(body),)).start()
    return kind, body`)
    for (let round = 0; round < 40; round++) {
      await leaving('0.03')
      await new Promise((resolve) => setTimeout(resolve, 30 + round))
      // One that it took may fail with it, and that is an outcome.
      const outcome = await leaving('0.03')
      assert.ok(outcome.kind !== 'refused', textOf(outcome))
    }
  } finally {
    await bench.close()
  }
})
