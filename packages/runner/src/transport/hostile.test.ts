import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Bench, type Caller, openBench, textOf, until } from '../../test-fixtures/harness.ts'

const MIB = 1024 * 1024
const ANSWER_BYTES = 2 * MIB

let bench: Bench
before(async () => {
  bench = await openBench({ answerBytes: ANSWER_BYTES, outputBytes: MIB })
})
after(() => bench.close())

/** Runs the statements that a call names; a call that names none tells how many calls its process has had. */
const HOSTILE = (attacks: Record<string, string>) => `
import struct, threading, time
calls = 0
def head(size, kind, content, number): return struct.pack(">IBBI", size, ord(kind), ord(content), number)
def apply(body, kind):
    global calls
    calls += 1
    name = body.decode()
    me = globals()["call"]
${Object.entries(attacks)
  .map(([name, code]) => `    if name == "${name}": ${code}`)
  .join('\n')}
    if name != "": time.sleep(20)
    return "t", b"%d" % calls`

/** The call fails at once with such a message, and the next one gets a new process. */
async function endsAtOnce(caller: Caller, name: string, message: RegExp, errorType = 'AlgorithmError'): Promise<void> {
  assert.match(textOf(await caller('')), /^[12]$/, `before ${name}`)
  const startMs = performance.now()
  const outcome = await caller(name)
  assert.ok(outcome.kind === 'error', `${name}: ${textOf(outcome)}`)
  assert.match(outcome.message, message, name)
  assert.equal(outcome.errorType, errorType, name)
  assert.ok(performance.now() - startMs < 10_000, `${name} took ${performance.now() - startMs} ms`)
  assert.equal(textOf(await caller('')), '1', `after ${name}`)
}

test('forged lengths end the call at once, whatever the type', async () => {
  const attacks = {
    absurd: 'channel.sendall(head(0xffffffff, "V", "j", me))',
    negative: 'channel.sendall(head(0x80000000, "V", "b", me))',
    error: 'channel.sendall(head(0x7fffffff, "E", "j", me))',
    output: 'channel.sendall(head(65537, "O", "1", me))',
    start: 'channel.sendall(head(1, "S", "0", me) + b"x")',
    ready: 'channel.sendall(head(4000000000, "R", "0", 0))',
    drip: '[(channel.sendall(bytes([byte])), time.sleep(0.02)) for byte in head(0xffffffff, "V", "t", me)]',
  }
  const caller = await bench.algorithm(HOSTILE(attacks))
  await endsAtOnce(caller, 'absurd', /4294967295 bytes, more than the limit of 2097152 bytes/, 'TooLargeError')
  await endsAtOnce(caller, 'negative', /2147483648 bytes, more than/, 'TooLargeError')
  await endsAtOnce(caller, 'error', /invalid answer: a frame of type `E` with 2147483647 bytes/)
  await endsAtOnce(caller, 'output', /invalid answer: a frame of type `O` with 65537 bytes/)
  await endsAtOnce(caller, 'start', /invalid answer: a frame of type `S` with 1 bytes/)
  await endsAtOnce(caller, 'ready', /invalid answer: a frame of type `R` with 4000000000 bytes/)
  await endsAtOnce(caller, 'drip', /4294967295 bytes/, 'TooLargeError')
})

test('frames out of turn, of other calls and of unknown types end the call at once', async () => {
  const attacks = {
    type: 'send("?", "0", me, b"x" * 100)',
    kind: 'send("V", "x", me)',
    again: 'send("R", "0", 0)',
    unload: 'send("L", "j", 0, b"{}")',
    twice: 'send("S", "0", me)',
    next: 'send("S", "0", me + 1)',
    other: 'send("V", "t", me + 1, b"forged")',
    earlier: 'send("V", "t", 1, b"forged")',
    nobody: 'send("E", "j", 0, b"{}")',
    empty: 'send("O", "1", me)',
    stream: 'send("O", "3", me, b"x")',
  }
  const caller = await bench.algorithm(HOSTILE(attacks))
  await endsAtOnce(caller, 'type', /a frame of the unknown type `\?`/)
  await endsAtOnce(caller, 'kind', /a value of the unknown kind `x`/)
  await endsAtOnce(caller, 'again', /a frame of type `R` after it was ready/)
  await endsAtOnce(caller, 'unload', /a frame of type `L` after it was ready/)
  await endsAtOnce(caller, 'twice', /a start mark for call \d, which is not about to start/)
  await endsAtOnce(caller, 'next', /a start mark for call \d, which is not about to start/)
  await endsAtOnce(caller, 'other', /answered call \d, which is not running/)
  await endsAtOnce(caller, 'earlier', /answered call 1, which is not running/)
  await endsAtOnce(caller, 'nobody', /answered call 0, which is not running/)
  await endsAtOnce(caller, 'empty', /output of no bytes/)
  await endsAtOnce(caller, 'stream', /output of the unknown kind `3`/)
})

test('error reports that are not JSON, and values that are not what they say, end the call at once', async () => {
  const attacks = {
    bytes: 'send("E", "j", me, b"\\xff\\xfe{}")',
    half: 'send("E", "j", me, b\'{"message": "\')',
    member: 'send("E", "0", me, b\'{"message": "\\xed\\xa0\\x80"}\')',
    deep: 'send("E", "0", me, b"[" * 1000000)',
    json: 'send("V", "j", me, b\'{"a": "\\xc3"}\')',
    text: 'send("V", "t", me, b"\\xf8\\x88\\x80\\x80\\x80")',
  }
  const caller = await bench.algorithm(HOSTILE(attacks))
  for (const name of ['bytes', 'half', 'member', 'deep']) {
    await endsAtOnce(caller, name, /an error report that is not JSON/)
  }
  await endsAtOnce(caller, 'json', /JSON that is not UTF-8/)
  await endsAtOnce(caller, 'text', /text that is not UTF-8/)
})

test('what is too large or too deep, but well formed, fails the call alone', async () => {
  const attacks = {
    large: 'return "b", bytes(5000000)',
    deep: 'return "j", b"[" * 20000 + b"]" * 20000',
    report: 'raise ValueError("x" * 3000000)',
    small: 'raise ValueError("y")',
  }
  const caller = await bench.algorithm(HOSTILE(attacks))
  const messages = []
  for (const name of Object.keys(attacks)) {
    const outcome = await caller(name)
    messages.push(outcome.kind === 'error' ? outcome.message.slice(0, 60) : outcome.kind)
  }
  assert.match(messages[0] ?? '', /^The result has 6666668 bytes, more than the limit/)
  assert.match(messages[1] ?? '', /^The result is nested too deeply/)
  assert.match(messages[2] ?? '', /^An error report of \d{7} bytes was left out/)
  assert.equal(messages[3], 'y')
  assert.equal(textOf(await caller('')), '5')
})

test('a program that forges frames before it is ready does not load', async () => {
  const cases = [
    ['send("V", "t", 1, b"early")', /a frame of type `V` before it was ready/],
    ['send("S", "0", 1)', /a frame of type `S` before it was ready/],
    ['send("R", "0", 0); send("R", "0", 0)', /a frame of type `R` after it was ready/],
    ['channel.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n")', /unknown type/],
  ] as const
  for (const [code, message] of cases) {
    const caller = await bench.algorithm(`import time\n${code}\ntime.sleep(20)\n`)
    const startMs = performance.now()
    const outcome = await caller('')
    assert.ok(outcome.kind === 'error' && message.test(outcome.message), textOf(outcome))
    assert.ok(performance.now() - startMs < 18_000, 'it was ended before its own 20 s were over')
  }
})

test('floods of tiny frames keep no memory beyond the limits, and other callers are answered meanwhile', async (t) => {
  const attacks = {
    flood: `
        one = b"".join(head(1, "O", "1", me) + b"x" for _ in range(5000))
        while True: channel.sendall(one)`,
    drip: `
        channel.sendall(head(2000000, "V", "b", me))
        while True: channel.sendall(b"x"); time.sleep(0.0001)`,
  }
  const hostile = await bench.algorithm(HOSTILE(attacks))
  const honest = await bench.algorithm('def apply(body, kind): return kind, body')
  await honest('warm')
  const before = process.memoryUsage.rss()
  const attacksRunning = [
    hostile('flood', { wantsStdout: true, timeLeftMs: 3000 }),
    hostile('drip', { timeLeftMs: 3000, accountId: 'other', hostUid: 3 }),
  ]
  const slowest = { ms: 0, rss: 0, calls: 0 }
  const endMs = performance.now() + 3000
  while (performance.now() < endMs) {
    const startMs = performance.now()
    assert.equal(textOf(await honest('hello', { accountId: 'third', hostUid: 4 })), 'hello')
    slowest.ms = slowest.calls === 0 ? 0 : Math.max(slowest.ms, performance.now() - startMs)
    slowest.rss = Math.max(slowest.rss, process.memoryUsage.rss())
    slowest.calls++
  }
  for (const outcome of await Promise.all(attacksRunning)) assert.equal(outcome.kind, 'error', textOf(outcome))
  assert.ok(slowest.rss - before < 100 * MIB, `${(slowest.rss - before) / MIB} MiB more`)
  assert.ok(slowest.calls > 5, `${slowest.calls} calls`)
  t.diagnostic(`${slowest.calls} calls beside them, the slowest ${slowest.ms.toFixed(0)} ms`)
})

/** A pipe that runs the statement its request names, with the answers' end as \`out\`. */
const HOSTILE_PIPE = (attacks: Record<string, string>) => `
import sys, json, time
print("PIPE_INIT_COMPLETE", flush=True)
calls = 0
for line in sys.stdin:
    name = json.loads(line)["data"]
    calls += 1
    out = open("/tmp/algoout", "wb", buffering=0)
${Object.entries(attacks)
  .map(([name, code]) => `    if name == "${name}": ${code}`)
  .join('\n')}
    if name != "": time.sleep(20)
    out.write(b'{"result": "%d"}' % calls)
`

test('hostile answers of programs with their own pipe end the call at once', async () => {
  const attacks = {
    garbage: 'out.write(b"\\xff\\x00garbage")',
    bytes: 'out.write(b\'{"result": "\\xff"}\')',
    deep: 'out.write(b"[" * 20000)',
    members: 'out.write(b"{" + b",".join(b\'"a%d":0\' % n for n in range(5000)) + b"}")',
    spaces: '[out.write(b" " * 65536) for _ in range(1000)]',
    endless: '[out.write(b"[" + b"0," * 32768) for _ in range(1000)]',
  }
  const caller = await bench.algorithm(HOSTILE_PIPE(attacks), { language: 'fifo' })
  await endsAtOnce(caller, 'garbage', /invalid answer/)
  await endsAtOnce(caller, 'bytes', /text that is not UTF-8/)
  await endsAtOnce(caller, 'deep', /invalid answer: "\[\[\[/)
  await endsAtOnce(caller, 'members', /an object of too many members/)
  await endsAtOnce(caller, 'spaces', /invalid answer: " {3}/)
  await endsAtOnce(caller, 'endless', /bytes, more than the limit/, 'TooLargeError')
})

test('a program that floods its own pipe while nothing was asked is ended, a large error report is left out', async () => {
  const attacks = {
    report: 'out.write(b\'{"error": {"message": "\' + b"x" * 1500000 + b\'"}}\'); continue',
    flood: 'out.write(b\'{"result": "before"}\'); time.sleep(0.1); [out.write(b"x" * 65536) for _ in range(100000)]',
  }
  const caller = await bench.algorithm(HOSTILE_PIPE(attacks), { language: 'fifo' })
  const report = await caller('report')
  assert.ok(
    report.kind === 'error' && /^An error report of \d+ bytes was left out/.test(report.message),
    textOf(report),
  )
  assert.equal(textOf(await caller('')), '2')
  const { workers } = bench.runner.stats()
  assert.equal(textOf(await caller('flood')), 'before')
  await until(() => bench.runner.stats().workers < workers)
  assert.equal(textOf(await caller('')), '1')
})
