/** Kysely's dialect for SQLite in a worker thread. */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { BEGIN, type Statement } from './sqlite-messages.ts'
import { createSqliteThread, type SqliteThread } from './sqlite-thread.ts'
import { createTransactionGate, type TransactionGate } from './transaction-gate.ts'

/** Kysely would allow one statement at a time on one connection; the gate here lets single statements share it. */
class SharedConnectionAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true
  }
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/**
 * @param path database file
 * @param onLost told when the database can't be used any more
 */
export function createSqliteDialect(path: string, onLost: (error: Error) => void): Dialect {
  return {
    createDriver: () => createDriver(path, onLost),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SharedConnectionAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  }
}

interface Connection extends DatabaseConnection {
  /** True between begin and the end of this connection's transaction. */
  hasTurn: boolean
}

function createDriver(path: string, onLost: (error: Error) => void): Driver {
  const thread = createSqliteThread(path, onLost)
  const gate = createTransactionGate()

  async function end(connection: DatabaseConnection, sql: 'commit' | 'rollback'): Promise<void> {
    await thread.run({ sql, parameters: [] })
    release(connection)
  }

  function release(connection: DatabaseConnection): void {
    const own = connection as Connection
    if (!own.hasTurn) return
    own.hasTurn = false
    gate.leave()
  }

  return {
    async init() {},
    acquireConnection: async () => createConnection(thread, gate),
    async beginTransaction(connection) {
      await gate.enter()
      const own = connection as Connection
      own.hasTurn = true
      await thread.run(BEGIN)
    },
    commitTransaction: (connection) => end(connection, 'commit'),
    async rollbackTransaction(connection) {
      try {
        await end(connection, 'rollback')
      } finally {
        // After a full disk there is nothing left to roll back; the turn must be given up all the same.
        release(connection)
      }
    },
    releaseConnection: async (connection) => release(connection),
    destroy: () => thread.close(),
  }
}

function createConnection(thread: SqliteThread, gate: TransactionGate): Connection {
  return {
    hasTurn: false,
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      if (!this.hasTurn) await gate.pass()
      const { rows, changes } = await thread.run({ sql, parameters: parameters as Statement['parameters'] })
      return { rows: rows as R[], numAffectedRows: BigInt(changes) }
    },
    // biome-ignore lint/correctness/useYield: an interface that must be there
    async *streamQuery() {
      throw new Error('SQLite statements are not streamed; read pages')
    },
  }
}
