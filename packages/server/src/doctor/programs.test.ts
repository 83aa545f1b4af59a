import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { type Language, loadLanguages } from '@algorist/runner/languages.ts'
import { examine, formatFindings, hasFailed } from './doctor.ts'
import { listProgramChecks } from './programs.ts'

const [language] = await loadLanguages(resolve(import.meta.dirname, '../../../../languages'))
assert.ok(language)

test('each language is said to be there, or what installs it; none of them has to be', async () => {
  const cobol: Language = { ...language, id: 'cobol', display_name: 'COBOL' }
  const findings = await examine(
    listProgramChecks({
      usable: [{ ...language, id: 'shell', display_name: 'Shell', run: ['/bin/sh'] }],
      lacking: [{ ...cobol, lacks: ['gnucobol', 'libcob'] }],
      lackingEnvironments: [{ language: 'shell', display_name: 'Shell, scientific', lacks: ['bc'] }],
    }),
  )
  assert.equal(hasFailed(findings), false)
  const text = formatFindings(findings)
  assert.match(text, /^ok +shell +Shell: built and run here$/m)
  assert.match(text, /^absent +cobol +COBOL: neither built nor run here$/m)
  assert.match(text, /bin\/up --languages cobol .*apt-get install --no-install-recommends gnucobol libcob$/m)
  assert.match(text, /^absent +Shell, scientific +this environment of shell is not offered here$/m)
  assert.match(text, /--no-install-recommends bc$/m)
})
