import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { openBench, textOf, until } from '../test-fixtures/harness.ts'
import { createMemoryShare, createPressure } from './pressure.ts'
import { chooseGroups } from './sandbox/groups/choose.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const ECHO = 'def apply(body, kind): return kind, body'

test('memory is short at the limit, and only well below it enough again', async () => {
  let share = 0.5
  const pressure = createPressure({ memoryPercent: 90, log: quiet, sampleMs: 5, readShare: () => share })
  const at = async (next: number) => {
    share = next
    await new Promise<void>((sampled) => pressure.onSample(sampled))
    return pressure.isShort()
  }
  assert.deepEqual(
    [pressure.isShort(), await at(0.89), await at(0.9), await at(0.86), await at(0.84), await at(0.89)],
    [false, false, true, true, false, false],
  )
  pressure.close()
})

test('the memory in use is that of the machine or of a group around the server', async (t) => {
  const share = createMemoryShare()()
  assert.ok(share > 0 && share < 1, String(share))
  const groups = await chooseGroups()
  if (groups.kind === 'watch') return t.diagnostic('no control group here')
  const group = groups.open({ memoryBytes: 256 * 1024 * 1024, cpus: 1, processes: 50 }, 'worker')
  const code = `
import { createMemoryShare } from ${JSON.stringify(join(import.meta.dirname, 'pressure.ts'))}
process.stdin.once('data', () => {
  const kept = Buffer.alloc(150 * 1024 * 1024, 1)
  console.log(createMemoryShare()(), kept.length)
  process.exit()
})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] })
  group.add(child.pid ?? 0)
  child.stdin.write('go')
  const [line] = await once(child.stdout, 'data')
  await once(child, 'close')
  group.release()
  await groups.close()
  assert.ok(Number(String(line).split(' ')[0]) > 0.55, String(line))
})

test('while memory is nearly full no worker starts, and a call that needs one is refused at once', async () => {
  const bench = await openBench({ memoryPercent: 0 })
  const waiting = bench.build({ 'algorithm.py': ECHO })
  const outcome = await bench.runner.call(callOf('none'))
  assert.ok(outcome.kind === 'refused')
  assert.deepEqual([outcome.reason, outcome.retryAfterMs > 0], ['host-busy', true])
  const early = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 500, 'waits'))])
  assert.equal(early, 'waits')
  await bench.close()
  const { result } = await waiting
  assert.ok(result.status === 'failed' && result.reason === 'The build was stopped.')
})

test('when memory becomes short idle workers end, and calls are taken again when it is not', async () => {
  let share = 0.1
  const bench = await openBench({}, { readMemoryShare: () => share })
  const echo = await bench.algorithm(ECHO)
  await echo('x')
  share = 0.96
  await until(() => bench.runner.stats().workers === 0)
  assert.equal((await echo('x')).kind, 'refused')
  share = 0.1
  await new Promise((resolve) => setTimeout(resolve, 1500))
  assert.equal(textOf(await echo('x')), 'x')
  await bench.close()
})

test('while the disk is nearly full builds end with the reason', async () => {
  const bench = await openBench({ diskPercent: 0 })
  const { result } = await bench.build({ 'algorithm.py': ECHO })
  assert.ok(result.status === 'failed')
  assert.equal(result.reason, 'The disk of the server is nearly full; nothing is built until there is room.')
  await bench.close()
})

function callOf(artifact: string) {
  const worker = {
    key: { accountId: 'a', algorithmId: artifact, buildId: artifact, rights: '' },
    hostUid: 2,
    artifact,
    language: 'frames',
    algorithm: { owner: 'o', name: 'n' },
    network: 'isolated' as const,
  }
  const identity = {
    ...{
      requestId: 'r',
      sessionId: 'r',
      callerId: 'a',
      algorithmId: artifact,
      algorithmOwnerId: 'o',
      buildId: artifact,
    },
    rights: { algorithms: ['*'], dataRead: true, dataWrite: true },
    ...{ mayCallAlgorithms: true, depth: 0, deadlineAtMs: 0 },
  }
  const body = Buffer.alloc(0)
  return { requestId: 'r', worker, contentType: 'text' as const, body, timeLeftMs: 5000, wantsStdout: false, identity }
}
