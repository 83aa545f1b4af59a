/**
 * The thread that owns the SQLite connection. A commit can wait for the disk for 100 ms and more; here that holds up
 * nobody but those who wait for it. Statements that arrive together are committed together.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import {
  type Batch,
  type BatchResult,
  BEGIN,
  isOfRows,
  type Rows,
  type SqlValue,
  type Statement,
  type StatementResult,
} from './sqlite-messages.ts'

/** Prepared statements kept; the least recently used goes first. */
const MAX_PREPARED = 500

interface Prepared {
  readonly statement: StatementSync
  readonly hasRows: boolean
}

const db = open(String(workerData))
const prepared = new Map<string, Prepared>()

parentPort?.on('message', (batch: Batch | 'close') => {
  if (batch === 'close') close()
  else parentPort?.postMessage(runBatch(batch))
})

function open(path: string): DatabaseSync {
  const opened = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 5000 })
  // Of a new file only: pages that become free can be given back to the disk (free-pages.ts).
  opened.exec('PRAGMA auto_vacuum = INCREMENTAL')
  opened.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536')
  return opened
}

function close(): void {
  prepared.clear()
  db.close()
  parentPort?.close()
}

function runBatch(batch: Batch): BatchResult {
  const begin = batch.at(-1)
  if (begin?.sql === BEGIN.sql) return [...runTogether(batch.slice(0, -1)), run(begin)]
  return runTogether(batch)
}

/** Several statements outside a transaction become one, so that they share the wait for the disk. */
function runTogether(statements: readonly Statement[]): BatchResult {
  if (statements.length < 2 || db.isTransaction) return statements.map(run)
  const begun = run(BEGIN)
  if ('error' in begun) return statements.map(() => begun)
  const results = statements.map(run)
  // A statement that fails is undone alone. Only a full disk and the like end the transaction, and with it them all.
  const committed = db.isTransaction
    ? run({ sql: 'commit', parameters: [] })
    : results.find((result) => 'error' in result)
  if (committed === undefined || !('error' in committed)) return results
  if (db.isTransaction) db.exec('rollback')
  return results.map((result) => ('error' in result ? result : committed))
}

function run({ sql, parameters }: Statement): StatementResult {
  try {
    const { statement, hasRows } = prepare(sql)
    if (isOfRows(parameters)) return { rows: [], changes: runEach(statement, parameters[0]) }
    if (hasRows) return { rows: statement.all(...(parameters as SqlValue[])), changes: 0 }
    return { rows: [], changes: Number(statement.run(...(parameters as SqlValue[])).changes) }
  } catch (error) {
    return failure(error)
  }
}

/** What undoes the rows of one statement: a transaction, or a part of the one that there is. */
const ALONE = { begin: 'begin immediate', commit: 'commit', undo: 'rollback' }
const WITHIN = {
  begin: 'savepoint each_row',
  commit: 'release each_row',
  undo: 'rollback to each_row; release each_row',
}

function runEach(statement: StatementSync, { rows, bytes }: Rows): number {
  const { begin, commit, undo } = db.isTransaction ? WITHIN : ALONE
  let changes = 0
  db.exec(begin)
  try {
    for (const row of JSON.parse(rows) as Row[]) {
      changes += Number(statement.run(...row.map((value) => columnValue(value, bytes))).changes)
    }
    // Where the disk is full a commit may fail as well, and would leave what comes next in a transaction that nobody ends.
    db.exec(commit)
  } catch (error) {
    // Or the full disk has ended the transaction already.
    if (db.isTransaction) db.exec(undo)
    throw error
  }
  return changes
}

type Row = readonly (string | number | null | readonly [number, number])[]

function columnValue(value: Row[number], bytes: Uint8Array | null): SqlValue {
  if (typeof value !== 'object' || value === null) return value
  const [first, size] = value
  return bytes?.subarray(first, first + size) ?? null
}

function prepare(sql: string): Prepared {
  const known = prepared.get(sql)
  if (known) prepared.delete(sql)
  const statement = known?.statement ?? db.prepare(sql)
  // Some pragmas name no columns and do a part of their work for each row that is asked for.
  const hasRows = statement.columns().length > 0 || sql.startsWith('pragma')
  const entry = known ?? { statement, hasRows }
  prepared.set(sql, entry)
  const oldest = prepared.keys().next().value
  if (prepared.size > MAX_PREPARED && oldest !== undefined) prepared.delete(oldest)
  return entry
}

function failure(error: unknown): StatementResult {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0
  return { error: { message, code } }
}
