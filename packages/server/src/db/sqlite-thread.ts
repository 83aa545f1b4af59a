/** The main thread's end of the SQLite worker: sends what is pending in one message, and matches the answers. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { BatchResult, Statement, StatementResult } from './sqlite-messages.ts'

/** A statement that SQLite refused. */
export class SqliteError extends Error {
  /** SQLite's extended result code, such as 2067 for a unique index. */
  readonly code: number
  constructor(message: string, code: number) {
    super(message)
    this.name = 'SqliteError'
    this.code = code
  }
}

export interface SqliteResult {
  readonly rows: readonly unknown[]
  readonly changes: number
}

export interface SqliteThread {
  /** Statements run in the order in which they are given. @throws SqliteError */
  run(statement: Statement): Promise<SqliteResult>
  /** Finishes what was given and closes the file. */
  close(): Promise<void>
}

interface Waiting {
  readonly statement: Statement
  resolve(result: SqliteResult): void
  reject(error: Error): void
}

/**
 * Opens the file (made when missing) in a thread of its own. Failure to open shows in the first statement.
 *
 * @param onLost told when the thread ended without having been asked to; no statement works after it
 */
export function createSqliteThread(path: string, onLost: (error: Error) => void = () => {}): SqliteThread {
  const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), { workerData: path, env: {}, execArgv: [] })
  let pending: Waiting[] = []
  let sent: Waiting[] = []
  let failure: Error | undefined
  let isClosing = false

  worker.on('message', (results: BatchResult) => {
    const answered = sent
    sent = []
    for (const [index, waiting] of answered.entries()) settle(waiting, results[index])
    flush()
  })
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))))
  worker.on('exit', () => fail(new Error('The database is closed')))

  function flush(): void {
    if (sent.length > 0 || pending.length === 0) return
    sent = pending
    pending = []
    worker.postMessage(sent.map(({ statement }) => statement))
  }

  function fail(error: Error): void {
    if (failure === undefined && !isClosing) onLost(error)
    failure ??= error
    for (const waiting of [...sent, ...pending]) waiting.reject(failure)
    sent = []
    pending = []
  }

  return {
    run: (statement) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure)
        pending.push({ statement, resolve, reject })
        // Not at once: what this turn of the loop still adds goes with it.
        if (pending.length === 1) queueMicrotask(flush)
      }),
    async close() {
      if (failure) return
      while (sent.length + pending.length > 0) await new Promise((resolve) => setImmediate(resolve))
      isClosing = true
      const exited = once(worker, 'exit')
      worker.postMessage('close')
      await exited
    },
  }
}

function settle({ resolve, reject }: Waiting, result: StatementResult | undefined): void {
  if (result === undefined) reject(new Error('The database thread gave no answer'))
  else if ('error' in result) reject(new SqliteError(result.error.message, result.error.code))
  else resolve(result)
}
