import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { type Bench, type Caller, openBench, textOf } from '../test-fixtures/harness.ts'

/** `ahead` answers whether more than this call has arrived; other words end the process, sleep, or ask the platform. */
const PROGRAM = `
import fcntl, os, socket, struct, termios, time
def apply(body, kind):
  word, _, rest = body.decode().partition(" ")
  if word == "ahead":
    time.sleep(0.0003)
    return "t", str(struct.unpack("i", fcntl.ioctl(3, termios.FIONREAD, b"    "))[0] > 0).encode()
  if word == "die": os._exit(9)
  if word == "sleep": time.sleep(float(rest))
  if word == "ask":
    s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect("/run/algorist/api.sock"); s.sendall(b"hello")
    return "t", s.recv(1000).split(b" ")[0]
  if word == "print": os.write(1, b"past the bridge")
  return "t", body
`

async function withOneWorker(run: (call: Caller, bench: Bench) => Promise<void>): Promise<void> {
  const bench = await openBench({ workersPerVersion: 1 })
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

test('long calls are not', () =>
  withOneWorker(async (call) => {
    for (let each = 0; each < 24; each++) await call('sleep 0.01')
    assert.equal(await isAhead(call), false)
  }))

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
    const running = call('sleep 1.5')
    const late = call('echo late', { timeLeftMs: 300 })
    const unwanted = call('echo unwanted', { requestId })
    const startedMs = performance.now()
    assert.ok(runner.cancel(requestId))
    assert.equal((await unwanted).kind, 'error')
    assert.equal((await late).kind, 'error')
    assert.ok(performance.now() - startedMs < 1300)
    assert.equal(textOf(await running), 'sleep 1.5')
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
