/** Attack programs against workers that are forked, the same for both kinds of templates (decision 0044). */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { NetworkAccess } from '../src/types.ts'
import { FORK_NAMESPACES } from '../src/zygote/fork-namespaces.ts'
import { type Bench, type Caller, openBench, processesWith, textOf, until } from './harness.ts'

/** Runs what it is sent and answers what that leaves in `out`. */
export const PROGRAM = 'def apply(code):\n    scope = {}\n    exec(code, scope)\n    return scope["out"]\n'
export const LANGUAGES = join(import.meta.dirname, '../../../languages')
const EPERM = 1
const ESRCH = 3
const ENOSPC = 28
const MIB = 1024 * 1024
/** Small programs share their memory as well. */
const LIMITS = { headStartMs: 0, sharedMemoryBytes: 0, worker: { tmpBytes: MIB, processes: 64, openFiles: 128 } }

export type Kind = 'environment' | 'version'

export function openForkBench(zygotes: Kind): Promise<Bench> {
  return openBench(LIMITS, { zygotes, languagesFolder: LANGUAGES })
}

/** Builds `source` as the algorithm and returns its caller and artifact. */
export async function buildPython(
  bench: Bench,
  source: string,
  network: NetworkAccess = 'isolated',
): Promise<{ call: Caller; artifact: string }> {
  const { result, log } = await bench.build({ 'src/Thing.py': source }, { language: 'python3' })
  if (result.status !== 'succeeded') throw new Error(log)
  const { artifact } = result
  return { artifact, call: bench.callerOf(artifact, { language: 'python3', network }) }
}

const SLEEP = 'import time\ntime.sleep(1.5)\nout = open("/proc/self/status").read()'

/** Has so many workers work at the same time. */
export async function occupy(call: Caller, workers: number): Promise<string[]> {
  return (await Promise.all(Array.from({ length: workers }, () => call(SLEEP)))).map(textOf)
}

/** Has two workers work, so that a template of the version is loaded, and waits until that has come to something. */
export async function loadTemplate(bench: Bench, call: Caller): Promise<string> {
  const before = bench.log.length
  await occupy(call, 2)
  const news = () => bench.log.slice(before).find((line) => /^version (can be|is not) forked/.test(line))
  await until(() => news() !== undefined, 20_000)
  return news() ?? ''
}

/** Registers the tests for forks of one kind, and with one kind of network. */
export function testForks(kind: Kind, network: NetworkAccess = 'isolated'): void {
  const isVersion = kind === 'version'
  let bench: Bench
  let call: Caller
  before(async () => {
    bench = await openForkBench(kind)
    ;({ call } = await buildPython(bench, PROGRAM, network))
    if (isVersion) assert.match(await loadTemplate(bench, call), /can be forked/)
    await endWorkers()
  })
  after(() => bench.close())

  /** All workers; templates stay. */
  async function endWorkers(): Promise<void> {
    for (let { workers } = bench.runner.stats(); workers > 0; workers = bench.runner.stats().workers) {
      const before = workers
      await call('import os\nos._exit(0)')
      await until(() => bench.runner.stats().workers < before)
    }
  }

  const run = async (code: string, caller = call) => {
    const outcome = await caller(code)
    assert.equal(outcome.kind, 'result', textOf(outcome))
    const text = textOf(outcome)
    return outcome.kind === 'result' && outcome.contentType === 'json' ? JSON.parse(text) : text
  }

  /** Error number of each expression, 0 where it worked. `libc` has system calls by name. */
  const errors = (expressions: readonly string[]): Promise<number[]> =>
    run(`
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def errno_of(operation):
    try:
        result = operation()
    except OSError as error:
        return error.errno
    return ctypes.get_errno() if result == -1 else 0
out = [${expressions.map((expression) => `errno_of(lambda: ${expression})`).join(', ')}]`)

  /** Two workers of one caller at the same time: \`first\` runs until \`second\` has answered. */
  async function beside(first: string, second: string): Promise<[unknown, unknown]> {
    const waiting = 'import time\nend = time.time() + 1.5\nwhile time.time() < end: time.sleep(0.02)\n'
    const one = run(`${first}\n${waiting}`)
    await new Promise((resolve) => setTimeout(resolve, 500))
    const other = await run(second)
    return [await one, other]
  }

  test('workers are forked: no interpreter was started for them', async () => {
    const [first, second] = await beside(
      'import os\nout = open("/proc/self/cmdline").read()',
      'import os\nout = os.getpid()',
    )
    assert.match(String(first), /zygote\.py/)
    assert.equal(typeof second, 'number')
  })

  test('a fork has no capability, none to come, no user namespace to get one in, and a system-call filter', async () => {
    const status: string = await run('out = open("/proc/self/status").read()')
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      assert.match(status, new RegExp(`^${set}:\t0{16}$`, 'm'))
    assert.match(status, /^NoNewPrivs:\t1$/m)
    assert.match(status, /^Seccomp:\t2$/m)
    const namespaces = [0x10000000, 0x20000, 0x20000000, 0x40000000, 0x08000000, 0x04000000, 0x02000000]
    assert.deepEqual(
      await errors(namespaces.map((flag) => `libc.unshare(${flag})`)),
      namespaces.map(() => EPERM),
    )
    // What the filter of a version's template lets pass, no namespace of users has room for.
    assert.deepEqual(await errors([`libc.unshare(${FORK_NAMESPACES})`]), [isVersion ? ENOSPC : EPERM])
    assert.equal(await run('out = open("/proc/sys/user/max_user_namespaces").read().strip()'), '0')
  })

  test('a fork cannot write outside of its folders, nor change what is mounted', async () => {
    const paths = [
      '/x',
      '/usr/x',
      '/etc/x',
      '/opt/algorithm/x',
      '/opt/bridge/x',
      '/opt/bridge/zygote.py',
      '/dev/x',
      '/home/x',
    ]
    const refused = await errors(paths.map((path) => `open("${path}", "w")`))
    assert.deepEqual(
      refused.map((error) => error === 30 || error === 13),
      paths.map(() => true),
      String(refused),
    )
    const mounts = [
      'libc.mount(b"x", b"/tmp", b"tmpfs", 0, None)',
      'libc.mount(None, b"/opt/algorithm", None, 32 | 4096, None)',
      'libc.umount2(b"/tmp", 2)',
      'libc.umount2(b"/proc", 2)',
      'libc.pivot_root(b"/tmp", b"/tmp")',
      'libc.chroot(b"/tmp")',
      '(lambda fd: (libc.setns(fd, 0), os.close(fd))[0])(os.open("/proc/self/ns/mnt", os.O_RDONLY))',
    ]
    assert.ok((await errors(mounts)).every((error) => error !== 0))
    assert.deepEqual(await errors(['open("/tmp/big", "wb").write(b"x" * 2000000)', 'os.unlink("/tmp/big")']), [28, 0])
  })

  test('nothing of the template can be reached from a fork: its folders, sockets, descriptors, processes', async () => {
    assert.deepEqual(
      await run('import os\nout = [os.listdir("/tmp"), sorted(os.listdir("/opt")), os.listdir("/proc/self/root/tmp")]'),
      [[], ['algorithm', 'bridge'], []],
    )
    const open: string[] = await run(`
import os
out = []
for fd in os.listdir("/proc/self/fd"):
    try: out.append(os.readlink("/proc/self/fd/" + fd).split(":")[0])
    except OSError: pass`)
    // Pipes that had a name once; there is nothing behind it any more.
    assert.match(
      open.sort().join(' '),
      /^\/dev\/null \/tmp\/zygote\/\d+\/stderr \(deleted\) \/tmp\/zygote\/\d+\/stdout \(deleted\) socket$/,
    )
    const processes: string[] = await run(
      'import os\nout = sorted(name for name in os.listdir("/proc") if name.isdigit())',
    )
    assert.equal(processes.length, 2)
    // The first process of a version's fork has the same memory as the fork: reaching it gains nothing.
    if (isVersion) return
    const reaching = [
      'open("/proc/1/mem", "rb")',
      'os.listdir("/proc/1/fd")',
      'os.readlink("/proc/1/root")',
      'libc.ptrace(16, 1, 0, 0)',
    ]
    assert.ok((await errors(reaching)).every((error) => error !== 0))
  })

  test('a fork cannot signal or see a fork beside it, even by every number there is', async () => {
    const [survived, found] = await beside(
      'out = "survived"',
      `
import os
def exists(pid):
    try: os.kill(pid, 0)
    except ProcessLookupError: return False
    return True
mine = {1, os.getpid()}
out = [pid for pid in range(2, 5000) if pid not in mine and exists(pid)]
try: os.kill(-1, 9)
except OSError: pass`,
    ).catch((error: Error) => [error.message, null])
    assert.equal(survived, 'survived')
    // It may end itself that way; if it answered, it found nobody.
    if (found !== null) assert.deepEqual(found, [])
    assert.deepEqual(await errors(['os.kill(4999, 0)']), [ESRCH])
  })

  test('folders, shared memory and queues of forks are their own, and loopbacks except within one version', async () => {
    const leave = `
import ctypes, os, socket
libc = ctypes.CDLL(None)
for name in ("/tmp/left", "/dev/shm/left", "/home/algo/left"): open(name, "w").write("left")
libc.shmget(4711, 4096, 0o1666)
s = socket.socket(socket.AF_UNIX); s.bind("\\0left"); s.listen()
t = socket.create_server(("127.0.0.1", 5000))
out = "left"`
    const look = `
import ctypes, os, socket
libc = ctypes.CDLL(None)
out = [os.path.exists(name) for name in ("/tmp/left", "/dev/shm/left", "/home/algo/left")]
out.append(libc.shmget(4711, 0, 0) != -1)
for family, address in ((socket.AF_UNIX, "\\0left"), (socket.AF_INET, ("127.0.0.1", 5000))):
    try: socket.socket(family).connect(address); out.append(True)
    except OSError: out.append(False)`
    const [, seen] = await beside(leave, look)
    assert.deepEqual(seen, [false, false, false, false, isVersion, isVersion])
  })

  test("what one account's code leaves in its fork reaches no later fork: hooks, modules, shared memory", async () => {
    await run(`
import builtins, os, sys
os.register_at_fork(before=lambda: None, after_in_child=lambda: setattr(builtins, "LEFT", 1))
sys.modules["left"] = sys
builtins.LEFT = bytearray(b"left")
out = 1`)
    await endWorkers()
    assert.deepEqual(await run('import builtins, sys\nout = [hasattr(builtins, "LEFT"), "left" in sys.modules]'), [
      false,
      false,
    ])
  })

  test('forks do not share randomness', async () => {
    const draw =
      'import os, random, ssl, uuid\nout = [random.random(), ssl.RAND_bytes(8).hex(), str(uuid.uuid4()), os.getpid()]'
    const [first, second] = (await beside(draw, draw)) as [unknown[], unknown[]]
    for (const [index, value] of first.entries()) assert.notEqual(value, second[index])
  })

  test('what a fork started ends with it, and its end is told as bubblewrap would', async () => {
    const outcome = await call(
      'import os, subprocess\nsubprocess.Popen(["sleep", "71234.5"], start_new_session=True)\nos._exit(7)',
    )
    assert.match(textOf(outcome), /exited with code 7/)
    await until(() => processesWith('sleep 71234.5').length === 0)
    assert.match(textOf(await call('import os\nos.kill(os.getpid(), 9)')), /SIGKILL/)
    assert.match(textOf(await call('import os\nos.kill(1, 9)\nos.abort()')), /SIGABRT/)
    const late = await call('import time\ntime.sleep(60)', { timeLeftMs: 1000 })
    assert.equal(late.kind, 'error')
    assert.equal(await run('out = "next"'), 'next')
  })

  test('a fork acts as its running call at the platform API, and its children wait for nobody else', async () => {
    const talk = `
import os, socket
s = socket.create_connection(("127.0.0.1", int(os.environ["ALGORITHMIA_API"].rsplit(":", 1)[1])), 5)
s.sendall(b"x" * 300000); s.shutdown(1)
out = s.makefile().read()`
    const outcome = await call(talk, { requestId: 'req-mine' })
    assert.match(textOf(outcome), /req-mine/)
    assert.deepEqual(await errors(['os.wait()']), [10])
  })
}
