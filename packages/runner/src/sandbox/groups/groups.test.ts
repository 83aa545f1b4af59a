import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { suite, test } from 'node:test'
import { until } from '../../../test-fixtures/harness.ts'
import { chooseGroups } from './choose.ts'
import type { GroupLimits, ProcessGroup, ProcessGroups, Purpose } from './groups.ts'
import { readHierarchies } from './hierarchies.ts'

const MIB = 1024 * 1024
const LIMITS: GroupLimits = { memoryBytes: 64 * MIB, cpus: 2, processes: 20 }
const OTHER_SERVER = join(import.meta.dirname, '../../../test-fixtures/server-with-group.ts')

/** Starts a shell that is in the group before it runs the script. */
function startIn(group: ProcessGroup, script: string): ChildProcess {
  const child = spawn('/bin/sh', ['-c', `read go; ${script}`], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  assert.ok(child.pid !== undefined && child.stdin !== null)
  group.add(child.pid)
  child.stdin.end('\n')
  return child
}

/** Folder of a process's group that limits memory. */
function folderOf(pid: number | 'self', kind: 'cgroup1' | 'cgroup2'): string {
  const { version1, version2 } = readHierarchies(pid)
  return (kind === 'cgroup1' ? version1.get('memory') : version2) ?? ''
}

function foldersIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

async function whyNot(kind: 'cgroup1' | 'cgroup2'): Promise<string | false> {
  try {
    await (await chooseGroups(kind)).close()
    return false
  } catch (error) {
    return (error as Error).message
  }
}

for (const kind of ['cgroup2', 'cgroup1'] as const) {
  suite(kind, { skip: await whyNot(kind) }, () => {
    const using = async (use: (groups: ProcessGroups) => Promise<void>) => {
      const groups = await chooseGroups(kind)
      try {
        await use(groups)
      } finally {
        await groups.close()
      }
    }

    test('a group without memory ends as a whole, says so, and is removed', () =>
      using(async (groups) => {
        const group = groups.open(LIMITS, 'worker')
        const bomb = `/usr/bin/python3 -c 'import time; k=[bytearray(b"x")*(4<<20) for i in range(100)]; time.sleep(30)'`
        const child = startIn(group, `${bomb} & wait; exec sleep 30`)
        const folder = folderOf(child.pid ?? 0, kind)
        assert.equal(group.usage().wasOutOfMemory, false)
        const [, signal] = await once(child, 'exit')
        assert.equal(signal, 'SIGKILL')
        const { wasOutOfMemory, peakMemoryBytes, cpuMicroseconds } = group.usage()
        assert.ok(wasOutOfMemory)
        assert.ok(peakMemoryBytes > 60 * MIB && peakMemoryBytes <= 64 * MIB, String(peakMemoryBytes))
        assert.ok(cpuMicroseconds > 1000, String(cpuMicroseconds))
        group.release()
        await until(() => !existsSync(folder))
      }))

    test('a group has as many processes as it may, and tells how many it refused', () =>
      using(async (groups) => {
        const group = groups.open(LIMITS, 'worker')
        const child = startIn(group, 'i=0; while [ $i -lt 40 ]; do sleep 1 & i=$((i+1)); done; wait')
        await once(child, 'exit')
        assert.ok(group.usage().refusedProcesses > 0)
        group.release()
      }))

    test('a group that wants more processor time than it may is made to wait', () =>
      using(async (groups) => {
        const group = groups.open({ ...LIMITS, cpus: 0.05 }, 'worker')
        const child = startIn(group, 'while :; do :; done')
        const { version1, version2 } = readHierarchies(child.pid ?? 0)
        const stat = join((kind === 'cgroup1' ? version1.get('cpu') : version2) ?? '', 'cpu.stat')
        // On a busy machine little time proves nothing; that the kernel held it back does.
        try {
          await until(() => /^nr_throttled [1-9]/m.test(readFileSync(stat, 'utf8')), 20_000)
        } finally {
          process.kill(-(child.pid ?? 0), 'SIGKILL')
          await once(child, 'exit')
          group.release()
        }
      }))

    /** Keeps one processor busy, which all hogs share. */
    const startHog = (groups: ProcessGroups, purpose: Purpose, account?: string) => {
      const group = groups.open({ ...LIMITS, cpus: 2 }, purpose, account)
      const child = startIn(group, 'exec taskset -c 0 sh -c "while :; do :; done"')
      return {
        child,
        usedUs: () => group.usage().cpuMicroseconds,
        async end() {
          process.kill(-(child.pid ?? 0), 'SIGKILL')
          await once(child, 'exit')
          group.release()
        },
      }
    }

    test('a build leaves the processor to a worker that wants it', () =>
      using(async (groups) => {
        const [worker, build] = [startHog(groups, 'worker', 'some'), startHog(groups, 'build')]
        await until(() => build.usedUs() > 100_000, 20_000)
        const ratio = worker.usedUs() / build.usedUs()
        for (const hog of [worker, build]) await hog.end()
        assert.ok(ratio > 3, String(ratio))
      }))

    test('an account with many workers has no more of the processor than one with a single worker', () =>
      using(async (groups) => {
        const many = Array.from({ length: 4 }, () => startHog(groups, 'worker', 'many'))
        const single = startHog(groups, 'worker', 'few')
        const usedByMany = () => many.reduce((sum, hog) => sum + hog.usedUs(), 0)
        await until(() => many.every((hog) => hog.usedUs() > 0) && single.usedUs() > 0, 20_000)
        const before = { many: usedByMany(), single: single.usedUs() }
        await until(() => usedByMany() - before.many > 300_000, 20_000)
        const ratio = (single.usedUs() - before.single) / (usedByMany() - before.many)
        for (const hog of [...many, single]) await hog.end()
        assert.ok(ratio > 0.6, String(ratio))
      }))

    test('the folder of an account goes with the last of its groups', () =>
      using(async (groups) => {
        const [first, second] = [1, 2].map(() => groups.open(LIMITS, 'worker', '7'))
        assert.ok(first && second)
        const child = startIn(second, 'exec sleep 30')
        const account = dirname(folderOf(child.pid ?? 0, kind))
        assert.equal(basename(account), 'account-7')
        first.release()
        await until(() => foldersIn(account).length === 1)
        child.kill('SIGKILL')
        await once(child, 'exit')
        second.release()
        await until(() => !existsSync(account))
      }))

    test('the kernel is offered builds before workers, and workers before the server', () =>
      using(async (groups) => {
        const score = (pid: number | 'self') => Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'))
        const scores = (['worker', 'build'] as const).map((purpose) => {
          const group = groups.open(LIMITS, purpose)
          const child = startIn(group, 'exec sleep 30')
          const found = score(child.pid ?? 0)
          child.kill('SIGKILL')
          child.once('exit', () => group.release())
          return found
        })
        assert.deepEqual([...scores, score('self') < 500], [500, 800, true])
      }))

    test('what a killed server left is removed by the next one, and nothing of a living one', async () => {
      const killed = await startServer(kind)
      const living = await startServer(kind)
      try {
        killed.child.kill('SIGKILL')
        await once(killed.child, 'exit')
        await until(() => processesOf(killed.folder) === '')
        await using(async () => {
          assert.ok(!existsSync(killed.folder) && !existsSync(dirname(killed.folder)))
          assert.ok(existsSync(living.folder))
        })
      } finally {
        living.child.stdin?.end()
      }
      await once(living.child, 'exit')
      await until(() => !existsSync(dirname(living.folder)))
    })

    test('closing leaves nothing, and the server where it was', async () => {
      const before = folderOf('self', kind)
      await using(async () => {})
      assert.equal(folderOf('self', kind), before)
      assert.deepEqual(
        readdirSync(before).filter((name) => name.includes(`.${process.pid}.`)),
        [],
      )
    })

    test('a group costs less than a millisecond', async (t) =>
      using(async (groups) => {
        const costsMs: number[] = []
        for (let round = 0; round < 50; round++) {
          const startMs = performance.now()
          const group = groups.open(LIMITS, 'worker')
          const openedMs = performance.now() - startMs
          const child = spawn('/bin/cat', { stdio: ['pipe', 'ignore', 'ignore'] })
          const addedAtMs = performance.now()
          group.add(child.pid ?? 0)
          costsMs.push(openedMs + performance.now() - addedAtMs)
          child.stdin.end()
          await once(child, 'exit')
          group.release()
        }
        const medianMs = costsMs.sort((a, b) => a - b)[25] ?? 0
        t.diagnostic(`median ${medianMs.toFixed(3)} ms, slowest ${costsMs.at(-1)?.toFixed(3)} ms`)
        // Ten times the aim: a busy machine is no fault of the code.
        assert.ok(medianMs < 10, String(medianMs))
      }))
  })
}

/** None in a group that is gone: servers of other tests, which start at the same time, remove what killed ones left, too. */
function processesOf(folder: string): string {
  try {
    return readFileSync(join(folder, 'cgroup.procs'), 'utf8')
  } catch {
    return ''
  }
}

/** Another server with one group, and the folder of that group. */
async function startServer(kind: 'cgroup1' | 'cgroup2'): Promise<{ child: ChildProcess; folder: string }> {
  const child = spawn(process.execPath, [OTHER_SERVER, kind], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  const folder = folderOf(Number(String(line)), kind)
  assert.match(basename(dirname(folder)), /^algorist-/)
  return { child, folder }
}
