/** Writes very many rows into a table of a stopped server, past all of its own ways: they would take hours. */
import type { FilledDatabase } from './databases.ts'

/** A row by its columns; all rows of a table have the same. */
export type FilledRow = Readonly<Record<string, string | number | null>>

const ROWS_OF_STATEMENT = 500
const STATEMENTS = 40

export interface FilledTable {
  readonly table: string
  /** How many rows. */
  readonly count: number
  /** Makes the row with this number, from 0. */
  rowOf(index: number): FilledRow
}

export function fillTable(database: Pick<FilledDatabase, 'execute'>, { table, count, rowOf }: FilledTable): void {
  const chunk = ROWS_OF_STATEMENT * STATEMENTS
  for (let start = 0; start < count; start += chunk) {
    const end = Math.min(count, start + chunk)
    const statements: string[] = []
    for (let at = start; at < end; at += ROWS_OF_STATEMENT) {
      const length = Math.min(ROWS_OF_STATEMENT, end - at)
      const rows = Array.from({ length }, (_, offset) => rowOf(at + offset))
      statements.push(insertOf(table, rows))
    }
    database.execute(`begin; ${statements.join(';')}; commit;`)
  }
}

function insertOf(table: string, rows: readonly FilledRow[]): string {
  const values = rows.map((row) => `(${Object.values(row).map(literal)})`)
  return `insert into ${table} (${Object.keys(rows[0] ?? {})}) values ${values}`
}

/** Standard strings on both engines: a quote is written twice, and nothing else is special. */
function literal(value: string | number | null): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)
}
