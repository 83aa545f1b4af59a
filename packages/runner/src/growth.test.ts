import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBench, textOf, until } from '../test-fixtures/harness.ts'

const SLEEP = 'import time\ndef apply(body, kind):\n  time.sleep(float(body))\n  return kind, body'

test('while no processor is to spare, a version with a worker gets another one only for calls that waited a while', async () => {
  const bench = await openBench({ workersPerVersion: 2 }, { readIdleMs: () => 70_000 })
  const { runner } = bench
  try {
    const [first, second] = [await bench.algorithm(SLEEP), await bench.algorithm(SLEEP)]
    await first('0')
    // Nothing is known of the processors yet.
    await Promise.all([first('0.05'), first('0.05')])
    await until(() => runner.stats().workers === 2)
    await new Promise((resolve) => setTimeout(resolve, 150))
    assert.equal(textOf(await second('0')), '0')
    await Promise.all([second('0.03'), second('0.03')])
    assert.equal(runner.stats().workers, 3)
    const long = [second('1'), second('1')]
    await until(() => runner.stats().busyWorkers === 2)
    assert.deepEqual((await Promise.all(long)).map(textOf), ['1', '1'])
  } finally {
    await bench.close()
  }
})
