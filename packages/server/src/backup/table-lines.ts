/** Rows of a table as lines of JSON: first what they are, then one array per row. */
import type { SqlValue } from '../db/sqlite-messages.ts'
import { BackupError } from './format.ts'
import type { Row } from './snapshot.ts'

export interface TableHead {
  readonly table: string
  readonly columns: readonly string[]
}

/** Lines are handed on in pieces of about this length. */
const PIECE_BYTES = 256 * 1024

/** @param onRow called for every row that was taken in */
export async function* linesOf(
  head: TableHead,
  rows: AsyncIterable<Row> | Iterable<Row>,
  onRow: () => void,
): AsyncGenerator<Buffer> {
  let held = `${JSON.stringify(head)}\n`
  for await (const row of rows) {
    held += `${JSON.stringify(row.map(toJson))}\n`
    onRow()
    if (held.length < PIECE_BYTES) continue
    yield Buffer.from(held)
    held = ''
  }
  yield Buffer.from(held)
}

function toJson(value: SqlValue): unknown {
  return value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value
}

export interface LineReader {
  /** @returns what of it is whole */
  push(bytes: Buffer): { readonly head: TableHead; readonly rows: readonly Row[] } | undefined
  /** @throws BackupError when a line is not finished */
  end(): void
}

/** Reads what {@link linesOf} wrote, however it was cut. */
export function createLineReader(): LineReader {
  let head: TableHead | undefined
  let rest: Buffer = Buffer.alloc(0)
  return {
    push(bytes) {
      const all = Buffer.concat([rest, bytes])
      const end = all.lastIndexOf('\n') + 1
      rest = all.subarray(end)
      const lines = all.toString('utf8', 0, end).split('\n').slice(0, -1)
      if (!head) head = readHead(lines.shift())
      return head && { head, rows: lines.map(readRow) }
    },
    end() {
      if (rest.length > 0 || !head) throw new BackupError('The backup holds a table that ends in the middle of a row')
    },
  }
}

function readHead(line: string | undefined): TableHead | undefined {
  return line === undefined ? undefined : (JSON.parse(line) as TableHead)
}

function readRow(line: string): Row {
  return (JSON.parse(line) as unknown[]).map((value) => {
    if (value === null || typeof value === 'string' || typeof value === 'number') return value
    return Buffer.from((value as { base64: string }).base64, 'base64')
  })
}
