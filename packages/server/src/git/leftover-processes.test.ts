import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { endLeftoverProcesses } from './leftover-processes.ts'

test('endLeftoverProcesses() kills what works on a repository of the folder, and nothing else', async (t) => {
  const start = (env: Record<string, string>) => {
    const child = spawn('/bin/sleep', ['60'], { env, stdio: 'ignore' })
    t.after(() => child.kill('SIGKILL'))
    return child
  }
  const backend = start({ GIT_PROJECT_ROOT: '/nowhere/git' })
  const tool = start({ GIT_DIR: '/nowhere/git/a.git' })
  const other = start({ GIT_DIR: '/nowhere/gitter/a.git', GIT_PROJECT_ROOT: '/nowhere' })
  await Promise.all([backend, tool, other].map((child) => once(child, 'spawn')))
  const ended = Promise.all([once(backend, 'exit'), once(tool, 'exit')])
  await endLeftoverProcesses('/nowhere/git')
  assert.deepEqual(
    (await ended).map(([, signal]) => signal),
    ['SIGKILL', 'SIGKILL'],
  )
  assert.equal(other.signalCode, null)
})
