/** What goes between the SQLite driver and its worker thread. */

/** A value of a column, or bound to a parameter. */
export type SqlValue = string | number | bigint | null | Uint8Array

/** Rows for which a statement is run one after the other, all of them or none. */
export interface Rows {
  /** JSON: a list of rows, each a list of texts, numbers and nulls. */
  readonly rows: string
  /** What the rows have of bytes, one after the other; a row has `[first, size]` in the place of its own. */
  readonly bytes: Uint8Array | null
}

export interface Statement {
  readonly sql: string
  readonly parameters: readonly SqlValue[] | readonly [Rows]
}

export function isOfRows(parameters: Statement['parameters']): parameters is readonly [Rows] {
  const [only] = parameters
  return typeof only === 'object' && only !== null && 'rows' in only
}

/** Opens a transaction; always the last of its batch, since all others wait for its answer. */
export const BEGIN: Statement = { sql: 'begin immediate', parameters: [] }

export type StatementResult =
  | { readonly rows: readonly unknown[]; readonly changes: number }
  /** `code` is SQLite's extended result code. */
  | { readonly error: { readonly message: string; readonly code: number } }

/** Statements that are run in order; the answer is one result each, in one message. */
export type Batch = readonly Statement[]
export type BatchResult = readonly StatementResult[]
