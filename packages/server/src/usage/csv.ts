/** Tables as CSV (RFC 4180) that spreadsheets open without running anything in them. */
import { Readable } from 'node:stream'

export type Cell = string | number

/** What a spreadsheet takes for a formula begins with one of these. */
const FORMULA = /^[=+\-@\t\r]/

/** One line; texts that look like formulas get a `'` before them, numbers stay as they are. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(cell: Cell): string {
  if (typeof cell === 'number') return String(cell)
  const safe = FORMULA.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A whole table, read page by page while it is sent. */
export function csvStream(heading: readonly string[], pages: AsyncIterable<readonly (readonly Cell[])[]>): Readable {
  return Readable.from(csvText(heading, pages))
}

async function* csvText(
  heading: readonly string[],
  pages: AsyncIterable<readonly (readonly Cell[])[]>,
): AsyncGenerator<Buffer> {
  yield Buffer.from(csvLine(heading))
  for await (const rows of pages) yield Buffer.from(rows.map(csvLine).join(''))
}

/** Every page of a list, first to last. @param read up to `limit` rows after a marker */
export async function* allPages<Row>(
  read: (after: Row | undefined, limit: number) => Promise<readonly Row[]>,
  limit = 1000,
): AsyncGenerator<readonly Row[]> {
  let after: Row | undefined
  do {
    const rows: readonly Row[] = await read(after, limit)
    after = rows.length < limit ? undefined : rows.at(-1)
    if (rows.length > 0) yield rows
  } while (after !== undefined)
}

/** True when a request asks for CSV. */
export function wantsCsv({ format, accept }: { format?: string | undefined; accept?: string | undefined }): boolean {
  return format === undefined ? /^\s*text\/csv\b/i.test(accept ?? '') : format.toLowerCase() === 'csv'
}
