/** Runs the program as a test: short by default, as long as `ALGORIST_CRASH_ROUNDS` says otherwise. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { CANNOT, type Kind } from './machine.ts'

const PROGRAM = join(import.meta.dirname, 'program.ts')
const SEED = process.env.ALGORIST_CRASH_SEED
const SET_UP_MS = 60_000
const LONGEST_ROUND_MS = 60_000

export const ROUNDS = Number(process.env.ALGORIST_CRASH_ROUNDS ?? 4)

export async function playRounds(t: TestContext, kind: Kind): Promise<void> {
  const args = [PROGRAM, kind, '--rounds', String(ROUNDS), ...(SEED === undefined ? [] : ['--seed', SEED])]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: SET_UP_MS + ROUNDS * LONGEST_ROUND_MS,
  })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  t.diagnostic(output)
  if (code === CANNOT) t.skip(output)
  else assert.equal(code, 0, output)
}
