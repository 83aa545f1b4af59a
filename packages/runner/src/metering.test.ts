import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { buildPython, openForkBench, PROGRAM } from '../test-fixtures/fork-attacks.ts'
import { type Bench, openBench, textOf, until } from '../test-fixtures/harness.ts'
import { chooseGroups } from './sandbox/groups/choose.ts'
import { readHierarchies } from './sandbox/groups/hierarchies.ts'
import type { CallOutcome, CallUsage } from './types.ts'

const MIB = 1024 * 1024
const groups = await chooseGroups()
await groups.close()
const skip = groups.kind === 'watch' && 'the host has no control groups'

/** What every group of this process's runner has used, builds and groups that are gone included. */
function usedMicroseconds(): number {
  const { version1, version2 } = readHierarchies()
  const isFirst = groups.kind === 'cgroup1'
  const base = (isFirst ? version1.get('cpuacct') : version2) ?? ''
  const families = readdirSync(base).filter((name) =>
    new RegExp(`^algorist-\\d+\\.${process.pid}\\.\\d+-\\d+$`).test(name),
  )
  return families.reduce((sum, name) => {
    const text = readFileSync(join(base, name, isFirst ? 'cpuacct.usage' : 'cpu.stat'), 'latin1')
    return sum + Number(/\d+/.exec(text)?.[0]) / (isFirst ? 1000 : 1)
  }, 0)
}

describe('what workers use', { skip }, () => {
  const ends: CallUsage[] = []
  let bench: Bench
  before(async () => {
    bench = await openBench(
      { workersPerVersion: 2, shortCallMs: 10 },
      { onUnclaimedUsage: (_, usage) => ends.push(usage) },
    )
  })
  after(() => bench?.close())

  const usageOf = (outcome: CallOutcome): CallUsage => {
    assert.ok(outcome.kind !== 'refused' && outcome.usage !== undefined, textOf(outcome))
    return outcome.usage
  }

  const WORKING = `
import time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
burn(0.15)
def apply(body, kind):
    what, amount = body.decode().split()
    if what == "burn": burn(float(amount))
    if what == "sleep": time.sleep(float(amount))
    if what == "fill":
        kept = bytearray(b"x") * int(amount)
        time.sleep(0.12)
    if what == "fail": raise ValueError(amount)
    return kind, body`

  test('a call is told what it used itself, the first one also what starting and loading took', async () => {
    const work = await bench.algorithm(WORKING)
    const first = usageOf(await work('burn 0.02'))
    assert.ok(first.cpuMicroseconds >= 165_000, String(first.cpuMicroseconds))
    const burning = usageOf(await work('burn 0.1')).cpuMicroseconds
    assert.ok(burning >= 95_000 && burning < 160_000, String(burning))
    const sleeping = usageOf(await work('sleep 0.3')).cpuMicroseconds
    assert.ok(sleeping > 0 && sleeping < 50_000, String(sleeping))
    const failed = await work('fail x')
    assert.ok(failed.kind === 'error' && usageOf(failed).cpuMicroseconds > 0)
  })

  test('memory is the most that the worker has held', async () => {
    const work = await bench.algorithm(WORKING)
    const before = usageOf(await work('sleep 0.11')).peakMemoryBytes
    const filled = usageOf(await work(`fill ${64 * MIB}`)).peakMemoryBytes
    assert.ok(before > MIB && filled > before + 60 * MIB, `${before} ${filled}`)
    assert.ok(usageOf(await work('sleep 0')).peakMemoryBytes >= filled)
  })

  test('calls and ends of workers add up to what the groups counted, within 1 %', async (t) => {
    await bench.runner.recycle({})
    const work = await bench.algorithm(WORKING)
    ends.length = 0
    const startMicroseconds = usedMicroseconds()
    const calls = [
      ...Array.from({ length: 300 }, () => 'sleep 0'),
      ...Array.from({ length: 20 }, () => 'burn 0.03'),
      ...Array.from({ length: 5 }, () => 'fail x'),
    ]
    const outcomes = await Promise.all([
      // So many at a time that short ones are given to busy workers ahead.
      ...Array.from({ length: 24 }, async () => {
        const ended: CallOutcome[] = []
        for (let call = calls.pop(); call !== undefined; call = calls.pop()) ended.push(await work(call))
        return ended
      }),
      // A call that is killed, in a worker of its own.
      work('burn 30', { accountId: 'impatient', timeLeftMs: 600 }).then((outcome) => [outcome]),
    ])
    await bench.runner.recycle({})
    await until(() => bench.runner.stats().workers === 0)
    const used = usedMicroseconds() - startMicroseconds
    const told = [...outcomes.flat().flatMap((each) => (each.kind !== 'refused' && each.usage) || []), ...ends]
    const sum = told.reduce((total, { cpuMicroseconds }) => total + cpuMicroseconds, 0)
    t.diagnostic(`${told.length} parts, ${sum} µs of ${used} µs: ${(100 * (sum / used - 1)).toFixed(3)} %`)
    assert.ok(Math.abs(sum / used - 1) < 0.01, `${sum} ${used}`)
  })

  test('a worker that never ran a call is told of as well', async () => {
    const work = await bench.algorithm(
      'end = __import__("time").process_time() + 0.1\nwhile __import__("time").process_time() < end: pass\nraise ValueError("no")',
    )
    ends.length = 0
    assert.equal((await work('x')).kind, 'error')
    await until(() => ends.length > 0)
    assert.ok((ends[0]?.cpuMicroseconds ?? 0) > 100_000)
  })
})

for (const mode of ['environment', 'version'] as const) {
  test(`a fork of a template (${mode}) has a group of its own, and its calls what it used`, { skip }, async () => {
    const bench = await openForkBench(mode)
    try {
      const { call } = await buildPython(bench, PROGRAM)
      const burn = 'import time\nend = time.process_time() + 0.1\nwhile time.process_time() < end: pass\nout = 1'
      // Several workers, so that the later ones are forked from the version.
      const outcomes = await Promise.all(Array.from({ length: 6 }, () => call(burn)))
      for (const outcome of outcomes) {
        assert.ok(outcome.kind === 'result' && outcome.usage !== undefined, textOf(outcome))
        const { cpuMicroseconds, peakMemoryBytes } = outcome.usage
        assert.ok(cpuMicroseconds >= 95_000 && cpuMicroseconds < 400_000, String(cpuMicroseconds))
        assert.ok(peakMemoryBytes > MIB / 4, String(peakMemoryBytes))
      }
    } finally {
      await bench.close()
    }
  })
}
