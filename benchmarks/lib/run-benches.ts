/** The command line that every benchmark has, alone or in the table. */
import { parseArgs } from 'node:util'
import type { Bench, MeasuredRow, Plan, Row } from './bench.ts'
import { describeMachine } from './machine.ts'
import { describe, markdownOf, type Report, settingsOf, tableOf, writeJson } from './report.ts'

const USAGE = `
  --only NAME       this benchmark; may be given several times
  --list            their names
  --rounds N        how often each side has its turn (5)
  --seconds S       of one turn under load (2)
  --quick           one round of a second and small amounts, to see that the programs run
  --json FILE       everything that was measured
  --markdown        the table as it stands in SPECIFICATION.md
  --profile FOLDER  where servers leave processor profiles (docs/benchmarks.md)
`

function parse() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      list: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      markdown: { type: 'boolean', default: false },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  return values
}

function planOf({ rounds, seconds, quick, profile }: ReturnType<typeof parse>): Plan {
  return {
    rounds: positive('--rounds', rounds ?? (quick ? '1' : '5')),
    roundMs: positive('--seconds', seconds ?? (quick ? '1' : '2')) * 1000,
    isQuick: quick,
    profileFolder: profile ?? null,
  }
}

function positive(option: string, given: string): number {
  const value = Number(given)
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} ${given}: a whole number from 1 on is expected`)
  return value
}

function chosen(benches: readonly Bench[], only: readonly string[] | undefined): readonly Bench[] {
  const names = benches.map(({ name }) => name)
  const unknown = only?.find((name) => !names.includes(name))
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there are ${names.join(', ')}`)
  return benches.filter(({ name }) => only === undefined || only.includes(name))
}

/** A benchmark that cannot be measured is a row that says why, and the others go on. */
async function rowsOf(bench: Bench, plan: Plan): Promise<readonly Row[]> {
  try {
    return await bench.measure(plan)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const figure = `not measured: ${reason.split('\n')[0]}`
    process.stderr.write(`${bench.name}: ${reason}\n`)
    return [{ id: bench.name, what: bench.name, bar: 'measured', figure, holds: false, settings: {}, details: reason }]
  }
}

/** Measures, prints, and sets the exit code: 1 when a bar does not hold or something could not be measured. */
export async function runBenches(benches: readonly Bench[]): Promise<void> {
  const options = parse()
  const print = (text: string): void => void process.stdout.write(`${text}\n`)
  if (options.help) return print(USAGE)
  if (options.list) return print(benches.map(({ name }) => name).join('\n'))
  const plan = planOf(options)
  const machine = describeMachine()
  const rows: MeasuredRow[] = []
  for (const bench of chosen(benches, options.only)) {
    process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${bench.name}\n`)
    for (const row of await rowsOf(bench, plan)) rows.push({ ...row, bench: bench.name })
  }
  const report: Report = { machine, plan, rows }
  print(describe(report))
  print(`\n${options.markdown ? markdownOf(rows) : tableOf(rows)}\n\n${settingsOf(rows)}`)
  if (options.json !== undefined) await writeJson(options.json, report)
  if (rows.some(({ holds }) => holds === false)) process.exitCode = 1
}
