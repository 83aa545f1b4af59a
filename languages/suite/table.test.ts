/** TABLE.md says what the cases say: as far as that can be told without running them, which bridges.test.ts does. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { LANGUAGES_FOLDER } from './bridge-process.ts'
import { framedLanguages } from './language-cases.ts'
import { expectedVerdicts, renderTable } from './verdicts.ts'

test('the table of languages and cases is the one that check.ts prints', () => {
  const page = readFileSync(join(LANGUAGES_FOLDER, 'TABLE.md'), 'utf8')
  const expected = renderTable(framedLanguages().map(expectedVerdicts))
  assert.equal(
    page.slice(page.indexOf('| case |')),
    expected,
    'Run bin/node languages/suite/check.ts --table > languages/TABLE.md',
  )
})
