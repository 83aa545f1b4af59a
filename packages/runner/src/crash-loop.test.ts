import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bench, type Caller, openBench, textOf } from '../test-fixtures/harness.ts'

/** Answers, or ends its process, as the input says. */
const CRASH = 'import os\ndef apply(body, kind):\n  if body == b"die": os._exit(3)\n  return kind, body'

async function withBench(run: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await openBench({ workersPerVersion: 1 })
  try {
    await run(bench)
  } finally {
    await bench.close()
  }
}

/** Calls until one is refused; returns that and how many were not. */
async function crashUntilRefused(call: Caller, most = 20) {
  for (let count = 0; count < most; count++) {
    const outcome = await call('die')
    if (outcome.kind === 'refused') return { count, outcome }
    assert.equal(textOf(outcome), 'error: exited with code 3')
  }
  throw new Error('None was refused')
}

test('an input that ends its process delays nothing as long as others are answered', () =>
  withBench(async (bench) => {
    const call = await bench.algorithm(CRASH)
    for (let round = 0; round < 12; round++) {
      assert.equal(textOf(await call('die')), 'error: exited with code 3')
      assert.equal(textOf(await call('good')), 'good')
    }
  }))

test('a version that ends again and again is held back: refusals say why, since when, and when it is tried again', () =>
  withBench(async (bench) => {
    const call = await bench.algorithm(CRASH)
    const { count, outcome } = await crashUntilRefused(call)
    // Four are free, the waits after the fifth and the sixth are short enough for calls to wait.
    assert.ok(count >= 7, String(count))
    assert.equal(outcome.reason, 'crashing')
    assert.match(
      outcome.message,
      /ended by itself \d+ times in a row without having answered a call, since \d{4}-\S+Z, the last time with: exited with code 3\. It is started again in [\d.]+ s$/,
    )
    assert.ok(outcome.retryAfterMs > 0 && outcome.retryAfterMs <= 30_000)
    assert.equal((await call('good')).kind, 'refused')
    await new Promise((resolve) => setTimeout(resolve, outcome.retryAfterMs))
    assert.equal(textOf(await call('good')), 'good')
    assert.equal(textOf(await call('die')), 'error: exited with code 3')
    assert.equal(textOf(await call('good')), 'good')
  }))

test('what one caller does to its workers holds nobody else’s back', () =>
  withBench(async (bench) => {
    const call = await bench.algorithm(CRASH)
    await crashUntilRefused(call)
    assert.equal(textOf(await call('good', { accountId: 'other', hostUid: 3 })), 'good')
  }))

test('calls that are ended at their deadline are no crashes', () =>
  withBench(async (bench) => {
    const call = await bench.algorithm('import time\ndef apply(body, kind):\n  time.sleep(60)')
    for (let round = 0; round < 7; round++) {
      const outcome = await call('0', { timeLeftMs: 400 })
      assert.ok(outcome.kind === 'error' && outcome.errorType === 'TimeoutError', textOf(outcome))
    }
  }))
