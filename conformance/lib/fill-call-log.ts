/** Writes very many calls into the call log of a stopped server, past all of its own ways: they would take hours. */
import type { FilledDatabase } from './databases.ts'

/** A row of the table; all rows have the same columns. */
export type FilledCall = Readonly<Record<string, string | number | null>>

const ROWS_OF_STATEMENT = 500
const STATEMENTS = 40

/** @param callOf makes the call with this number */
export function fillCallLog(
  database: Pick<FilledDatabase, 'execute'>,
  count: number,
  callOf: (index: number) => FilledCall,
): void {
  const chunk = ROWS_OF_STATEMENT * STATEMENTS
  for (let start = 0; start < count; start += chunk) {
    const end = Math.min(count, start + chunk)
    const statements: string[] = []
    for (let at = start; at < end; at += ROWS_OF_STATEMENT) {
      const length = Math.min(ROWS_OF_STATEMENT, end - at)
      statements.push(insertOf(Array.from({ length }, (_, offset) => callOf(at + offset))))
    }
    database.execute(`begin; ${statements.join(';')}; commit;`)
  }
}

function insertOf(rows: readonly FilledCall[]): string {
  const values = rows.map((row) => `(${Object.values(row).map(literal)})`)
  return `insert into call_log (${Object.keys(rows[0] ?? {})}) values ${values}`
}

/** Standard strings on both engines: a quote is written twice, and nothing else is special. */
function literal(value: string | number | null): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)
}
