/**
 * Makes packages/contract/src/json-program.ts of json-scanner.wat beside it: `bin/node bin/lib/json-program.ts`. The server
 * runs what is committed and needs no compiler; json-program.test.ts says when the two differ.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import openWabt from 'wabt'

const CONTRACT = join(import.meta.dirname, '../../packages/contract/src')
const SOURCE = 'json-scanner.wat'
export const JSON_PROGRAM_FILE = join(CONTRACT, 'json-program.ts')
const LINE_CHARS = 110

/** The text of json-program.ts. @throws Error with the line of json-scanner.wat that is wrong */
export async function makeJsonProgram(): Promise<string> {
  const wabt = await openWabt()
  const parsed = wabt.parseWat(SOURCE, readFileSync(join(CONTRACT, SOURCE), 'utf8'), { simd: true })
  parsed.validate()
  const program = Buffer.from(parsed.toBinary({}).buffer).toString('base64')
  const lines = program.match(new RegExp(`.{1,${LINE_CHARS}}`, 'g')) ?? []
  return `/** ${SOURCE} as WebAssembly, in base64; made of it by bin/lib/json-program.ts. */
export const JSON_PROGRAM =
${lines.map((line) => `  '${line}'`).join(' +\n')}
`
}

if (import.meta.main) writeFileSync(JSON_PROGRAM_FILE, await makeJsonProgram())
