import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildPython, openForkBench, PROGRAM, testForks } from '../test-fixtures/fork-attacks.ts'
import { type Bench, type Caller, isRoot, textOf, UID_BASE, until } from '../test-fixtures/harness.ts'
import { asOrdinaryUser, ORDINARY_UID, whyNotAsOrdinaryUser } from '../test-fixtures/ordinary-user.ts'

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

test('the same holds when an ordinary user runs the server', { skip: whyNoUser() }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'as-user-'))
  chownSync(folder, ORDINARY_UID, ORDINARY_UID)
  const files = ['zygote.test.ts', 'zygote-version.test.ts'].map((name) => join(import.meta.dirname, name))
  const [program = '', ...args] = asOrdinaryUser([process.execPath, '--test', ...files])
  const env = { PATH: '/usr/bin:/bin', TMPDIR: folder, HOME: folder }
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8', timeout: 240_000 })
  rmSync(folder, { recursive: true, force: true })
  assert.equal(status, 0, stdout + stderr)
})

function whyNoUser(): string | false {
  return isRoot ? (whyNotAsOrdinaryUser(import.meta.filename) ?? false) : 'this is an ordinary user'
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
