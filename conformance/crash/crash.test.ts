/** Nothing that was acknowledged is lost, and nothing half-written is to be seen, when the server loses its machine. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'

const PROGRAM = join(import.meta.dirname, 'program.ts')
const ROUNDS = Number(process.env.ALGORIST_CRASH_ROUNDS ?? 10)
const SEED = process.env.ALGORIST_CRASH_SEED
const SET_UP_MS = 60_000
const LONGEST_ROUND_MS = 60_000
/** What the program exits with when the machine does not allow a run. */
const CANNOT = 3

async function runProgram(kind: string): Promise<{ code: number | null; output: string }> {
  const args = [PROGRAM, kind, '--rounds', String(ROUNDS), ...(SEED === undefined ? [] : ['--seed', SEED])]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: SET_UP_MS + ROUNDS * LONGEST_ROUND_MS,
    killSignal: 'SIGTERM',
  })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { code, output }
}

for (const [kind, name] of [
  ['kill', 'the server is killed at any moment, also while it starts'],
  ['power', 'the power of its disk is cut at any moment, also while it starts'],
] as const) {
  test(`${name}: ${ROUNDS} rounds without a violation`, async (t) => {
    const { code, output } = await runProgram(kind)
    t.diagnostic(output)
    if (code === CANNOT) t.skip(output)
    else assert.equal(code, 0, output)
  })
}
