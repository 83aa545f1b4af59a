import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { buildPython, loadTemplate, occupy, openForkBench, PROGRAM, testForks } from '../test-fixtures/fork-attacks.ts'
import { type Bench, type Caller, textOf, until } from '../test-fixtures/harness.ts'
import { FORK_NAMESPACES } from './zygote/fork-namespaces.ts'

testForks('version')

let bench: Bench
before(async () => {
  bench = await openForkBench('version')
})
after(() => bench.close())

const withLoading = (code: string) => `${code}\n${PROGRAM}`

/** Loads the code in a template; returns what came of it, and a caller. */
async function load(code: string): Promise<{ call: Caller; news: string }> {
  const { call } = await buildPython(bench, withLoading(code))
  return { call, news: await loadTemplate(bench, call) }
}

/** Another worker beside the two that are there. */
async function third(call: Caller, code: string): Promise<string> {
  const others = occupy(call, 2)
  await new Promise((resolve) => setTimeout(resolve, 300))
  const said = textOf(await call(code))
  await others
  return said
}

test('further workers are forked from one that has loaded the version, and have its memory', async () => {
  const { call, news } = await load('import os\nLOADED = os.getpid()')
  assert.match(news, /can be forked/)
  const ask = 'import os, sys\nout = [sys.modules["src.Thing"].LOADED, os.getpid()]'
  const [loaded, own] = JSON.parse(await third(call, ask))
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
  ['keeps a file open', 'kept = open("/tmp/kept", "w")', /file open/],
  [
    'maps shared memory',
    'import ctypes, mmap, os\nfd = os.open("/tmp/kept", os.O_RDWR | os.O_CREAT)\nos.ftruncate(fd, 4096)\n' +
      'libc = ctypes.CDLL(None)\nlibc.mmap.restype = ctypes.c_void_p\nkept = libc.mmap(None, 4096, 3, 1, fd, 0)\nos.close(fd)',
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

const STATUS = 'out = open("/proc/self/status").read()'

test('a template that keeps the capabilities of its forks loses all of them', async () => {
  const { call } = await load('from algorist_zygote import kernel\nkernel.drop_capabilities = lambda: None')
  assert.match(await third(call, STATUS), /^CapPrm:\t0{16}$/m)
  await until(() => bench.log.some((line) => line.startsWith('version is not forked any more')), 20_000)
  assert.match(bench.log.join('\n'), /has kept capabilities/)
})

test('a template that does not fork when asked to keeps nobody from a worker', async () => {
  const cannot = 'import algorist_zygote.line as line, time\nline._start = lambda channel: time.sleep(60)'
  const { call, news } = await load(cannot)
  assert.match(news, /can be forked/)
  assert.match(await third(call, STATUS), /^CapPrm:\t0{16}$/m)
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
open("/tmp/seen", "w").close()
SEEN = [made, refused, os.listdir("/tmp")]`)
  assert.match(news, /can be forked/)
  const ask = 'import os, sys\nout = [sys.modules["src.Thing"].SEEN, os.listdir("/tmp")]'
  const [[made, refused, files], own] = JSON.parse(await third(call, ask))
  assert.equal(made[0], -1)
  assert.deepEqual([refused, files, own], [[], ['seen'], []])
})
