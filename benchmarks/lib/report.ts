/** The table for people, the same in Markdown for SPECIFICATION.md, and everything as JSON. */
import { writeFile } from 'node:fs/promises'
import type { MeasuredRow, Plan, Row } from './bench.ts'
import type { Machine } from './machine.ts'

export interface Report {
  readonly machine: Machine
  readonly plan: Plan
  readonly rows: readonly MeasuredRow[]
}

const HEAD = ['what', 'bar', 'figure', 'holds?'] as const

function cellsOf({ what, bar, figure, holds }: Row): string[] {
  return [what, bar ?? '(shown)', figure, holds === null ? '' : holds ? 'yes' : 'NO']
}

/** What stands before the rows: figures mean nothing without it. */
export function describe({ machine, plan }: Report): string {
  const { processor, cores, memoryGiB, kernel, node, date, loadAverage, generator } = machine
  const lines = [
    `${cores} x ${processor}, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}`,
    `${date}, load average ${loadAverage.join(' ')}; ${plan.rounds} rounds of ${plan.roundMs / 1000} s; load by ${generator}`,
  ]
  if (plan.isQuick) lines.push('--quick: amounts are small, so that these figures only show that the programs run')
  return lines.join('\n')
}

export function tableOf(rows: readonly Row[]): string {
  const table = [[...HEAD], ...rows.map(cellsOf)]
  const widths = HEAD.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)))
  const lineOf = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd()
  return table.map(lineOf).join('\n')
}

/** The table of SPECIFICATION.md. */
export function markdownOf(rows: readonly MeasuredRow[]): string {
  const lineOf = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const lines = rows.map((row) => {
    const [what = '', bar = '', figure = '', holds = ''] = cellsOf(row)
    return lineOf([what, bar, `\`--only ${row.bench}\``, figure, holds])
  })
  const head = lineOf(['What', 'Bar', '`bin/node benchmarks/table.ts`', 'Figure', 'Holds'])
  return [head, '|---|---|---|---|---|', ...lines].join('\n')
}

/** Which rows were measured with which settings. */
export function settingsOf(rows: readonly Row[]): string {
  const byText = new Map<string, string[]>()
  for (const { id, settings } of rows) {
    const text = Object.entries(settings)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')
    byText.set(text, [...(byText.get(text) ?? []), id])
  }
  const lines = [...byText].map(([text, ids]) => `  ${text || 'none'}: ${ids.join(', ')}`)
  return ['Settings that differ from the defaults:', ...lines].join('\n')
}

export async function writeJson(path: string, report: Report): Promise<void> {
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`)
}
