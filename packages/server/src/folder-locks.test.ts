/** One server of a folder at a time, also while one follows another. Locks are of processes, so each holder is one. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isHeld } from './folder-locks.ts'

interface Holder {
  readonly child: ChildProcess
  /** Sends a line and resolves to the answer. */
  ask(line: 'hand over' | 'take over'): Promise<string>
}

const PROGRAM = `
  import { createInterface } from 'node:readline'
  import { takeLocks } from ${JSON.stringify(new URL('./folder-locks.ts', import.meta.url).href)}
  const [folder, isSuccessor] = process.argv.slice(1)
  const locks = takeLocks(folder, isSuccessor === 'true')
  console.log(locks ? 'held' : 'refused')
  if (!locks) process.exit(0)
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'hand over') console.log(String(locks.handOver()))
    else console.log(String(await locks.takeOver(3000)))
  }`

async function start(t: TestContext, folder: string, isSuccessor: boolean): Promise<Holder & { state: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, folder, String(isSuccessor)], {
    env: {},
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const answer = async () => String((await once(child.stdout, 'data'))[0]).trim()
  return {
    child,
    state: await answer(),
    ask(line) {
      child.stdin.write(`${line}\n`)
      return answer()
    },
  }
}

async function emptyFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'algorist-locks-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('a server follows another without a moment in which a third one could come', async (t) => {
  const folder = await emptyFolder(t)
  assert.equal(isHeld(folder), false)
  const old = await start(t, folder, false)
  const next = await start(t, folder, true)
  assert.deepEqual([old.state, next.state], ['held', 'held'])
  const third = async () => (await start(t, folder, false)).state
  const fourth = async () => (await start(t, folder, true)).state
  assert.deepEqual([await third(), await fourth(), isHeld(folder)], ['refused', 'refused', true])
  await old.ask('hand over')
  assert.deepEqual([await third(), await fourth(), isHeld(folder)], ['refused', 'refused', true])
  assert.equal(await next.ask('take over'), 'true')
  assert.deepEqual([await third(), isHeld(folder)], ['refused', true])
  // The next one may be followed in its turn.
  assert.equal(await fourth(), 'held')
})

test('kill -9 of either leaves the folder to the other, and of both to whoever comes', async (t) => {
  const folder = await emptyFolder(t)
  const old = await start(t, folder, false)
  const broken = await start(t, folder, true)
  await kill(broken)
  assert.equal(isHeld(folder), true)
  const next = await start(t, folder, true)
  await kill(old)
  assert.equal((await start(t, folder, false)).state, 'refused')
  assert.equal(await next.ask('take over'), 'true')
  await kill(next)
  assert.equal(isHeld(folder), false)
  assert.equal((await start(t, folder, false)).state, 'held')
})

async function kill({ child }: Holder): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}
