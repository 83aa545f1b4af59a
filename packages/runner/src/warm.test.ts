import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { type Bench, type Caller, openBench, textOf, until } from '../test-fixtures/harness.ts'
import type { GivenLimits } from './limits.ts'
import type { WarmWorkers } from './types.ts'

const SLEEP = 'import time\ndef apply(body, kind):\n  time.sleep(float(body))\n  return kind, body'

/** As many workers of the artifact as are wanted, for the account that the bench's calls are of. */
function warm(artifact: string, count: number, isReserved = true): WarmWorkers {
  const requestId = `req-${randomUUID()}`
  return {
    ...{ count, isReserved },
    worker: {
      key: { accountId: 'caller', algorithmId: artifact, buildId: artifact, rights: '' },
      ...{ hostUid: 2, artifact, language: 'frames', network: 'isolated' },
      algorithm: { owner: 'owner', name: 'Thing' },
    },
    identity: {
      ...{ requestId, sessionId: requestId, callerId: 'caller', algorithmId: artifact, algorithmOwnerId: 'owner' },
      ...{ buildId: artifact, mayCallAlgorithms: true, depth: 0, deadlineAtMs: 0 },
      rights: { algorithms: ['*'], dataRead: true, dataWrite: true },
    },
  }
}

type Run = (bench: Bench, artifact: string, call: Caller) => Promise<void>

async function withBench(limits: GivenLimits, run: Run): Promise<void> {
  const bench = await openBench(limits)
  try {
    const { result, log } = await bench.build({ 'algorithm.py': SLEEP })
    if (result.status !== 'succeeded') throw new Error(log)
    await run(bench, result.artifact, bench.callerOf(result.artifact, { language: 'frames' }))
  } finally {
    await bench.close()
  }
}

const workers = ({ runner }: Bench) => runner.stats().workers

test('workers are ready before anybody calls, stay when they are idle, and end when they are not wanted any more', () =>
  withBench({ idleMs: 300 }, async (bench, artifact, call) => {
    bench.runner.keepWarm([warm(artifact, 2)])
    await until(() => workers(bench) === 2)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    assert.equal(workers(bench), 2)
    const outcome = await call('0')
    assert.ok(outcome.kind === 'result' && outcome.timing.startMs === 0)
    bench.runner.keepWarm([])
    await until(() => workers(bench) === 0)
  }))

test('those that end are made up for, also when they were recycled', () =>
  withBench({}, async (bench, artifact, call) => {
    bench.runner.keepWarm([warm(artifact, 1), warm(artifact, 1)])
    await until(() => workers(bench) === 2)
    const late = await call('60', { timeLeftMs: 300 })
    assert.equal(late.kind, 'error')
    await until(() => workers(bench) === 2 && bench.runner.stats().busyWorkers === 0)
    await bench.runner.recycle({})
    await until(() => workers(bench) === 2)
    assert.equal(textOf(await call('0')), '0')
  }))

test('they make no room for others, and there are no more of them than may be', () =>
  withBench({ workers: 2, workersPerVersion: 2 }, async (bench, artifact) => {
    const other = await bench.algorithm(SLEEP)
    bench.runner.keepWarm([warm(artifact, 1)])
    await until(() => workers(bench) === 1)
    const calls = await Promise.all([other('0.1'), other('0.1')])
    assert.deepEqual(calls.map(textOf), ['0.1', '0.1'])
    bench.runner.keepWarm([warm(artifact, 9)])
    await until(() => workers(bench) === 2)
  }))

test('those that are not reserved make room for calls of others, and come back when there is room again', () =>
  withBench({ workers: 1, idleMs: 500 }, async (bench, artifact, call) => {
    const other = await bench.algorithm(SLEEP)
    bench.runner.keepWarm([warm(artifact, 1, false)])
    await until(() => workers(bench) === 1)
    assert.equal(textOf(await other('0')), '0')
    bench.runner.keepWarm([warm(artifact, 1, false)])
    const again = await other('0')
    assert.ok(again.kind === 'result' && again.timing.startMs === 0, 'it was taken from who called')
    await until(() => workers(bench) === 0)
    bench.runner.keepWarm([warm(artifact, 1, false)])
    await until(() => workers(bench) === 1)
    const outcome = await call('0')
    assert.ok(outcome.kind === 'result')
  }))

test('a version that does not load is not tried again and again', () =>
  withBench({}, async (bench) => {
    const { result } = await bench.build({ 'algorithm.py': 'raise ValueError("no")' })
    assert.ok(result.status === 'succeeded')
    bench.runner.keepWarm([warm(result.artifact, 1)])
    await until(() => workers(bench) === 0)
    const outcome = await bench.callerOf(result.artifact, { language: 'frames' })('0')
    assert.match(textOf(outcome), /^error: no/)
  }))

test('those that end while nobody calls are not started again and again', () =>
  withBench({}, async (bench) => {
    const ends =
      'import os, threading\nthreading.Timer(0.05, lambda: os._exit(4)).start()\ndef apply(body, kind):\n  pass'
    const { result } = await bench.build({ 'algorithm.py': ends })
    assert.ok(result.status === 'succeeded')
    bench.runner.keepWarm([warm(result.artifact, 1)])
    // Without a back-off one would follow the other at once.
    let noneSinceMs = performance.now()
    await until(() => {
      if (workers(bench) > 0) noneSinceMs = performance.now()
      return performance.now() - noneSinceMs > 2000
    }, 120_000)
  }))
