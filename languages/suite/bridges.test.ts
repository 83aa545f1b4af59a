/** Runs the cases of every language that speaks frames against its bridge, as real processes without a sandbox. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { missingPackages } from './bridge-process.ts'
import { casesOf, framedLanguages, unknownDifferences } from './language-cases.ts'
import { withBridges } from './run-case.ts'

/** The first case of a compiled language waits for the compilers. */
const LIMIT_MS = 60_000
const TEST_LIMIT_MS = 5 * LIMIT_MS

for (const language of framedLanguages()) {
  const missing = missingPackages(language)
  const skip = missing.length === 0 ? false : `this host lacks ${missing.join(' and ')}`
  describe(`${language.id} bridge`, { skip }, () => {
    it('differs only in cases that exist', () => assert.deepEqual(unknownDifferences(language), []))

    for (const { name, reason, isSkipped, run } of casesOf(language)) {
      const shown = reason === null ? name : `${name} (differs: ${reason})`
      it(shown, { timeout: TEST_LIMIT_MS, skip: isSkipped }, () => withBridges(language, LIMIT_MS, run))
    }
  })
}
