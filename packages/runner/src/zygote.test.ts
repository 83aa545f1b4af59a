import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildPython, openForkBench, PROGRAM, testForks } from '../test-fixtures/fork-attacks.ts'
import { type Bench, type Caller, isRoot, textOf, UID_BASE, until } from '../test-fixtures/harness.ts'

testForks('environment')

let bench: Bench
let call: Caller
before(async () => {
  bench = await openForkBench('environment')
  ;({ call } = await buildPython(bench, PROGRAM))
})
after(() => bench.close())

test('accounts never share a template', { skip: !isRoot && 'without root all accounts have one uid' }, async () => {
  await call('out = 1')
  await call('out = 1', { accountId: 'other', hostUid: 8 })
  const uids = templates().map((pid) => /^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])
  assert.deepEqual(new Set(uids), new Set([String(UID_BASE + 2), String(UID_BASE + 8)]))
})

test('a killed template takes its forks along, and the next call gets a new one', async () => {
  await call('out = 1')
  for (const pid of templates()) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {}
  }
  await until(() => bench.runner.stats().workers === 0)
  assert.equal(textOf(await call('out = "again"')), 'again')
})

test('the same holds when an ordinary user runs the server', { skip: whyNotAsUser(), timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'as-user-'))
  chownSync(folder, UID_BASE, UID_BASE)
  const files = ['zygote.test.ts', 'zygote-version.test.ts'].map((name) => join(import.meta.dirname, name))
  const { status, stdout } = spawnSync(process.execPath, ['--test', ...files], {
    uid: UID_BASE,
    gid: UID_BASE,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', TMPDIR: folder },
    encoding: 'utf8',
  })
  rmSync(folder, { recursive: true, force: true })
  assert.equal(status, 0, stdout)
})

function whyNotAsUser(): string | false {
  if (!isRoot) return 'this is an ordinary user'
  try {
    for (const path of [import.meta.filename, process.execPath]) accessSync(path, constants.R_OK)
  } catch {
    return 'the checkout cannot be read'
  }
  const reads = spawnSync('/usr/bin/test', ['-r', import.meta.filename], { uid: UID_BASE, gid: UID_BASE })
  const runs = spawnSync(process.execPath, ['--version'], { uid: UID_BASE, gid: UID_BASE })
  return reads.status === 0 && runs.status === 0 ? false : 'other users can read neither the checkout nor Node'
}

/** Processes of this bench's templates and their forks, by the folder of the artifacts that they see. */
function templates(): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      const isTemplate = readFileSync(`/proc/${name}/cmdline`, 'latin1').includes('/opt/bridge/zygote.py')
      return isTemplate && readFileSync(`/proc/${name}/mountinfo`, 'latin1').includes(bench.home)
    } catch {
      return false
    }
  })
}
