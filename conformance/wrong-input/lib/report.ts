/** Collects what the rows measured. Prints a theme's table at its end, or leaves it in a file for table.ts to collect. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** One line of the table. */
export interface MeasuredRow {
  readonly theme: string
  readonly name: string
  readonly sent: string
  /** How many inputs got this answer. */
  readonly inputs: number
  readonly expected: string
  readonly slowestMs: number
  readonly withinMs: number
  readonly heldMs: number
}

const rows: MeasuredRow[] = []

export function recordRow(row: MeasuredRow): void {
  rows.push(row)
}

/** `ALGORIST_WRONG_INPUT_REPORT` names the folder that table.ts reads. */
export async function reportTheme(theme: string): Promise<void> {
  const folder = process.env.ALGORIST_WRONG_INPUT_REPORT
  if (folder) await writeFile(join(folder, `${theme}.json`), JSON.stringify(rows))
  else process.stdout.write(formatPlain(theme, rows))
}

function formatPlain(theme: string, measured: readonly MeasuredRow[]): string {
  const lines = measured.map(
    ({ name, inputs, expected, slowestMs }) =>
      `${`${slowestMs.toFixed(0)} ms`.padStart(9)}  ${String(inputs).padStart(4)} × ${name}: ${expected.slice(0, 90)}`,
  )
  const count = measured.reduce((sum, { inputs }) => sum + inputs, 0)
  return `${theme}: ${measured.length} rows, ${count} inputs\n${lines.join('\n')}\n`
}
