import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Bench, openBench, processesWith, textOf, until } from '../test-fixtures/harness.ts'
import type { CallOutcome } from './types.ts'

let bench: Bench
before(async () => {
  bench = await openBench({ answerBytes: 100_000, outputBytes: 2000, waitMs: 400, loadTimeoutMs: 1500 })
})
after(() => bench.close())

const ECHO = 'def apply(body, kind): return kind, body'
const failure = (outcome: CallOutcome) => {
  assert.equal(outcome.kind, 'error', textOf(outcome))
  return outcome
}

test('text, JSON and bytes come back as they were sent', async () => {
  const echo = await bench.algorithm(ECHO)
  const json = '{"b":1.0,"a":[12345678901234567890,1e400,"\\u2028 \\n"],"a":2 }'
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256))
  const text = await echo('héllo')
  assert.deepEqual([text.kind, textOf(text)], ['result', 'héllo'])
  assert.equal(textOf(await echo(json, { contentType: 'json' })), json)
  const binary = await echo(bytes, { contentType: 'binary' })
  assert.ok(binary.kind === 'result' && binary.contentType === 'binary' && binary.body.equals(bytes))
  assert.equal(textOf(await echo('')), '')
  assert.ok(text.kind === 'result' && text.timing.startMs > 0 && binary.timing.startMs === 0)
})

test('calls of one version run side by side on several workers, and state is kept between calls', async () => {
  const slow = await bench.algorithm(`
import os, time
calls = 0
def apply(body, kind):
    global calls
    calls += 1
    time.sleep(0.3)
    return "t", ("%d %d" % (calls, os.stat("/tmp").st_ino)).encode()`)
  const first = await Promise.all([slow('a'), slow('b')])
  assert.deepEqual(
    first.map((outcome) => textOf(outcome).split(' ')[0]),
    ['1', '1'],
  )
  assert.match(textOf(await slow('c')), /^2 /)
})

test('different callers and rights never share a worker', async () => {
  const count = await bench.algorithm(
    'calls = 0\ndef apply(body, kind):\n  global calls\n  calls += 1\n  return "t", b"%d" % calls',
  )
  assert.equal(textOf(await count('')), '1')
  assert.equal(textOf(await count('')), '2')
  assert.equal(textOf(await count('', { accountId: 'other', hostUid: 3 })), '1')
})

test('an exception is an error with its stack trace, and the worker goes on', async () => {
  const throwing = await bench.algorithm(
    'calls = 0\ndef apply(body, kind):\n  global calls\n  calls += 1\n  raise ValueError("no %d" % calls)',
  )
  const first = failure(await throwing(''))
  assert.deepEqual([first.message, first.errorType], ['no 1', 'ValueError'])
  assert.match(first.stacktrace ?? '', /ValueError: no 1/)
  assert.equal(failure(await throwing('')).message, 'no 2')
})

test('output is told of every call that prints, load output with the first, invalid UTF-8 is replaced', async () => {
  const printing = await bench.algorithm(`
import os, sys, subprocess
print("loading")
def apply(body, kind):
    if body == b"silent": return kind, body
    send("O", "1", scope_call(), b"framed\\n")
    os.write(1, b"raw\\xff\\n")
    subprocess.run(["/bin/sh", "-c", "echo child > /dev/stderr"])
    return kind, body
def scope_call(): return globals()["call"]
`)
  const first = await printing('x', { wantsStdout: true })
  assert.ok(first.kind === 'result')
  assert.deepEqual(first.stdout?.split('\n').sort(), ['', 'child', 'framed', 'loading', 'raw\ufffd'])
  const second = await printing('x', { wantsStdout: true })
  assert.ok(second.kind === 'result' && !second.stdout?.includes('loading') && second.stdout?.includes('raw'))
  assert.ok(!('stdout' in (await printing('silent', { wantsStdout: true }))))
  // Nobody waits for what is printed past the bridge.
  const unasked = await printing('x')
  assert.ok(unasked.kind === 'result' && unasked.stdout?.includes('framed'))
})

test('a flood of output keeps its head and tail', async () => {
  const flood = await bench.algorithm(
    'def apply(body, kind):\n  print("first"); print("x" * 100000); print("last", flush=True)\n  return kind, body',
  )
  const outcome = await flood('', { wantsStdout: true })
  assert.ok(outcome.kind === 'result' && outcome.stdout !== undefined)
  assert.match(outcome.stdout, /^first\nx+\n\[\d+ bytes left out\]\nx+\nlast\n$/)
  assert.ok(outcome.stdout.length < 2100)
})

test('at the deadline the call fails with the fixed text and everything in the sandbox is killed', async () => {
  const hanging = await bench.algorithm(`
import subprocess, time
def apply(body, kind):
    subprocess.Popen(["/bin/sh", "-c", "setsid sleep 4711 & setsid sleep 4711"])
    time.sleep(60)`)
  // Long enough for a busy machine to start all of them.
  const outcome = hanging('', { timeLeftMs: 4000 })
  await until(() => processesWith('sleep 4711').length >= 2)
  const { message, errorType, stacktrace } = failure(await outcome)
  assert.equal(message, 'Failed to run algorithm - may have timed-out or hit out-of-memory error')
  assert.deepEqual([errorType, stacktrace], ['TimeoutError', undefined])
  await until(() => processesWith('sleep 4711').length === 0)
})

test('a process that ends during a call gives its exit code, and the next call gets a new one', async () => {
  const exiting = await bench.algorithm(`
import os, signal
def apply(body, kind):
    if body == b"kill": os.kill(os.getpid(), signal.SIGKILL)
    if body == b"abort": os.abort()
    if body: os._exit(int(body))
    return "t", b"alive"`)
  for (const [body, message] of [
    ['0', 'exited with code 0'],
    ['3', 'exited with code 3'],
    ['255', 'exited with code 255'],
    ['kill', 'exited with code -99 (SIGKILL)'],
    ['abort', 'exited with code -99 (SIGABRT)'],
  ] as const) {
    const outcome = failure(await exiting(body))
    assert.deepEqual([outcome.message, outcome.errorType, outcome.stacktrace], [message, 'SystemExit', undefined])
    assert.equal(textOf(await exiting('')), 'alive')
  }
})

test('a call whose worker dies before author code saw it is run once more, and only once', async () => {
  const dying = await bench.algorithm(`
import os
no_start_mark = True
def apply(body, kind):
    os._exit(7)`)
  assert.equal(failure(await dying('')).message, 'exited with code 7')
})

test('an algorithm that cannot load is a LoadingError, and is not started again at once', async () => {
  const broken = await bench.algorithm('raise RuntimeError("model is missing")')
  const first = failure(await broken(''))
  assert.deepEqual([first.message, first.errorType], ['model is missing', 'RuntimeError'])
  assert.match(failure(await broken('')).message, /^model is missing \(loading is tried again in \d/)
  const exiting = await bench.algorithm(
    'import os, sys\nsys.stderr.write("Traceback\\nImportError: no module x\\n")\nsys.stderr.flush()\nos._exit(4)',
  )
  const outcome = failure(await exiting(''))
  assert.deepEqual([outcome.message, outcome.errorType], ['Traceback\nImportError: no module x', 'LoadingError'])
})

test('an algorithm that does not become ready in time is a LoadingError', async () => {
  const slow = await bench.algorithm('import time\ntime.sleep(60)')
  const outcome = failure(await slow(''))
  assert.deepEqual([outcome.message, outcome.errorType], ['The algorithm was not ready after 1.5 s', 'LoadingError'])
})

test('a call may wait longer than the queue allows for a worker that is loading, up to its own deadline', async () => {
  const slow = await bench.algorithm('import time\ntime.sleep(0.8)\ndef apply(body, kind): return kind, body')
  assert.equal(failure(await slow('', { timeLeftMs: 300 })).errorType, 'TimeoutError')
  assert.equal(textOf(await slow('late')), 'late')
})

test('answers that break the rules are AlgorithmErrors that name the problem', async () => {
  const answering = await bench.algorithm(`
def apply(body, kind):
    if body == b"nan": return "j", b'{"a": [1, NaN]}'
    if body == b"junk": return "j", b"{oops"
    if body == b"two": return "j", b"1 2"
    if body == b"utf8": return "t", b"\\xff\\xfe"
    if body == b"kind": return "q", b""
    if body == b"type": send("?", "0", 1)
    if body == b"number": send("V", "t", 99, b"x")
    if body == b"large": return "t", b"x" * 100001
    if body == b"bytes": return "b", b"x" * 80000
    return "j", b" [1.0, -0.5e3, true, null] "`)
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['nan', 'AlgorithmError', /^result contains NaN or Infinity/],
    ['junk', 'AlgorithmError', /a JSON value that is not JSON: "\{oops"/],
    ['two', 'AlgorithmError', /not JSON: "1 2"/],
    ['utf8', 'AlgorithmError', /text that is not UTF-8/],
    ['kind', 'AlgorithmError', /unknown kind `q`/],
    ['type', 'AlgorithmError', /unknown type `\?`/],
    ['number', 'AlgorithmError', /call 99, which is not running/],
    ['large', 'TooLargeError', /100001 bytes, more than the limit of 100000 bytes/],
    ['bytes', 'TooLargeError', /106668 bytes/],
  ]
  for (const [body, errorType, message] of cases) {
    const outcome = failure(await answering(body))
    assert.equal(outcome.errorType, errorType, body)
    assert.match(outcome.message, message)
    assert.equal(textOf(await answering('ok')), ' [1.0, -0.5e3, true, null] ')
  }
})

test('recycled workers end, idle ones at once and busy ones after their call', async () => {
  const count = await bench.algorithm(
    'import time\ncalls = 0\ndef apply(body, kind):\n  global calls\n  calls += 1\n  time.sleep(float(body))\n  return "t", b"%d" % calls',
  )
  assert.equal(textOf(await count('0')), '1')
  await bench.runner.recycle({ accountId: 'caller' })
  assert.equal(textOf(await count('0')), '1')
  const busy = count('0.4')
  await bench.runner.recycle({ accountId: 'somebody else' })
  await bench.runner.recycle({})
  assert.equal(textOf(await busy), '2')
  assert.equal(textOf(await count('0')), '1')
})

test('an answer counts even when the process ends right after it', async () => {
  const leaving = await bench.algorithm(`
import os
def apply(body, kind):
    send("V", "t", globals()["call"], b"done")
    os._exit(3)`)
  for (const wantsStdout of [true, false]) assert.equal(textOf(await leaving('', { wantsStdout })), 'done')
})

test('a machine that cannot start a worker refuses the call, and tells only its log why', async () => {
  const echo = await bench.algorithm(ECHO)
  await echo('x')
  const [artifact = ''] = readdirSync(join(bench.home, 'artifacts')).filter((name) => name !== '')
  const lost = await bench.algorithm(ECHO)
  for (const name of readdirSync(join(bench.home, 'artifacts')))
    if (name !== artifact) await bench.runner.removeArtifact(name)
  const outcome = await lost('x')
  assert.ok(outcome.kind === 'refused' && outcome.reason === 'sandbox-unavailable', textOf(outcome))
  assert.ok(!outcome.message.includes(bench.home))
  assert.ok(bench.log.some((line) => line.startsWith('worker could not be started') && line.includes('bwrap: ')))
})

test('a cancelled call ends at once: one that runs takes its worker with it, one that waits never starts', async () => {
  const own = await openBench({ workersPerVersion: 1 })
  try {
    const touch = await own.algorithm(`
import time
def apply(body, kind):
    print(body.decode(), flush=True)
    time.sleep(float(body))
    return kind, body`)
    assert.equal(textOf(await touch('0')), '0')
    const ids = ['req-running', 'req-waiting']
    const calls = ids.map((requestId) => touch('30', { requestId }))
    await until(() => own.runner.stats().waitingCalls === 1)
    assert.equal(own.runner.cancel('req-unknown'), false)
    assert.equal(own.runner.stats().waitingCalls, 1)
    const startedAtMs = performance.now()
    assert.deepEqual([...ids].reverse().map(own.runner.cancel), [true, true])
    for (const outcome of await Promise.all(calls)) {
      const { message, errorType } = failure(outcome)
      assert.deepEqual([message, errorType], ['The call was cancelled', 'SystemExit'])
    }
    // Neither was waited for until its end, which is after 30 s.
    assert.ok(performance.now() - startedAtMs < 20_000)
    assert.deepEqual(ids.map(own.runner.cancel), [false, false])
    assert.equal(textOf(await touch('0')), '0')
  } finally {
    await own.close()
  }
})
