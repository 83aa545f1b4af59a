import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Bench, type Caller, openBench, textOf } from '../test-fixtures/harness.ts'

/** `ahead` answers whether more than this call has arrived; other words end the process, sleep, or ask the platform. */
const PROGRAM = `
import fcntl, os, socket, struct, termios, time
me = os.urandom(8).hex().encode()
def apply(body, kind):
  word, _, rest = body.decode().partition(" ")
  if word == "ahead":
    time.sleep(0.0003)
    return "t", str(struct.unpack("i", fcntl.ioctl(3, termios.FIONREAD, b"    "))[0] > 0).encode()
  if word == "who":
    if rest: time.sleep(0.05)
    return "t", me
  if word == "die": os._exit(9)
  if word == "sleep": time.sleep(float(rest))
  if word == "ask":
    s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect("/run/algorist/api.sock"); s.sendall(b"hello")
    return "t", s.recv(1000).split(b" ")[0]
  if word == "print": os.write(1, b"past the bridge")
  return "t", body
`

/** Short on any machine. */
const SHORT_CALL_MS = 500

type Run = (call: Caller, bench: Bench) => Promise<void>

async function withOneWorker(run: Run, shortCallMs = SHORT_CALL_MS): Promise<void> {
  const bench = await openBench({ workersPerVersion: 1, shortCallMs })
  try {
    const call = await bench.algorithm(PROGRAM)
    for (let each = 0; each < 80; each++) await call('warm')
    await run(call, bench)
  } finally {
    await bench.close()
  }
}

const isAhead = async (call: Caller): Promise<boolean> => {
  const outcomes = await Promise.all(Array.from({ length: 24 }, () => call('ahead')))
  return outcomes.some((outcome) => textOf(outcome) === 'True')
}

test('short calls are given to a busy worker ahead, and answered in order', () =>
  withOneWorker(async (call) => {
    assert.ok(await isAhead(call))
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        assert.equal(textOf(await call(`echo ${index}`)), `echo ${index}`)
        order.push(index)
      }),
    )
    assert.deepEqual(
      order,
      Array.from({ length: 40 }, (_, index) => index),
    )
  }))

/** Shorter than calls may be that are given ahead, and longer than waking a process takes: a quarter of that. */
const LONGER = { shortCallMs: 100, word: 'who slowly', calls: 'that take longer than waking' }
const SHORTER = { shortCallMs: SHORT_CALL_MS, word: 'who', calls: 'that take less than waking' }

for (const { shortCallMs, word, calls, processors, answering } of [
  { ...SHORTER, processors: 2, answering: 1 },
  { ...LONGER, processors: 2, answering: 2 },
  { ...LONGER, processors: 1, answering: 1 },
]) {
  test(`on ${processors} processors ${answering} of two workers get calls ${calls}`, async () => {
    const bench = await openBench({ workersPerVersion: 2, shortCallMs, processors })
    try {
      const call = await bench.algorithm(PROGRAM)
      // The first call of a version counts as long, so a second worker is started beside it.
      await Promise.all([call('sleep 1'), call('sleep 1')])
      for (let each = 0; each < 80; each++) await call(word)
      const outcomes = await Promise.all(Array.from({ length: 6 }, () => call(word)))
      assert.equal(new Set(outcomes.map(textOf)).size, answering)
    } finally {
      await bench.close()
    }
  })
}

test('long calls are not', () =>
  withOneWorker(async (call) => {
    for (let each = 0; each < 24; each++) await call('sleep 0.01')
    assert.equal(await isAhead(call), false)
  }, 1))

test('what was ahead of a call that ends the process is run by another worker', () =>
  withOneWorker(async (call) => {
    const words = ['echo 0', 'die', 'echo 1', 'die', 'echo 2', 'echo 3', 'die', 'echo 4']
    const outcomes = await Promise.all(words.map((word) => call(word)))
    for (const [index, word] of words.entries()) {
      const outcome = outcomes[index]
      assert.ok(outcome)
      if (word === 'die') assert.ok(outcome.kind === 'error' && outcome.message.includes('9'), textOf(outcome))
      else assert.equal(textOf(outcome), word)
    }
  }))

test('a call that is ahead is told when its own time is over, and when it is cancelled', () =>
  withOneWorker(async (call, { runner }) => {
    const requestId = `req-${randomUUID()}`
    let hasRun = false
    const running = call('sleep 3').finally(() => {
      hasRun = true
    })
    const late = call('echo late', { timeLeftMs: 300 })
    const unwanted = call('echo unwanted', { requestId })
    assert.ok(runner.cancel(requestId))
    assert.equal((await unwanted).kind, 'error')
    assert.equal((await late).kind, 'error')
    assert.ok(!hasRun)
    assert.equal(textOf(await running), 'sleep 3')
    assert.equal(textOf(await call('echo next')), 'echo next')
  }))

test('a request to the platform is the running call’s, also the first, and nothing is ahead after it', () =>
  withOneWorker(async (call) => {
    const ids = Array.from({ length: 24 }, () => `req-${randomUUID()}`)
    const asked = await Promise.all(
      ids.map((requestId, index) => call(index % 3 === 1 ? 'ask' : 'echo', { requestId })),
    )
    for (const [index, id] of ids.entries()) {
      if (index % 3 === 1) assert.equal(textOf(asked[index] ?? assert.fail()), id)
    }
    assert.equal(await isAhead(call), false)
  }))

test('nothing is ahead of a version that prints past the bridge', () =>
  withOneWorker(async (call) => {
    await call('print')
    await call('echo')
    assert.equal(await isAhead(call), false)
  }))

test('each of them has what it printed itself, and its own part of what they used', async () => {
  const unclaimed: number[] = []
  const bench = await openBench(
    { workersPerVersion: 1, shortCallMs: SHORT_CALL_MS },
    {
      languagesFolder: join(import.meta.dirname, '../../../languages'),
      onUnclaimedUsage: (_, { cpuMicroseconds }) => unclaimed.push(cpuMicroseconds),
    },
  )
  try {
    const files = { 'src/Thing.py': 'def apply(input):\n    print("of", input)\n    return input\n' }
    const { result, log } = await bench.build(files, { language: 'python3' })
    assert.equal(result.status, 'succeeded', log)
    const call = bench.callerOf(result.artifact, { language: 'python3' })
    for (let each = 0; each < 80; each++) await call('warm')
    for (const _ of Array.from({ length: 3 })) {
      const words = Array.from({ length: 32 }, () => randomUUID())
      const outcomes = await Promise.all(words.map((word) => call(word)))
      for (const [index, outcome] of outcomes.entries()) {
        assert.ok(outcome.kind === 'result', textOf(outcome))
        assert.equal(outcome.stdout, `of ${words[index]}\n`)
        assert.ok((outcome.usage?.cpuMicroseconds ?? 0) >= 0)
      }
    }
    assert.deepEqual(unclaimed, [])
  } finally {
    await bench.close()
  }
})
