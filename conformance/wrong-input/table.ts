/**
 * Runs the wrong input themes and prints the table of what was sent, what it was answered with, and how fast.
 *
 *   bin/node conformance/wrong-input/table.ts                 prints it
 *   bin/node conformance/wrong-input/table.ts --write         writes it into README.md, between its two marks
 *   bin/node conformance/wrong-input/table.ts git builds      only these themes
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { MeasuredRow } from './lib/report.ts'

const THEMES = ['requests', 'access', 'data', 'git', 'builds', 'algorithms']
const README = join(import.meta.dirname, 'README.md')
const BEGIN = '<!-- table -->'
const END = '<!-- end of table -->'
const SLOWEST = 10

/** Runs one theme; true when every row got its answer. */
async function runTheme(theme: string, report: string): Promise<boolean> {
  const file = join(import.meta.dirname, `${theme}.test.ts`)
  const child = spawn(process.execPath, ['--test', '--test-reporter=dot', file], {
    env: { ...process.env, ALGORIST_WRONG_INPUT_REPORT: report },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code] = await once(child, 'exit')
  return code === 0
}

async function readRows(theme: string, report: string): Promise<MeasuredRow[]> {
  return JSON.parse(await readFile(join(report, `${theme}.json`), 'utf8'))
}

function formatTheme(theme: string, rows: readonly MeasuredRow[]): string {
  const lines = rows.map(({ name, sent, inputs, expected, slowestMs, withinMs, heldMs }) =>
    [code(name, 120, false), code(sent, 90), inputs, code(expected, 140), ms(slowestMs), withinMs, ms(heldMs)].join(
      ' | ',
    ),
  )
  const head =
    '| Row | Sent | Inputs | Answer | Slowest, ms | Limit, ms | Loop held, ms |\n|---|---|---|---|---|---|---|'
  return `### ${theme}\n\n${head}\n${lines.map((line) => `| ${line} |`).join('\n')}\n`
}

function formatSummary(rows: readonly MeasuredRow[]): string {
  const inputs = rows.reduce((sum, row) => sum + row.inputs, 0)
  const slowest = [...rows].sort((a, b) => b.slowestMs - a.slowestMs).slice(0, SLOWEST)
  const list = slowest.map(
    ({ theme, name, slowestMs, withinMs }) => `| ${theme} | ${name} | ${ms(slowestMs)} | ${withinMs} |`,
  )
  const held = Math.max(...rows.map(({ heldMs }) => heldMs))
  return (
    `${rows.length} rows, ${inputs} inputs. The event loop was held ${ms(held)} ms at most.\n\n` +
    `| Theme | Slowest answers | ms | Limit, ms |\n|---|---|---|---|\n${list.join('\n')}\n`
  )
}

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0))

/** Text for one cell: no line ends, no column ends, no control characters, not too long. */
function code(text: string, maxLength: number, isCode = true): string {
  const flat = text
    .replace(/\p{Cc}+/gu, ' ')
    .replaceAll('`', "'")
    .replaceAll('|', '¦')
  const short = flat.length > maxLength ? `${flat.slice(0, maxLength)}…` : flat
  return isCode && short !== '' ? `\`${short}\`` : short
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { write: { type: 'boolean' } } })
const wanted = positionals.length === 0 ? THEMES : THEMES.filter((theme) => positionals.includes(theme))
const report = await mkdtemp(join(tmpdir(), 'algorist-table-'))
try {
  const tables: string[] = []
  const all: MeasuredRow[] = []
  for (const theme of wanted) {
    if (!(await runTheme(theme, report))) process.exitCode = 1
    const rows = await readRows(theme, report)
    all.push(...rows)
    tables.push(formatTheme(theme, rows))
  }
  const text = `${formatSummary(all)}\n${tables.join('\n')}`
  if (values.write) {
    const readme = await readFile(README, 'utf8')
    const [before = ''] = readme.split(BEGIN)
    await writeFile(README, `${before}${BEGIN}\n\n${text}\n${END}\n`)
  } else process.stdout.write(text)
} finally {
  await rm(report, { recursive: true, force: true })
}
