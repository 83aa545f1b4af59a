import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Bench, type Caller, isRoot, openBench, textOf, UID_BASE, until } from '../../test-fixtures/harness.ts'
import type { CallIdentity } from '../types.ts'

/** Runs what it is sent, with a few words for talking to the platform, and answers what that leaves in `out`. */
const PROGRAM = `
import json, os, socket, threading, time, signal
port = int(os.environ["ALGORITHMIA_API"].rsplit(":", 1)[1])
kept = []
def connect(): return socket.create_connection(("127.0.0.1", port), 5)
def direct():
    s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect("/run/algorist/api.sock"); return s
def ask(s):
    s.sendall(b"x"); s.shutdown(1)
    return s.makefile().read()
def relay():
    return next(int(p) for p in os.listdir("/proc") if p.isdigit() and "perl" in open("/proc/%s/comm" % p).read())
def error_of(operation):
    try: operation(); return "none"
    except OSError as error: return type(error).__name__
def apply(body, kind):
    scope = dict(globals())
    exec(body.decode(), scope)
    return "j", json.dumps(scope["out"]).encode()`

/** Says the request id for each chunk, and remembers what is open. */
const open = new Set<Socket>()
const gate = {
  accept(connection: Socket, identity: () => CallIdentity | null) {
    open.add(connection)
    connection.on('close', () => open.delete(connection))
    connection.on('data', () => connection.write(`${identity()?.requestId ?? 'nobody'}\n`))
    connection.on('end', () => connection.end())
  },
}

let bench: Bench
let worker: Caller
let other: Caller
before(async () => {
  bench = await openBench({}, { gate })
  worker = await bench.algorithm(PROGRAM)
  other = await bench.algorithm(PROGRAM)
})
after(() => bench.close())

let calls = 0
const run = async (caller: Caller, code: string) => {
  const requestId = `call-${calls++}`
  const outcome = await caller(code, { requestId })
  assert.equal(outcome.kind, 'result', textOf(outcome))
  return { requestId, out: JSON.parse(textOf(outcome)) }
}

test('connections that do nothing take places of their own worker alone, and give them back', async () => {
  await run(
    worker,
    `
for n in range(150):
    s = socket.socket(); s.setblocking(False)
    try: s.connect(("127.0.0.1", port))
    except BlockingIOError: pass
    kept.append(s)
out = 0`,
  )
  await until(() => open.size === 64)
  const elsewhere = await run(other, 'out = ask(connect())')
  assert.equal(elsewhere.out, `${elsewhere.requestId}\n`)
  const { requestId, out } = await run(worker, 'for s in kept: s.close()\nkept.clear()\nout = ask(connect())')
  assert.equal(out, `${requestId}\n`)
  await until(() => open.size === 0)
})

test('connections above that number wait for their turn', async () => {
  const { requestId, out } = await run(
    worker,
    `
waiting = [connect() for n in range(100)]
answers = []
threads = [threading.Thread(target=lambda s=s: (answers.append(ask(s)), s.close())) for s in waiting]
[t.start() for t in threads]; [t.join() for t in threads]
out = [len(answers), sorted(set(answers))]`,
  )
  assert.deepEqual(out, [100, [`${requestId}\n`]])
})

test('a worker that leaves the relay aside gets no more connections than with it', async () => {
  const { out } = await run(
    worker,
    `
for n in range(200): kept.append(direct())
def is_open(s):
    try: s.sendall(b"x"); return s.recv(100) != b""
    except OSError: return False
out = sum(map(is_open, kept))
for s in kept: s.close()
kept.clear()`,
  )
  assert.equal(out, 64)
})

test('clients that send and never read, or end half of a connection and stay, hold up nobody else', async () => {
  const { requestId, out } = await run(
    worker,
    `
def flood():
    s = connect(); kept.append(s); s.settimeout(0.5)
    try:
        for n in range(200): s.sendall(b"x" * 65536)
    except OSError: pass
threads = [threading.Thread(target=flood) for n in range(5)]
[t.start() for t in threads]
for n in range(5):
    s = connect(); s.shutdown(1); kept.append(s)
time.sleep(0.3)
out = ask(connect())
[t.join() for t in threads]
[s.close() for s in kept]; kept.clear()`,
  )
  assert.equal(out, `${requestId}\n`)
})

test('a worker whose relay is killed ends with it, and the next call has a worker with a way to the platform', async () => {
  const requestId = 'killer'
  const outcome = await worker('os.kill(relay(), signal.SIGKILL); time.sleep(5); out = 0', { requestId })
  assert.equal(outcome.kind, 'error', textOf(outcome))
  const elsewhere = await run(other, 'out = ask(connect())')
  assert.equal(elsewhere.out, `${elsewhere.requestId}\n`)
  const next = await run(worker, 'out = ask(connect())')
  assert.equal(next.out, `${next.requestId}\n`)
})

test('a program that waits for all of its children waits for no relay, and the group it signals has none', async () => {
  const { out } = await run(
    worker,
    `
signal.signal(signal.SIGUSR1, lambda *_: None)
def wait(): os.waitpid(-1, 0)
waited = error_of(wait)
os.killpg(0, signal.SIGUSR1)
time.sleep(0.05)
out = [waited, ask(connect()) != ""]`,
  )
  assert.deepEqual(out, ['ChildProcessError', true])
})

test('a worker finds its own door alone, and cannot put another one in its place', async () => {
  await run(other, 'out = 0')
  const { out } = await run(
    worker,
    `
out = [os.listdir("/run/algorist"), error_of(lambda: os.unlink("/run/algorist/api.sock")),
       error_of(lambda: os.rename("/run/algorist/api.sock", "/tmp/x")), error_of(lambda: open("/run/algorist/x", "w")),
       error_of(lambda: os.stat(${JSON.stringify(bench.home)}))]`,
  )
  assert.deepEqual(out, [['api.sock'], 'OSError', 'OSError', 'OSError', 'FileNotFoundError'])
})

test('the folders of doors are closed to the uids of workers', { skip: !isRoot && 'needs several uids' }, async () => {
  await run(worker, 'out = 0')
  const [folder = ''] = readdirSync(join(bench.home, 'run')).map((name) => join(bench.home, 'run', name))
  const door = join(folder, 'api.sock')
  assert.deepEqual([statSync(folder).mode & 0o777, statSync(door).mode & 0o777], [0o711, 0o600])
  const uid = String(UID_BASE + 2)
  const as = ['--reuid', uid, '--regid', uid, '--clear-groups']
  for (const command of [
    ['rm', '-f', door],
    ['touch', join(folder, 'x')],
    ['ls', folder],
    ['mv', door, `${door}.old`],
  ]) {
    assert.notEqual(spawnSync('/usr/bin/setpriv', [...as, ...command]).status, 0, command.join(' '))
  }
})

test('connections do not outlive their worker', async () => {
  await run(worker, 'kept.extend([connect(), direct()])\nfor s in kept: s.sendall(b"x"); s.recv(100)\nout = 0')
  assert.equal(open.size, 2)
  await bench.runner.recycle({})
  await until(() => open.size === 0)
})

test('what a worker asks while it loads is asked by the call that it loads for', async () => {
  const loading = await bench.algorithm(
    `${PROGRAM}\nkept = connect(); kept.sendall(b"x"); told = kept.recv(100).decode()`,
  )
  const first = await run(loading, 'out = told')
  assert.equal(first.out, `${first.requestId}\n`)
  const second = await run(loading, 'kept.sendall(b"x"); out = [told, kept.recv(100).decode()]')
  assert.deepEqual(second.out, [`${first.requestId}\n`, `${second.requestId}\n`])
})

test('what a worker asks between calls, on a connection of the call before, is asked by nobody', async () => {
  const { requestId, out } = await run(
    worker,
    `
s = connect(); s.sendall(b"x"); out = s.recv(100).decode()
def later():
    time.sleep(0.3); s.sendall(b"x"); open("/tmp/later", "w").write(s.recv(100).decode())
threading.Thread(target=later).start()`,
  )
  assert.equal(out, `${requestId}\n`)
  await new Promise((resolve) => setTimeout(resolve, 600))
  assert.equal((await run(worker, 'out = open("/tmp/later").read()')).out, 'nobody\n')
})
