/**
 * Runs a client's own test program and makes a subtest of each case it reports. A program prints one line per case,
 * `ok NAME` or `not ok NAME: REASON`, then `cases N`; it exits with 0 only when none failed.
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { run } from '../../lib/processes.ts'

export interface TestProgram {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** A client package and the program that puts it to use. */
export interface Client {
  readonly name: string
  /** Installs and compiles what is not there yet. The environment is the platform's (platform.ts). */
  prepare(environment: Readonly<Record<string, string>>): Promise<TestProgram>
}

interface Case {
  readonly name: string
  /** Undefined when it passed. */
  readonly failure?: string
}

const TIMEOUT_MS = 5 * 60_000

export async function runCases(t: TestContext, program: TestProgram): Promise<void> {
  const { command, args, env, cwd } = program
  const finished = await run(command, args, { env: { ...env }, timeoutMs: TIMEOUT_MS, ...(cwd && { cwd }) })
  const output = finished.stdout.toString()
  const cases = output.split('\n').flatMap(parseCase)
  for (const { name, failure } of cases) await t.test(name, () => assert.equal(failure ?? 'passed', 'passed'))
  const announced = Number(output.match(/^cases (\d+)$/m)?.[1] ?? 0)
  const whatItSaid = `${output}\n${finished.stderr}`.slice(-4000)
  assert.ok(announced > 0 && announced === cases.length, `the program did not reach its end:\n${whatItSaid}`)
  assert.equal(finished.code === 0, cases.every(isGreen), `exit code ${finished.code}:\n${whatItSaid}`)
}

function isGreen({ failure }: Case): boolean {
  return failure === undefined
}

function parseCase(line: string): readonly Case[] {
  if (line.startsWith('ok ')) return [{ name: line.slice('ok '.length) }]
  const [, name, failure = ''] = line.match(/^not ok (.*?): (.*)$/) ?? []
  return name === undefined ? [] : [{ name, failure }]
}
