/** The shape of a row about code that misbehaves: what is run, how it is answered, and what became of its worker. */
import assert from 'node:assert/strict'
import type { Expected, Row } from '../lib/rows.ts'
import type { Rogue } from './rogues.ts'

export const KILLED = 'Failed to run algorithm - may have timed-out or hit out-of-memory error'

export interface RogueCase {
  readonly name: string
  /** Each must get the same answer. */
  readonly code: string | readonly string[]
  readonly query?: string
  readonly expected: Expected
  readonly worker: 'kept' | 'replaced'
  readonly withinMs?: number
  /** What is left of it on the machine. */
  readonly afterwards?: () => Promise<void>
}

export function rogueRow(rogue: () => Rogue, language: string, each: RogueCase): Row {
  let idBefore = ''
  const { name, code, query = '', expected, worker, withinMs, afterwards } = each
  return {
    name: `${language} ${name}, worker ${worker}`,
    inputs: [code].flat(),
    expected,
    ...(withinMs === undefined ? {} : { withinMs }),
    ...(afterwards === undefined ? {} : { afterwards }),
    async prepare() {
      idBefore = await rogue().workerId()
    },
    send: (input) => rogue().run(String(input), query),
    async inspect(input) {
      const idAfter = await rogue().workerId()
      const seen = idAfter === idBefore ? 'kept' : 'replaced'
      assert.equal(seen, worker, `the worker was ${seen} after ${input}`)
    },
  }
}

export const exits = (code: number): Expected => ({
  status: 200,
  message: `exited with code ${code}`,
  errorType: 'SystemExit',
})
export const dies = (signal: string): Expected => ({
  status: 200,
  message: `exited with code -99 (${signal})`,
  errorType: 'SystemExit',
})
export const timesOut: Expected = { status: 200, message: KILLED, errorType: 'TimeoutError' }
export const fails = (message: string | RegExp, errorType = 'AlgorithmError'): Expected => ({
  status: 200,
  message,
  errorType,
})
export const succeeds = (result: RegExp): Expected => ({ status: 200, message: result })
