/** A Python algorithm whose requirements bring numpy, on a machine whose own pandas is built on another one. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readLanguage } from './bridge-process.ts'
import { resultOnce } from './call-once.ts'

const PROGRAM = `
def apply(name):
  try:
    return __import__(name).__name__ + " is there"
  except ImportError as error:
    return type(error).__name__ + ": " + str(error)
`

async function importing(t: TestContext, name: string, brought: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'algorist-own-numpy-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const site = brought.map((each) => [`.algorist/site/${each}/__init__.py`, ''] as const)
  for (const [file, text] of [['src/Case.py', PROGRAM] as const, ...site]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  return resultOnce({ language: readLanguage('python3'), folder, algorithmName: 'Case' }, name)
}

test("the machine's pandas is absent, and whoever imports it is told why", async (t) => {
  assert.equal(
    await importing(t, 'pandas', ['numpy']),
    "ModuleNotFoundError: No module named 'pandas'; requirements.txt brings a numpy of its own, so pandas has to be named there as well",
  )
})

test('what is brought as well is there', async (t) => {
  assert.equal(await importing(t, 'pandas', ['numpy', 'pandas']), 'pandas is there')
  assert.equal(await importing(t, 'numpy', ['numpy', 'pandas']), 'numpy is there')
})
