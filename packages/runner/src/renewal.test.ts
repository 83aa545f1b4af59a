import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bench, type Caller, openBench, textOf, until } from '../test-fixtures/harness.ts'
import type { GivenLimits } from './limits.ts'

/** Answers the id of its process, after so many seconds. */
const WHO = `
import os, time, uuid
ME = uuid.uuid4().hex
def apply(body, kind):
  time.sleep(float(body))
  return kind, ME.encode()`

type Run = (bench: Bench, call: Caller) => Promise<void>

async function withBench(limits: GivenLimits, run: Run): Promise<void> {
  const bench = await openBench({ maxAgeMs: 500, ...limits })
  try {
    await run(bench, await bench.algorithm(WHO))
  } finally {
    await bench.close()
  }
}

test('an old worker is replaced once another is ready: no call waits for a start', () =>
  withBench({}, async (_, call) => {
    const seen = new Set([textOf(await call('0'))])
    const giveUpAt = performance.now() + 60_000
    while (seen.size < 3 && performance.now() < giveUpAt) {
      const outcome = await call('0.01')
      assert.ok(outcome.kind === 'result' && outcome.timing.startMs === 0, textOf(outcome))
      seen.add(textOf(outcome))
    }
    assert.equal(seen.size, 3)
  }))

test('a call that runs on an old worker finishes there', () =>
  withBench({}, async (_, call) => {
    const first = textOf(await call('0'))
    assert.equal(textOf(await call('3')), first)
    let now = first
    for (let count = 0; count < 1000 && now === first; count++) now = textOf(await call('0.01'))
    assert.notEqual(now, first)
  }))

test('where there is room for one only, the old one makes room for the new', () =>
  withBench({ workersPerVersion: 1 }, async ({ runner }, call) => {
    const first = textOf(await call('0'))
    await until(() => runner.stats().workers === 0)
    assert.notEqual(textOf(await call('0')), first)
  }))

test('one that nobody calls any more is replaced once at most, and then ends', () =>
  withBench({}, async ({ runner }, call) => {
    await call('0')
    await until(() => runner.stats().workers === 0)
  }))
