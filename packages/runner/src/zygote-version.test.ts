import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { buildPython, occupyTwo, openForkBench, PROGRAM, testForks } from '../test-fixtures/fork-attacks.ts'
import { type Bench, textOf } from '../test-fixtures/harness.ts'

testForks('version')

let bench: Bench
before(async () => {
  bench = await openForkBench('version')
})
after(() => bench.close())

const withLoading = (code: string) => `${code}\n${PROGRAM}`

/** Loads the code in a template and returns what two workers at once say, and what the log says of forking. */
async function load(code: string): Promise<{ said: string[]; log: string }> {
  const before = bench.log.length
  const { call } = await buildPython(bench, withLoading(code))
  const said = await occupyTwo(call)
  return { said, log: bench.log.slice(before).join('\n') }
}

test('further workers are forked from one that has loaded the version, and have its memory', async () => {
  const { call } = await buildPython(
    bench,
    'import os, time\nLOADED = os.getpid()\ndef apply(x):\n    time.sleep(1.5)\n    return [LOADED, os.getpid()]',
  )
  const first = call('')
  await new Promise((resolve) => setTimeout(resolve, 300))
  const [loaded, own] = JSON.parse(textOf(await call('')))
  const [loadedByFirst, firstOwn] = JSON.parse(textOf(await first))
  assert.equal(loadedByFirst, firstOwn)
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
  ['maps shared memory', 'import mmap\nkept = mmap.mmap(-1, 4096)', /shared memory/],
] as const

for (const [what, code, reason] of NOT_FORKED) {
  test(`code that ${what} while loading is not forked, and the log says why`, async () => {
    const { said, log } = await load(code)
    for (const status of said) assert.match(status, /^CapPrm:\t0{16}$/m)
    assert.match(log, /version is not forked/)
    assert.match(log, reason)
  })
}

test('a template that keeps the capabilities of its forks loses all of them', async () => {
  const { said, log } = await load('from algorist_zygote import kernel\nkernel.drop_capabilities = lambda: None')
  for (const status of said) assert.match(status, /^CapPrm:\t0{16}$/m)
  assert.match(log, /has kept capabilities/)
  assert.match(log, /not forked any more/)
})

test('a template cannot make namespaces by itself, nor answer for its keeper', async () => {
  const attack = `
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
made = [libc.unshare(0x10000000 | 0x20000 | 0x20000000 | 0x08000000 | 0x04000000), ctypes.get_errno()]
refused = []
for path in ("/proc/1/mem", "/proc/1/fd", "/proc/1/root/tmp/zygote"):
    try: os.listdir(path) if path[-3:] != "mem" else open(path, "rb"); refused.append(False)
    except OSError: refused.append(True)
with open("/tmp/seen", "w") as file: file.write(repr([made, refused, os.listdir("/tmp")]))
SEEN = open("/tmp/seen").read()
`
  const { call } = await buildPython(
    bench,
    `${attack}\nimport time\ndef apply(x):\n    time.sleep(1.5)\n    return [SEEN, os.path.exists("/tmp/seen")]`,
  )
  const first = call('')
  await new Promise((resolve) => setTimeout(resolve, 300))
  const [seen, isShared] = JSON.parse(textOf(await call('')))
  await first
  assert.equal(seen, "[[-1, 28], [True, True, True], ['seen']]")
  assert.equal(isShared, false)
})
