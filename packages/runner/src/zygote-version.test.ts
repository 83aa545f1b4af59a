import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { buildPython, loadTemplate, openForkBench, PROGRAM, testForks } from '../test-fixtures/fork-attacks.ts'
import { type Bench, type Caller, textOf, until } from '../test-fixtures/harness.ts'
import { FORK_NAMESPACES } from './zygote/fork-namespaces.ts'
import { childrenOf } from './zygote/host-pids.ts'

testForks('version')

let bench: Bench
before(async () => {
  bench = await openForkBench('version')
})
after(() => bench.close())

const withLoading = (code: string) => `${code}\n${PROGRAM}`

/** Loads the code in a template; returns what came of it, and a caller, which has forks alone where there are any. */
async function load(code: string): Promise<{ call: Caller; news: string }> {
  const { call } = await buildPython(bench, withLoading(code))
  const news = await loadTemplate(bench, call)
  // On a slow machine one of the two that have loaded the version themselves would take a call that is meant for a fork.
  if (news.includes('can be forked')) for (let loaded = 0; loaded < 2; loaded++) await call('import os\nos._exit(0)')
  return { call, news }
}

test('further workers are forked from one that has loaded the version, and have its memory', async () => {
  const { call, news } = await load('import os\nLOADED = os.getpid()')
  assert.match(news, /can be forked/)
  const ask = 'import os, sys\nout = [sys.modules["src.Thing"].LOADED, os.getpid()]'
  const [loaded, own] = JSON.parse(textOf(await call(ask)))
  assert.notEqual(loaded, own)
})

const NOT_FORKED = [
  [
    'starts a thread',
    'import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()',
    /threads/,
  ],
  ['starts a process', 'import subprocess\nchild = subprocess.Popen(["sleep", "60"])', /processes/],
  ['opens a connection', 'import socket\nkept = socket.create_server(("127.0.0.1", 4000))', /connections/],
  ['keeps a file of its own open', 'kept = open("/opt/algorithm/src/Thing.py")', /file open/],
  ['leaves a file', 'open("/tmp/kept", "w").close()', /written files.*\/tmp\/kept/],
  ['makes an id', 'import uuid\nID = uuid.uuid4()', /random values.*src\/Thing\.py line 2/],
  ['makes a generator', 'import random\nGENERATOR = random.Random()', /random values.*src\/Thing\.py line 2/],
  ['shuffles', 'import random\nORDER = random.sample(range(9), 9)', /random values/],
  [
    'maps shared memory',
    'import ctypes, mmap, os\nfd = os.open("/tmp/kept", os.O_RDWR | os.O_CREAT)\nos.ftruncate(fd, 4096)\n' +
      'libc = ctypes.CDLL(None)\nlibc.mmap.restype = ctypes.c_void_p\nkept = libc.mmap(None, 4096, 3, 1, fd, 0)\nos.close(fd)\nos.unlink("/tmp/kept")',
    /shared memory/,
  ],
] as const

for (const [what, code, reason] of NOT_FORKED) {
  test(`code that ${what} while loading is not forked, and the log says why`, async () => {
    const { news } = await load(code)
    assert.match(news, /is not forked/)
    assert.match(news, reason)
  })
}

test('what is random in every worker alike, since it was given a seed, is the same in forks', async () => {
  const { call, news } = await load('import random\nGENERATOR = random.Random(7)')
  assert.match(news, /can be forked/)
  assert.equal(textOf(await call('import sys\nout = sys.modules["src.Thing"].GENERATOR.randrange(1000)')), '331')
})

/** A client of the platform that was made while loading, with a connection that it has kept: it ends before there are forks. */
const CLIENT = `
import os, socket
ADDRESS = ("127.0.0.1", int(os.environ["ALGORITHMIA_API"].rsplit(":", 1)[1]))
def ask(body=b"x"):
    with socket.create_connection(ADDRESS, 5) as connection:
        connection.sendall(body)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile().read()
LOADED_FOR = ask()
KEPT = socket.create_connection(ADDRESS, 5)
KEPT.sendall(b"x")`

test('a client that was made while loading acts in each fork as its call, also beside another', async () => {
  const { call, news } = await load(CLIENT)
  assert.match(news, /can be forked/)
  const ask = `
import sys, time
time.sleep(1)
thing = sys.modules["src.Thing"]
kept = thing.KEPT.makefile().read()
out = [thing.ask(), thing.ask(b"x" * 300000)]`
  const names = ['one', 'two', 'three']
  const outcomes = await Promise.all(names.map((name) => call(ask, { requestId: `req-${name}` })))
  for (const [index, outcome] of outcomes.entries()) {
    for (const answer of JSON.parse(textOf(outcome))) assert.match(answer, new RegExp(`req-${names[index]}\\b`))
  }
})

const CONNECTIONS = [
  [
    'that comes from another address is nobody’s',
    `
mine = socket.socket()
mine.bind(("127.0.0.2", 0))
mine.connect(address)
mine.sendall(b"x"); mine.shutdown(1)
out = mine.makefile().read()`,
  ],
  [
    'has nothing of one that was reset before on its port',
    `
from struct import pack
first = socket.socket()
first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack("ii", 1, 0))
first.connect(address)
port = first.getsockname()[1]
first.sendall(b"x" * 1000); first.close()
second = socket.socket()
second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
second.bind(("127.0.0.1", port))
second.connect(address)
second.sendall(b"x"); second.shutdown(1)
out = "nothing of the first" if second.makefile().read().endswith(" 1\\n") else "more"`,
  ],
] as const

for (const [what, code] of CONNECTIONS) {
  test(`a connection ${what}`, async () => {
    const { call, news } = await load('')
    assert.match(news, /can be forked/)
    const address = 'import os, socket\naddress = ("127.0.0.1", int(os.environ["ALGORITHMIA_API"].rsplit(":", 1)[1]))'
    const said = textOf(await call(address + code))
    assert.match(said, /^(|nothing of the first|error: .*(reset by peer|Broken pipe|not connected))$/)
  })
}

test('a connection that two forks hold is nobody’s', async () => {
  const { call, news } = await load('')
  assert.match(news, /can be forked/)
  // They can find each other: they share a loopback and the names of sockets that are no files.
  const give = `
import array, os, socket, time
address = ("127.0.0.1", int(os.environ["ALGORITHMIA_API"].rsplit(":", 1)[1]))
meeting = socket.socket(socket.AF_UNIX)
meeting.bind("\\0meeting"); meeting.listen()
other, _ = meeting.accept()
mine = socket.socket()
mine.bind(("127.0.0.1", 0))
socket.send_fds(other, [b"x"], [mine.fileno()])
other.recv(1)
mine.connect(address)
mine.sendall(b"x"); mine.shutdown(1)
out = mine.makefile().read()`
  const take = `
import socket, time
time.sleep(0.5)
other = socket.socket(socket.AF_UNIX); other.connect("\\0meeting")
_, fds, _, _ = socket.recv_fds(other, 1, 1)
other.send(b"x")
time.sleep(2)
out = "held"`
  const [given, held] = await Promise.all([call(give, { requestId: 'req-give' }), call(take)])
  assert.equal(textOf(held), 'held')
  assert.doesNotMatch(textOf(given), /req-give/)
})

const STATUS = 'out = open("/proc/self/status").read()'

test('a template that keeps the capabilities of its forks loses all of them', async () => {
  const { call } = await load('from algorist_zygote import kernel\nkernel.drop_capabilities = lambda: None')
  assert.match(textOf(await call(STATUS)), /^CapPrm:\t0{16}$/m)
  await until(() => bench.log.some((line) => line.startsWith('version is not forked any more')), 20_000)
  assert.match(bench.log.join('\n'), /has kept capabilities/)
})

/**
 * Host numbers of this program's processes that wait to become workers: a version's forks are three process namespaces down,
 * and the first process of theirs is not the worker.
 */
function waitingForks(below = process.pid): number[] {
  const mayWork = (pid: number) => /^NSpid:(?:\t\d+){3}\t(?!1$)\d+$/m.test(statusOf(pid))
  return childrenOf(below).flatMap((child) => [...(mayWork(child) ? [child] : []), ...waitingForks(child)])
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1')
  } catch {
    return '' // it has ended
  }
}

test('forks that are killed while they wait are given no call, and say nothing of how they are made', async () => {
  const { call, news } = await load('')
  assert.match(news, /can be forked/)
  const here = async () => textOf(await call('out = "here"'))
  assert.equal(await here(), 'here')
  await until(() => waitingForks().length > 1, 20_000)
  for (const pid of waitingForks()) process.kill(pid, 'SIGKILL')
  // Until it is known that they have ended, a call may still be lost with one of them.
  let said = await here()
  for (let tries = 0; said !== 'here' && tries < 20; tries++) {
    assert.match(said, /^error: exited with code -99 \(SIGKILL\)[^\n]*$/)
    await new Promise((resolve) => setTimeout(resolve, 100))
    said = await here()
  }
  assert.equal(said, 'here')
})

test('a template that does not fork when asked to keeps nobody from a worker', async () => {
  const cannot = 'import algorist_zygote.line as line, time\nline._start = lambda channel: time.sleep(60)'
  const { call, news } = await load(cannot)
  assert.match(news, /can be forked/)
  assert.match(textOf(await call(STATUS)), /^CapPrm:\t0{16}$/m)
})

test('a template cannot make namespaces by itself, nor reach its keeper, and its forks do not see its files', async () => {
  const { call, news } = await load(`
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
made = [libc.unshare(${FORK_NAMESPACES}), ctypes.get_errno()]
refused = []
for path in ("/proc/1/mem", "/proc/1/fd", "/proc/1/root/tmp/zygote"):
    try:
        os.close(os.open(path, os.O_RDONLY))
        refused.append(path)
    except OSError:
        pass
SEEN = [made, refused, os.listdir("/tmp")]`)
  assert.match(news, /can be forked/)
  const ask = 'import os, sys\nout = [sys.modules["src.Thing"].SEEN, os.listdir("/tmp")]'
  const [[made, refused, files], own] = JSON.parse(textOf(await call(ask)))
  assert.equal(made[0], -1)
  assert.deepEqual([refused, files, own], [[], [], []])
})
