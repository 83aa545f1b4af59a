/** What goes between the SQLite driver and its worker thread. */

/** A value of a column, or bound to a parameter. */
export type SqlValue = string | number | bigint | null | Uint8Array

export interface Statement {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
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
