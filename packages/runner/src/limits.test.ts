import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type Bench, type Caller, openBench, processesWith, textOf, until } from '../test-fixtures/harness.ts'
import { resolveLimits, workerLimits } from './limits.ts'
import { chooseGroups } from './sandbox/groups/choose.ts'
import type { CallOutcome } from './types.ts'

const MIB = 1024 * 1024
const OUT_OF_MEMORY = 'Failed to run algorithm - may have timed-out or hit out-of-memory error'

/** Runs what it is sent and answers what that leaves in `out`. Bombs stop by themselves at 1 GiB, should nothing stop them. */
const PROGRAM = `
import json, os, sys, time, signal
CAP = 1 << 30
def hold(bytes_each, rounds):
    kept = []
    for i in range(rounds):
        kept.append(bytearray(os.urandom(1)) * bytes_each)
        time.sleep(0.03)
    return kept
def apply(body, kind):
    scope = dict(globals())
    exec(body.decode(), scope)
    return "j", json.dumps(scope.get("out")).encode()`

const MEMORY_BOMBS = {
  'memory of its own': 'hold(8 << 20, 128)',
  'memory of all its processes together': `
for i in range(16):
    if os.fork() == 0:
        kept = hold(4 << 20, 10)
        signal.pause()
time.sleep(30)`,
  'files in /tmp, /dev/shm and the home folder': `
for i in range(1024):
    for folder in ("/tmp", "/dev/shm", "/home/algo"):
        try: open("%s/%d" % (folder, i), "wb").write(b"x" * (1 << 20))
        except OSError: pass
time.sleep(30)`,
  'files without content': `
made = 0
try:
    while made < 1000000:
        open("/tmp/%d" % made, "w").close(); made += 1
except OSError: pass
time.sleep(30)`,
  'shared files of no folder': `
kept = []
for i in range(128):
    kept.append(os.memfd_create("x"))
    os.write(kept[-1], b"x" * (8 << 20))
    time.sleep(0.01)
time.sleep(30)`,
  'shared memory of no file': `
import mmap
kept = []
for i in range(128):
    m = mmap.mmap(-1, 8 << 20); m.write(b"x" * (8 << 20)); kept.append(m)
    time.sleep(0.01)
time.sleep(30)`,
  'a child, while it waits for it': `
if os.fork() == 0:
    kept = hold(8 << 20, 128)
    os._exit(0)
os.wait()
time.sleep(30)`,
}

const best = await bestKind()

for (const kind of new Set([best, 'watch' as const])) {
  suite(`limits held by ${kind}`, () => {
    let bench: Bench
    let run: Caller
    let neighbour: Caller
    before(async () => {
      const worker = { memoryBytes: 192 * MIB, processes: 40, openFiles: 64, cpus: 1, tmpBytes: 128 * MIB }
      const build = { memoryBytes: 192 * MIB, diskBytes: 64 * MIB, diskFiles: 5000, artifactFiles: 1000, processes: 40 }
      bench = await openBench({ worker, build }, { groups: kind })
      run = await bench.algorithm(PROGRAM)
      neighbour = await bench.algorithm('def apply(body, kind): return kind, body')
      await neighbour('warm')
    })
    after(() => bench.close())

    for (const [what, bomb] of Object.entries(MEMORY_BOMBS)) {
      test(`a worker that needs more than its memory, ${what}, is ended and told so, and no other is harmed`, async () => {
        const before = bench.runner.stats().contained.memory
        const beside = setInterval(() => void neighbour('x').then((outcome) => seen.push(textOf(outcome))), 20)
        const seen: string[] = []
        const outcome = await run(bomb, { timeLeftMs: 60_000 })
        clearInterval(beside)
        // Where memory is only watched, calls that hide it are refused.
        if (kind === 'watch' && what.startsWith('shared')) {
          assert.match(textOf(outcome), /^error: .*(Operation not permitted|Function not implemented)/)
          return
        }
        assertOutOfMemory(outcome)
        assert.equal(bench.runner.stats().contained.memory, before + 1)
        assert.ok(
          bench.log.some((line) => line.startsWith('contained {"cause":"memory","callerId":"caller","owner":"owner"')),
        )
        assert.ok(seen.length > 0 && seen.every((text) => text === 'x'), seen.join())
        assert.equal(textOf(await run('out = 1')), '1')
      })
    }

    test('an algorithm that needs too much memory to load says so', async () => {
      const source =
        'kept = [bytearray(b"x") * (8 << 20) for i in range(100)]\ndef apply(body, kind): return kind, body'
      const outcome = await (await bench.algorithm(source))('')
      assert.ok(outcome.kind === 'error')
      const { message, errorType } = outcome
      // Where it is only watched, the process itself may notice first.
      if (errorType === 'MemoryError') return
      assert.equal(errorType, 'LoadingError')
      if (!/MemoryError/.test(message)) assert.match(message, /used more than 192 MiB of memory while it was loading/)
    })

    test('an algorithm can have less than the operator allows', async () => {
      const small = await bench.algorithm(PROGRAM, { limits: { memoryBytes: 64 * MIB } })
      assertOutOfMemory(await small('kept = hold(4 << 20, 25)\ntime.sleep(3)'))
      assert.equal(textOf(await run('kept = hold(4 << 20, 25)\nout = 1')), '1')
    })

    test('processes are counted for each worker alone, and a fork bomb ends with its call', async () => {
      const bomb = `
made = 0
try:
    while made < 200:
        if os.fork() == 0: signal.pause()
        made += 1
except OSError: pass
out = made`
      const [one, other] = await Promise.all([run(bomb), run(bomb, { accountId: 'other', hostUid: 3 })])
      for (const outcome of [one, other])
        assert.ok(Number(textOf(outcome)) > 20 && Number(textOf(outcome)) < 40, textOf(outcome))
      assert.equal(textOf(await neighbour('x')), 'x')
      const tree = 'while True:\n    try: os.fork()\n    except OSError: pass'
      const outcome = await run(tree, { timeLeftMs: 1500 })
      assert.ok(outcome.kind === 'error' && outcome.errorType === 'TimeoutError', textOf(outcome))
      assert.ok(bench.runner.stats().contained.time > 0)
      assert.equal(textOf(await run('out = 1')), '1')
    })

    test('open files are bounded', async () => {
      const count = `
kept = []
try:
    while True: kept.append(open("/dev/null"))
except OSError as error: out = [len(kept), error.errno]`
      const [opened, errno] = JSON.parse(textOf(await run(count)))
      assert.ok(opened < 64 && errno === 24, `${opened} ${errno}`)
    })

    test('two workers that want all processors get their share each', {
      skip: kind === 'watch' && 'a watch cannot hold processor time',
    }, async () => {
      const hog = `
import threading
end = time.monotonic() + 2
used = time.process_time()
while time.monotonic() < end: pass
out = (time.process_time() - used) / 2`
      const slow = await bench.algorithm(PROGRAM, { limits: { cpus: 0.3 } })
      const shares = await Promise.all([slow(hog), slow(hog, { accountId: 'other', hostUid: 3 })])
      for (const share of shares) assert.ok(Number(textOf(share)) < 0.45, textOf(share))
    })

    const builds: Record<string, { script: string; reason: RegExp; cause: 'memory' | 'disk' }> = {
      memory: {
        script: `exec /usr/bin/python3 -c 'import time; k=[bytearray(b"x")*(8<<20) for i in range(128) if not time.sleep(0.02)]; time.sleep(30)'`,
        reason: /^The build used more than 192 MiB of memory\.$/,
        cause: 'memory',
      },
      'disk space': {
        script:
          'i=0; while [ $i -lt 600 ]; do head -c 1048576 /dev/zero > $HOME/$i; i=$((i+1)); sleep 0.01; done; sleep 30',
        reason: /^The build used more than 64 MiB of disk space\.$/,
        cause: 'disk',
      },
      'disk space of a deleted file': {
        script: `exec /usr/bin/python3 -c 'import os,time; f=open("x","wb"); os.unlink("x"); [(f.write(b"x"*(1<<20)),time.sleep(0.01)) for i in range(400)]; time.sleep(30)'`,
        reason: /^The build used more than 64 MiB of disk space\.$/,
        cause: 'disk',
      },
      files: {
        script: `exec /usr/bin/python3 -c 'import time; [open("/tmp/%d" % i,"w").close() for i in range(20000)]; time.sleep(30)'`,
        reason: /^The build made more than 5000 files\.$/,
        cause: 'disk',
      },
    }
    for (const [what, { script, reason, cause }] of Object.entries(builds)) {
      test(`a build with too much ${what} ends with the reason`, async () => {
        const before = bench.runner.stats().contained[cause]
        const { result, log } = await bench.build({ 'build.sh': script })
        assert.ok(result.status === 'failed', log)
        assert.match(result.reason, reason, log)
        assert.ok(log.endsWith(`Build failed: ${result.reason}\n`))
        assert.equal(bench.runner.stats().contained[cause], before + 1)
        assert.equal(textOf(await neighbour('x')), 'x')
      })
    }

    test('an artifact of too many files is refused', async () => {
      const { result } = await bench.build({ 'build.sh': 'i=0; while [ $i -lt 1100 ]; do : > f$i; i=$((i+1)); done' })
      assert.ok(result.status === 'failed')
      assert.match(result.reason, /^The build leaves \d+ files and folders, more than the limit of 1000\.$/)
    })

    test('floods of output neither stop the server nor are kept', async () => {
      const flooding = bench.build({ 'build.sh': 'timeout 1 yes flood; exit 3' })
      const answered = await run(
        'b = b"x" * 65536\nend = time.monotonic() + 1\nwhile time.monotonic() < end: os.write(1, b)\nout = 1',
        { wantsStdout: true },
      )
      assert.ok(answered.kind === 'result' && (answered.stdout ?? '').length < 2 * MIB)
      const { log } = await flooding
      assert.ok(log.length < 6 * MIB)
    })

    test('a build whose processes refuse to end leaves none', async () => {
      const { result } = await bench.build({
        'build.sh': 'i=0; while [ $i -lt 100 ]; do sleep 4719 & i=$((i+1)); done; exit 0',
      })
      assert.ok(result.status === 'succeeded' || result.status === 'failed')
      await until(() => processesWith('sleep 4719').length === 0)
    })
  })
}

test('limits of an algorithm count as far as they are below those of the operator', () => {
  const { worker } = resolveLimits({ worker: { memoryBytes: 1000, cpus: 2 } })
  const own = workerLimits(worker, { memoryBytes: 5000, cpus: 0.5, processes: Number.NaN })
  assert.deepEqual([own.memoryBytes, own.cpus, own.processes], [1000, 0.5, worker.processes])
})

async function bestKind() {
  const groups = await chooseGroups()
  await groups.close()
  return groups.kind
}

function assertOutOfMemory(outcome: CallOutcome): void {
  assert.ok(outcome.kind === 'error', textOf(outcome))
  assert.deepEqual(
    [outcome.message, outcome.errorType, outcome.stacktrace],
    [OUT_OF_MEMORY, 'OutOfMemoryError', undefined],
  )
}
