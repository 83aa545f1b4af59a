/** A short run of the fuzzer; `node conformance/fuzz.ts` is the long one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from './fuzz.ts'

const skip = process.env.ALGORIST_TARGET !== undefined && 'it changes and deletes what it finds'

test('12 seconds of made-up requests find nothing', { skip }, async (t) => {
  const findings = await fuzz({ minutes: 12 / 60, seed: 1, print: (line) => t.diagnostic(line) })
  assert.deepEqual(
    findings.map(({ kind, output }) => `${kind}:\n${output}`),
    [],
  )
})
