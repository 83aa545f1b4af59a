import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bench, type Caller, openBench, until } from '../test-fixtures/harness.ts'
import type { GivenLimits } from './limits.ts'

const SLEEP = `
import os, time
def apply(body, kind):
  if body == b"die": os._exit(3)
  time.sleep(float(body))
  return kind, body`

type Run = (bench: Bench, call: Caller) => Promise<void>

async function withBench(limits: GivenLimits, run: Run): Promise<void> {
  const bench = await openBench(limits)
  try {
    await run(bench, await bench.algorithm(SLEEP))
  } finally {
    await bench.close()
  }
}

/** Why the worker of a call was started; `warm` when it waited for no start. */
async function causeOf(calling: ReturnType<Caller>): Promise<string> {
  const outcome = await calling
  assert.ok(outcome.kind !== 'refused', outcome.kind === 'refused' ? outcome.message : '')
  const { startMs, startCause } = outcome.timing
  assert.equal(startCause === undefined, startMs === 0)
  return startCause ?? 'warm'
}

test('a start says why: the first, one more beside busy ones, after a crash, after a recycling', () =>
  withBench({ workersPerVersion: 2 }, async ({ runner }, call) => {
    assert.equal(await causeOf(call('0')), 'first')
    assert.equal(await causeOf(call('0')), 'warm')
    const busy = call('2')
    await until(() => runner.stats().busyWorkers === 1)
    assert.equal(await causeOf(call('0')), 'scaled')
    await busy
    await runner.recycle({})
    assert.equal(await causeOf(call('0')), 'recycled')
    assert.equal(await causeOf(call('die')), 'warm')
    assert.equal(await causeOf(call('0')), 'crashed')
    assert.equal(await causeOf(call('0', { accountId: 'other', hostUid: 3 })), 'first')
  }))

test('a worker that ended since it was idle, or for others, was evicted', () =>
  withBench({ workers: 1 }, async (bench, call) => {
    const other = await bench.algorithm(SLEEP)
    assert.equal(await causeOf(call('0')), 'first')
    assert.equal(await causeOf(other('0')), 'first')
    assert.equal(await causeOf(call('0')), 'evicted')
  }))

test('other settings of the same build recycle, another build is deployed', () =>
  withBench({}, async (bench) => {
    const build = async () => {
      const { result } = await bench.build({ 'algorithm.py': SLEEP })
      assert.ok(result.status === 'succeeded')
      return result.artifact
    }
    const [old, fresh] = [await build(), await build()]
    const ofOne = (artifact: string, memoryBytes?: number) =>
      bench.callerOf(artifact, {
        ...{ language: 'frames', algorithmId: 'one' },
        ...(memoryBytes === undefined ? {} : { limits: { memoryBytes } }),
      })
    assert.equal(await causeOf(ofOne(old)('0')), 'first')
    assert.equal(await causeOf(ofOne(old, 2 ** 28)('0')), 'recycled')
    assert.equal(await causeOf(ofOne(fresh)('0')), 'deployed')
    assert.equal(await causeOf(ofOne(old)('0')), 'warm')
  }))
