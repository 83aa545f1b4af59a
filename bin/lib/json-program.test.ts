import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { JSON_PROGRAM_FILE, makeJsonProgram } from './json-program.ts'

test('the JSON scanner runs the program that json-scanner.wat describes', async () => {
  const committed = readFileSync(JSON_PROGRAM_FILE, 'utf8')
  assert.equal(committed, await makeJsonProgram(), 'make it again: bin/node bin/lib/json-program.ts')
})
