/** What a run of tests says of failures, over real files. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { type NodeTestOptions, runNodeTests, type Tally } from './node-tests.ts'

const PASSES = `it('passes', () => {})`
const FAILS = `it('fails', () => { throw new Error('as it has to') })`
/** Fails unless it has been run before. */
const FAILS_ONCE = `it('fails once', () => {
  const seen = import.meta.filename + '.seen'
  if (existsSync(seen)) return
  writeFileSync(seen, '')
  throw new Error('not yet')
})`
const HANGS_ONCE = `it('hangs once', async () => {
  const seen = import.meta.filename + '.seen'
  if (existsSync(seen)) return
  writeFileSync(seen, '')
  await new Promise(() => setInterval(() => {}, 1000))
})`

it('what always fails has failed, and is named with its file and message', async (t) => {
  const { tally, folder } = await run(t, { 'a.test.mjs': PASSES, 'b.test.mjs': `describe('all', () => { ${FAILS} })` })
  assert.deepEqual([tally.passed, tally.failed, tally.unsteady.length], [1, 1, 0])
  const [failure] = tally.failures
  assert.deepEqual(
    [failure?.name, failure?.file, failure?.message],
    ['fails', join(folder, 'b.test.mjs'), 'as it has to'],
  )
})

it('what passes by itself is counted as passed and is said to be unsteady', async (t) => {
  const { tally } = await run(t, { 'a.test.mjs': PASSES, 'b.test.mjs': `${FAILS_ONCE}\n${PASSES}` })
  assert.deepEqual([tally.passed, tally.failed, tally.failures.length], [3, 0, 0])
  assert.deepEqual(
    tally.unsteady.map(({ name, message }) => [name, message]),
    [['fails once', 'not yet']],
  )
})

it('when many files fail none is run again', async (t) => {
  const names = ['a', 'b', 'c', 'd'].map((name) => `${name}.test.mjs`)
  const { tally } = await run(t, Object.fromEntries(names.map((name) => [name, FAILS_ONCE])))
  assert.deepEqual([tally.passed, tally.failed, tally.unsteady.length], [0, 4, 0])
})

it('a file that does not load has failed', async (t) => {
  const { tally } = await run(t, { 'a.test.mjs': PASSES, 'b.test.mjs': `throw new Error('nothing here')` })
  assert.deepEqual([tally.passed, tally.failed], [1, 1])
})

it('a file that has run its tests and does not exit has failed, and the others have run', async (t) => {
  const files = { 'a.test.mjs': `${PASSES}\nsetInterval(() => {}, 1000)`, 'b.test.mjs': PASSES }
  const { tally, folder } = await run(t, files, { fileTimeoutMs: 2000 })
  assert.deepEqual([tally.passed, tally.failed], [2, 1])
  assert.deepEqual(
    tally.failures.map(({ file }) => file),
    [join(folder, 'a.test.mjs')],
  )
})

it('a run that is ended names what ran then, and does not pass by what is run again', async (t) => {
  const files = { 'a.test.mjs': `${PASSES}\n${HANGS_ONCE}` }
  const { tally } = await run(t, files, { partTimeoutMs: 2000 })
  assert.equal(tally.passed, 0)
  assert.deepEqual(
    tally.failures.map(({ message }) => message),
    ['was not through when the run was ended'],
  )
})

async function run(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  limits: Partial<NodeTestOptions> = {},
): Promise<{ tally: Tally; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'algorist-node-tests-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const imports = `import { describe, it } from 'node:test'\nimport { existsSync, writeFileSync } from 'node:fs'\n`
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), imports + text)
  // Node does not run tests for a process that is a test itself.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const options = { concurrency: 2, timeoutMs: 60_000, fileTimeoutMs: 60_000, partTimeoutMs: 120_000, ...limits }
  return { tally: await runNodeTests({ files: Object.keys(files), cwd: folder, env, ...options }), folder }
}
