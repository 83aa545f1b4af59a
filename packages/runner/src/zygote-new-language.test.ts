/** The template of a language whose bridge has to be compiled first: one that this data folder has not used yet. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { LANGUAGES } from '../test-fixtures/fork-attacks.ts'
import { openBench, until } from '../test-fixtures/harness.ts'

const PATIENCE_MS = 60_000

/** Python, and JavaScript with a compiler that takes its time. */
function languagesIn(folder: string): string {
  for (const id of ['python3', 'javascript']) cpSync(join(LANGUAGES, id), join(folder, id), { recursive: true })
  const file = join(folder, 'javascript/language.json')
  const language = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...language, compile: ['/bin/sh', '-c', 'sleep 1'] }))
  return folder
}

test('the first build of a language has its template wait for the bridge', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'new-language-'))
  const bench = await openBench({}, { zygotes: 'environment', languagesFolder: languagesIn(folder) })
  try {
    const files = { 'src/Thing.js': 'exports.apply = async (input) => input' }
    const { result, log } = await bench.build(files, { language: 'javascript', network: 'isolated' })
    assert.equal(result.status, 'succeeded', log)
    await until(() => (bench.runner.templates()?.readyRuntimes ?? 0) > 0, PATIENCE_MS)
  } finally {
    await bench.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
