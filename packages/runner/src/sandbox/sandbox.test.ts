import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { type Bench, type Caller, isRoot, openBench, textOf, UID_BASE } from '../../test-fixtures/harness.ts'
import { inspectSandbox } from './inspect.ts'

/** Runs what it is sent and answers what that leaves in `out`. */
const PROGRAM = `
import json
def apply(body, kind):
    scope = {}
    exec(body.decode(), scope)
    return "j", json.dumps(scope["out"]).encode()`

let bench: Bench
let isolated: Caller
let full: Caller
before(async () => {
  bench = await openBench({ worker: { tmpBytes: 1024 * 1024, processes: 64, openFiles: 128 } })
  isolated = await bench.algorithm(PROGRAM)
  full = await bench.algorithm(PROGRAM, { network: 'full' })
})
after(() => bench.close())

const run = async (code: string, caller = isolated) => {
  const outcome = await caller(code)
  assert.equal(outcome.kind, 'result', textOf(outcome))
  return JSON.parse(textOf(outcome))
}

/** Error number of each operation, 0 where it worked. */
const errors = (operations: readonly string[], caller = isolated) =>
  run(
    `
import os, socket, ctypes, errno
def errno_of(operation):
    try: operation(); return 0
    except OSError as error: return error.errno
out = [${operations.map((operation) => `errno_of(lambda: ${operation})`).join(', ')}]`,
    caller,
  )

test('a worker sees the system, its algorithm and its bridge, and nothing of the host', async () => {
  const seen = await run(`
import os
out = {name: sorted(os.listdir(name)) for name in ["/", "/opt", "/home", "/tmp", "/run", "/var", "/opt/algorithm"]}`)
  assert.deepEqual(seen['/'], [
    'bin',
    'dev',
    'etc',
    'home',
    'lib',
    'lib64',
    'opt',
    'proc',
    'run',
    'sbin',
    'tmp',
    'usr',
    'var',
  ])
  assert.deepEqual(seen['/opt'], ['algorithm', 'bridge', 'relay'])
  assert.deepEqual([seen['/home'], seen['/tmp'], seen['/run'], seen['/var']], [['algo'], [], ['algorist'], ['tmp']])
  assert.ok(seen['/opt/algorithm'].includes('algorithm.py'))
  assert.deepEqual(
    await errors(['open("/etc/shadow")', `os.stat(${JSON.stringify(bench.home)})`, 'os.stat("/root")']),
    [2, 2, 2],
  )
})

test('a worker can write only to its own small folders', async () => {
  const operations = ['/x', '/usr/x', '/etc/x', '/opt/algorithm/x', '/opt/bridge/x', '/dev/x', '/run/x', '/home/x'].map(
    (path) => `open("${path}", "w")`,
  )
  assert.deepEqual(
    await errors(operations),
    operations.map(() => 30),
  )
  assert.deepEqual(
    await errors(['open("/tmp/x", "w")', 'open("/home/algo/x", "w")', 'open("/dev/shm/x", "w")']),
    [0, 0, 0],
  )
  assert.deepEqual(await errors(['open("/tmp/big", "wb").write(b"x" * 2000000)', 'os.unlink("/tmp/big")']), [28, 0])
})

test('a worker has a short environment and none of the server', async () => {
  const env = await run('import os\nout = dict(os.environ)')
  assert.deepEqual(Object.keys(env).sort(), [
    'ALGORIST_ALGORITHM',
    'ALGORITHMIA_API',
    'ALGORITHMIA_API_ADDRESS',
    'FIXTURE',
    'HOME',
    'LANG',
    'PATH',
    'PWD',
    'USER',
  ])
  assert.deepEqual([env.ALGORIST_ALGORITHM, env.HOME, env.LANG], ['Thing', '/home/algo', 'C.UTF-8'])
})

test('a worker sees its own processes only, and no host path in their command lines', async () => {
  const lines: string[] = await run(`
import os
out = [open("/proc/%s/cmdline" % name).read() for name in os.listdir("/proc") if name.isdigit()]`)
  assert.ok(lines.length <= 4, String(lines.length))
  assert.ok(!lines.some((line) => line.includes(bench.home)))
})

test('a worker is nobody: fixed uid inside, no capabilities, no new namespaces, an account uid outside', async () => {
  const status: string = await run('out = open("/proc/self/status").read()')
  assert.match(status, /^Uid:\t2222\t2222\t2222\t2222$/m)
  assert.match(status, /^CapEff:\t0000000000000000$/m)
  assert.match(status, /^CapBnd:\t0000000000000000$/m)
  assert.match(status, /^NoNewPrivs:\t1$/m)
  const [unshare] = await errors(['os.unshare(os.CLONE_NEWUSER)']).catch(() => [1])
  assert.notEqual(unshare, 0)
  const map: string = await run('out = open("/proc/self/uid_map").read()')
  if (isRoot) assert.ok(Number(map.trim().split(/\s+/)[0]) === 2222, map)
})

test('limits hold: processes, open files, core size', async () => {
  const limits = await run(
    'import resource\nout = [resource.getrlimit(n)[0] for n in (resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)]',
  ).catch(() => null)
  if (limits !== null) assert.deepEqual(limits, [64, 128, 1])
  const children = await run(`
import os, signal
pids = []
try:
    for i in range(200):
        pid = os.fork()
        if pid == 0:
            signal.pause()
        pids.append(pid)
except OSError: pass
for pid in pids: os.kill(pid, 9); os.waitpid(pid, 0)
out = len(pids)`)
  assert.ok(children < 64, String(children))
})

test('a worker reaches the platform API as the running call, and nothing else of the host', async (t) => {
  const server = createServer((connection) => connection.on('error', () => {}).end('host'))
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const code = `
import os, socket
def say(port, text):
    s = socket.create_connection(("127.0.0.1", port), 2)
    s.sendall(text); s.shutdown(1)
    return s.makefile().read()
api = int(os.environ["ALGORITHMIA_API"].rsplit(":", 1)[1])
def refused(address):
    try: socket.create_connection(address, 2); return False
    except OSError: return True
out = [say(api, b"hello"), say(api, b"again"), refused(("127.0.0.1", ${port})), refused(("10.255.255.53", 53)), open("/proc/net/dev").read().count(":")]`
  const outcome = await isolated(code)
  const [first, second, host, outside, interfaces] = JSON.parse(textOf(outcome))
  assert.match(first, /^req-[0-9a-f-]{36} 5\n$/)
  assert.equal(first, second)
  assert.deepEqual([host, outside, interfaces], [true, true, 1])
  const [withInternet, , ...refused] = JSON.parse(textOf(await full(code)))
  assert.match(withInternet, /^req-[0-9a-f-]{36} 5\n$/)
  assert.deepEqual(refused, [true, true, 2])
})

test('many megabytes and parallel connections pass the relay', async () => {
  const [sizes] = await run(`
import os, socket, threading
api = int(os.environ["ALGORITHMIA_API"].rsplit(":", 1)[1])
results = []
def talk():
    s = socket.create_connection(("127.0.0.1", api), 5)
    reader = threading.Thread(target=lambda: results.append(sum(int(line.split()[1]) for line in s.makefile())))
    reader.start()
    s.sendall(b"x" * 3000000); s.shutdown(1)
    reader.join()
threads = [threading.Thread(target=talk) for _ in range(12)]
[t.start() for t in threads]; [t.join() for t in threads]
out = [results]`)
  assert.deepEqual(sizes, Array(12).fill(3_000_000))
})

test('between calls requests of a worker act as nobody', async () => {
  const later = `
import os, socket, threading, time
def work():
    time.sleep(0.3)
    s = socket.create_connection(("127.0.0.1", int(os.environ["ALGORITHMIA_API"].rsplit(":", 1)[1])), 2)
    s.sendall(b"x"); s.shutdown(1)
    open("/tmp/later", "w").write(s.makefile().read())
threading.Thread(target=work).start()
out = 0`
  await run(later)
  await new Promise((resolve) => setTimeout(resolve, 600))
  assert.equal(await run('out = open("/tmp/later").read()'), 'nobody 1\n')
})

test('a program that waits for all of its children does not wait for the relay', async () => {
  const [error] = await errors(['os.wait()'])
  assert.equal(error, 10)
})

test('inspection finds nothing wrong where the tests pass, and says what the operator gave up', async () => {
  const options = { home: bench.home, uidBase: isRoot ? UID_BASE : null, sandbox: 'bubblewrap' as const }
  const forked = { ...options, zygotes: 'environment' as const }
  const checks = await inspectSandbox(forked)
  assert.deepEqual(
    checks.filter(({ level }) => level === 'failed' || level === 'skipped'),
    [],
  )
  assert.match(checks.find(({ name }) => name === 'templates of workers')?.detail ?? '', /workers are forked/)
  const shared = await inspectSandbox({ ...options, network: { full: 'host', build: 'host' } })
  assert.deepEqual(
    shared.filter(({ level, name }) => level === 'warning' && name.startsWith('network')).map(({ name }) => name),
    ['network "full"', 'network of builds'],
  )
  const [trusted] = await inspectSandbox({ home: bench.home, uidBase: null, sandbox: 'trusted' })
  assert.equal(trusted?.level, 'failed')
})
