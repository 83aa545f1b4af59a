/**
 * The wrong input table: a theme is a list of rows, a row is one kind of wrong input with the answer it must get and the
 * time it may take. After every row the server's event loop must have been free, after every theme nothing of it runs.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { PATIENCE } from '../../lib/patience.ts'
import type { Ground } from './ground.ts'
import { recordRow, reportTheme } from './report.ts'
import type { ServerWatch } from './watch.ts'

/** What came back; status 0 when the connection ended without a reply, or the exit code for programs such as git. */
export interface Answer {
  readonly status: number
  readonly text: string
}

export interface Expected {
  /** One status, or several where the wrong input may be noticed at two places. */
  readonly status: number | readonly number[]
  /** The whole message, or a pattern that it contains. */
  readonly message: string | RegExp
  /** Of `error.code`; null where the reply has none. */
  readonly code?: number | null
  /** Of `error.error_type`, for failures of algorithms. */
  readonly errorType?: string
}

/** A wrong input; a row may have several that must get the same answer. */
export type Input = string | Buffer

export interface Row {
  readonly name: string
  /** What is sent, for the table; the inputs themselves when left out. */
  readonly sent?: string
  readonly inputs?: readonly Input[]
  readonly expected: Expected
  /** For each input on a quiet machine; 1000 when left out. The row fails at `PATIENCE` times that. */
  readonly withinMs?: number
  /** Before each input; not measured. */
  prepare?(input: Input): Promise<void>
  send(input: Input): Promise<Answer>
  /** After each input; not measured. */
  inspect?(input: Input): Promise<void>
  /** Looks at what all of them left behind. */
  afterwards?(): Promise<void>
}

export interface Theme {
  readonly name: string
  readonly rows: readonly Row[]
  /** Starts the server and whatever the rows need; ended after the last check. */
  open(): Promise<Ground>
}

const DEFAULT_LIMIT_MS = 1000
const NORMAL_CALL_LIMIT_MS = 1000

/** Registers one test per row, and the checks after the theme. */
export function testTheme({ name, rows, open }: Theme): void {
  describe(name, () => {
    let ground: Ground
    before(async () => {
      ground = await open()
      // What was done before the first row is nobody's wrong input.
      await ground.watch.reset()
    })
    for (const row of rows) {
      test(`${row.name}: ${describeExpected(row.expected)}`, () => testRow(name, row, ground.watch))
    }
    test('afterwards a normal call is served', () => checkNormalCall(ground))
    test('afterwards nothing is left running', () => ground.watch.expectOnlyWarmWorkers())
    after(async () => {
      await reportTheme(name)
      await ground?.target.close()
      await ground?.watch.expectNothing()
    })
  })
}

async function testRow(theme: string, row: Row, watch: ServerWatch): Promise<void> {
  const { inputs = [''], withinMs = DEFAULT_LIMIT_MS } = row
  let slowestMs = 0
  // What a row before held, and failed before it could say so, is not this row's.
  await watch.reset()
  for (const input of inputs) {
    await row.prepare?.(input)
    const startedAtMs = performance.now()
    const answer = await row.send(input)
    const tookMs = performance.now() - startedAtMs
    slowestMs = Math.max(slowestMs, tookMs)
    checkAnswer(row.expected, answer, input)
    const limitMs = PATIENCE * withinMs
    assert.ok(tookMs <= limitMs, `answered after ${tookMs.toFixed(0)} ms instead of ${limitMs}: ${quote(input)}`)
    await row.inspect?.(input)
  }
  await row.afterwards?.()
  const heldMs = await watch.heldMs()
  recordRow({
    theme,
    name: row.name,
    sent: row.sent ?? inputs.map(quote).join(' '),
    inputs: inputs.length,
    expected: describeExpected(row.expected),
    slowestMs,
    withinMs,
    heldMs,
  })
}

async function checkNormalCall(ground: Ground): Promise<void> {
  const startedAtMs = performance.now()
  await ground.normalCall()
  const tookMs = performance.now() - startedAtMs
  assert.ok(tookMs <= PATIENCE * NORMAL_CALL_LIMIT_MS, `a normal call took ${tookMs.toFixed(0)} ms`)
}

function checkAnswer(expected: Expected, answer: Answer, input: Input): void {
  const seen = `${answer.status} ${answer.text.slice(0, 1500)} for ${quote(input)}`
  assert.ok([expected.status].flat().includes(answer.status), `status ${JSON.stringify(expected.status)}, got ${seen}`)
  const said = readError(answer.text)
  if (typeof expected.message === 'string') assert.equal(said.message, expected.message, seen)
  else assert.match(said.message, expected.message, seen)
  if (expected.code !== undefined) assert.equal(said.code ?? null, expected.code, seen)
  if (expected.errorType !== undefined) assert.equal(said.errorType, expected.errorType, seen)
}

interface Said {
  readonly message: string
  readonly code?: unknown
  readonly errorType?: unknown
}

/** The members of an error reply, checked for its form (rest-api.md 1.6); other text is its own message. */
function readError(text: string): Said {
  if (!text.startsWith('{"error":')) return { message: text }
  const { error } = JSON.parse(text)
  if (typeof error === 'string') return { message: error }
  assert.ok(typeof error.message === 'string' && error.message !== '', text)
  for (const member of Object.values(error)) assert.notEqual(typeof member, 'object', `scalars only: ${text}`)
  return { message: error.message, code: error.code, errorType: error.error_type }
}

function describeExpected({ status, message, code, errorType }: Expected): string {
  const what = [[status].flat().join(' or '), code ?? '', errorType ?? ''].filter((part) => part !== '').join(' ')
  const text = typeof message === 'string' ? JSON.stringify(message) : String(message)
  return text === '""' ? what : `${what} ${text}`
}

function quote(input: Input): string {
  const text = JSON.stringify(typeof input === 'string' ? input : input.toString('latin1'))
  return text.length > 60 ? `${text.slice(0, 40)}… (${input.length} bytes)` : text
}
