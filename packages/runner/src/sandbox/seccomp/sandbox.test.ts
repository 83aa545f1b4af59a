import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { isRoot, openBench, textOf, UID_BASE } from '../../../test-fixtures/harness.ts'
import { runSandboxed } from '../../../test-fixtures/sandboxed.ts'
import { numbersOf } from './compile.ts'
import { sandboxPolicy } from './policy.ts'

const uid = isRoot ? UID_BASE : null
const architecture = process.arch === 'x64' ? 'x86_64' : 'aarch64'
const numbers = numbersOf(architecture)
/** A copy, since other uids cannot enter every folder that a checkout may be in. */
const folder = mkdtempSync(join(tmpdir(), 'make-calls-'))
const PROGRAM = join(folder, 'make-calls.py')
chmodSync(folder, 0o755)
copyFileSync(join(import.meta.dirname, '../../../test-fixtures/make-calls.py'), PROGRAM)
chmodSync(PROGRAM, 0o644)
after(() => rmSync(folder, { recursive: true, force: true }))

type Made = readonly [name: string, number: number, args: readonly number[]]

/** Makes the calls in a sandbox; how each ended. */
async function make(calls: readonly Made[], hasMemoryGroup = true): Promise<(number | string)[]> {
  const command = ['/usr/bin/python3', '-I', '-S', '/opt/make-calls.py', JSON.stringify(calls)]
  const binds = [{ source: PROGRAM, target: '/opt/make-calls.py' }]
  const { stdout, stderr } = await runSandboxed({ command, binds, hasMemoryGroup, uid })
  assert.notEqual(stdout, '', stderr)
  return JSON.parse(stdout)
}

const call = (name: string, ...args: number[]): Made => [name, numbers.get(name) ?? -1, args]

test('every refused call is not permitted, in a real sandbox', async () => {
  const { calls } = sandboxPolicy({ hasMemoryGroup: true })
  const refused = [...calls].filter(
    ([name, verdict]) => numbers.has(name) && typeof verdict === 'object' && 'errno' in verdict,
  )
  const outcomes = await make(refused.map(([name]) => call(name)))
  const expected = refused.map(([, verdict]) =>
    typeof verdict === 'object' && 'errno' in verdict ? verdict.errno : null,
  )
  assert.ok(refused.length > 50)
  assert.deepEqual(outcomes, expected)
})

test('calls of attackers, 32-bit calls and x32 calls kill their process', async () => {
  const { calls } = sandboxPolicy({ hasMemoryGroup: true })
  const killing = [...calls]
    .filter(([name, verdict]) => numbers.has(name) && verdict === 'kill')
    .map(([name]) => call(name))
  const foreign: Made[] =
    architecture === 'x86_64'
      ? [
          ['int80', 20, []],
          ['x32', 0x4000_0027, []],
        ]
      : []
  const outcomes = await make([...killing, ...foreign])
  assert.ok(outcomes.length >= 10)
  assert.deepEqual(new Set(outcomes), new Set(['SIGSYS']))
})

test('arguments decide, whatever stands above the bits that count', async () => {
  const above = 2 ** 40
  const cases: [Made, number | string][] = [
    [call('getppid'), 0],
    [['unknown', 1023, []], 38],
    [call('clone3'), 38],
    [call('seccomp', 2), 38],
    [call('unshare', 0x1000_0000), 1],
    [call('unshare', 0x200), 0],
    [call('unshare', above + 0x2_0000), 1],
    [call('clone', 0x1000_0011), 1],
    [call('setns', 0, 0), 1],
    [call('socket', 1, 1, 0), 0],
    [call('socket', 2, 2, 0), 0],
    [call('socket', 10, 1, 6), 0],
    [call('socket', 16, 3, 0), 0],
    [call('socket', 16, 3, 12), 93],
    [call('socket', 2, 3, 1), 1],
    [call('socket', above + 2, above + 3, 1), 1],
    [call('socket', 17, 3, 0), 97],
    [call('socket', 38, 5, 0), 97],
    [call('socket', 2, 1, 132), 93],
    [call('ioctl', 0, 0x5412), 1],
    [call('ioctl', 0, above + 0x5412), 1],
    [call('personality', 0xffff_ffff), 0],
    [call('personality', 0x4_0000), 1],
    [call('prctl', 22, 2), 22],
    [call('prctl', 15, 0), 14],
    [call('mknodat', -100, 0, 0x21b6), 1],
    [call('sync'), 0],
    [call('memfd_create', 0), 14],
  ]
  const outcomes = await make(cases.map(([made]) => made))
  assert.deepEqual(
    cases.map(([[name, , args]], index) => [name, args, outcomes[index]]),
    cases.map(([[name, , args], expected]) => [name, args, expected]),
  )
})

test('where memory is only watched, memory that no process shows cannot be had', async () => {
  const shared = call('mmap', 0, 4096, 3, 0x21, -1)
  const calls = [shared, call('mmap', 0, 4096, 3, 0x22, -1), call('shmget', 0, 4096, 0o1600), call('memfd_create', 0)]
  assert.deepEqual(await make(calls), [0, 0, 0, 14])
  assert.deepEqual(await make(calls, false), [1, 0, 38, 38])
})

/** Prints what a shell finds; each line is one finding. */
async function look(script: string): Promise<string[]> {
  const { stdout } = await runSandboxed({ command: ['/bin/sh', '-c', script], uid })
  return stdout.trim().split('\n')
}

test('no descriptor but the standard ones is open in a command that was given none', async () => {
  const code = `
import os
for fd in os.listdir("/proc/self/fd"):
    try: print(fd, os.readlink("/proc/self/fd/" + fd))
    except OSError: pass`
  const { stdout } = await runSandboxed({ command: ['/usr/bin/python3', '-I', '-S', '-c', code], uid })
  const found = stdout.trim().split('\n').sort()
  assert.deepEqual(
    found.map((line) => line.replace(/\/\S*\/(std\w+) \(deleted\)$/, '$1')),
    ['0 /dev/null', '1 stdout', '2 stderr'],
  )
})

test('the filter is on for the command and for the process above it, and the host name is made up', async () => {
  assert.deepEqual(await look('grep -h ^Seccomp: /proc/self/status /proc/1/status; cat /proc/sys/kernel/hostname'), [
    'Seccomp:\t2',
    'Seccomp:\t2',
    'algorist',
  ])
})

test('workers and builds run under the filter', async () => {
  const bench = await openBench()
  try {
    const { log } = await bench.build({ 'build.sh': 'grep ^Seccomp: /proc/self/status', 'algorithm.py': '' })
    assert.match(log, /^Seccomp:\t2$/m)
    const worker = await bench.algorithm('def apply(body, kind): return "b", open("/proc/self/status", "rb").read()')
    assert.match(textOf(await worker('')), /^Seccomp:\t2$/m)
  } finally {
    await bench.close()
  }
})

test('/dev has harmless devices only, /sys is not there', async () => {
  assert.deepEqual(await look('ls /dev; ls -d /sys 2>/dev/null || echo none'), [
    ...['core', 'fd', 'full', 'null', 'ptmx', 'pts', 'random', 'shm', 'stderr', 'stdin', 'stdout', 'tty', 'urandom'],
    ...['zero', 'none'],
  ])
})

test('nothing in /proc can be written, and nothing about the host as a whole is read', async () => {
  const written = await look(
    'for f in $(find /proc -writable -type f 2>/dev/null | grep -v "^/proc/[0-9]*/task"); do ' +
      '(: >> "$f") 2>/dev/null && echo "$f"; done; echo end',
  )
  assert.deepEqual(written, ['end'])
  const hidden = [
    'cmdline',
    'interrupts',
    'kallsyms',
    'key-users',
    'keys',
    'kcore',
    'locks',
    'sched_debug',
    'timer_list',
  ]
  const read = await look(
    `for f in ${hidden.join(' ')}; do test -n "$(head -c 1 /proc/$f 2>/dev/null)" && echo $f; done; echo end`,
  )
  assert.deepEqual(read, ['end'])
})

test('the memory of another process in the sandbox cannot be written', async () => {
  const code = `
import os
for pid in (1, os.getppid(), os.getpid()):
    try:
        open("/proc/%d/mem" % pid, "r+b")
        print("opened", pid)
    except OSError as error:
        print(error.errno)`
  const { stdout } = await runSandboxed({ command: ['/usr/bin/python3', '-I', '-S', '-c', code], uid })
  assert.deepEqual(stdout.trim().split('\n'), ['30', '30', '30'])
})

test('a crash leaves no core file and starts no program of the host', async () => {
  const [limit, ...files] = await look(
    'grep "^Max core" /proc/self/limits; sh -c "kill -SEGV \\$\\$" 2>/dev/null; ls -A /tmp /home/algo /dev/shm',
  )
  assert.match(limit ?? '', /^Max core file size +1 +1 +bytes/)
  assert.deepEqual(
    files.filter((line) => line !== '' && !line.endsWith(':')),
    [],
  )
})
