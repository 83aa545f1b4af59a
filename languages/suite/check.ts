/**
 * Says of a language's bridge whether it speaks the protocol: runs every case of the suite and prints what comes of each.
 *
 *   bin/node languages/suite/check.ts languages/ruby        a folder with language.json, bridge/ and cases/, wherever it is
 *   bin/node languages/suite/check.ts --table               every language of languages/, as TABLE.md has it
 *
 * Exit code 1 when a case fails. Bridges run without a sandbox: check only what you would run.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { LANGUAGES_FOLDER, type Language, readLanguage } from './bridge-process.ts'
import { framedLanguages, unknownDifferences } from './language-cases.ts'
import { formatVerdict, judge, renderTable, type Verdicts } from './verdicts.ts'

const USAGE = 'Usage: check.ts FOLDER…   or   check.ts --table'

/** As PROTOCOL.md has it. */
function protocolVersion(): string {
  const text = readFileSync(join(LANGUAGES_FOLDER, 'PROTOCOL.md'), 'utf8')
  return /^Version (\d+)\b/m.exec(text)?.[1] ?? 'unknown'
}

async function check(folder: string): Promise<Verdicts> {
  const language = readSpeaking(folder)
  process.stdout.write(`${language.id}: frames, version ${protocolVersion()}\n`)
  const judged = await judge(language, (verdict) => void process.stdout.write(`${formatVerdict(verdict)}\n`))
  const count = (wanted: string) => judged.verdicts.filter(({ mark }) => mark === wanted).length
  const marks = ['passes', 'differs', 'skipped', 'FAILS'].map((mark) => `${count(mark)} ${mark}`)
  process.stdout.write(`${language.id}: ${marks.join(', ')}\n`)
  return judged
}

/** @throws Error naming what is wrong with the folder */
function readSpeaking(folder: string): Language {
  const language = readLanguage(resolve(folder))
  if (language.protocol !== 'frames') throw new Error(`${folder} speaks ${language.protocol}; this checks frames`)
  const [unknown] = unknownDifferences(language)
  if (unknown !== undefined) throw new Error(`${folder}: cases/differences.json names no shared case: "${unknown}"`)
  return language
}

async function table(): Promise<Verdicts[]> {
  const all: Verdicts[] = []
  for (const language of framedLanguages()) all.push(await judge(language))
  process.stdout.write(`${HEADING}\n${renderTable(all)}`)
  return all
}

const HEADING = `# Languages and cases

Printed by \`bin/node languages/suite/check.ts --table > languages/TABLE.md\`. What each case expects is in \`suite/cases.ts\` and
\`suite/stream-cases.ts\`; where a language differs, its \`cases/differences.json\` says how. Protocol version ${protocolVersion()}.
`

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { table: { type: 'boolean' } } })
  if (values.table !== true && positionals.length === 0) throw new Error(USAGE)
  const all = values.table === true ? await table() : []
  for (const folder of positionals) all.push(await check(folder))
  process.exitCode = all.some(({ verdicts }) => verdicts.some(({ mark }) => mark === 'FAILS')) ? 1 : 0
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
