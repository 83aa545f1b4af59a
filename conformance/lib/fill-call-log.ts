/** Writes very many calls into the call log of a stopped server, past all of its own ways: they would take hours. */
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

/** A row of the table; every column is there. */
export type FilledCall = Readonly<Record<string, string | number | null>>

export interface FilledDatabase {
  /** Undefined: SQLite. */
  readonly url: string | undefined
  readonly sqlitePath: string
}

const CHUNK = 10_000

/** @param callOf makes the call with this number */
export async function fillCallLog(
  database: FilledDatabase,
  count: number,
  callOf: (index: number) => FilledCall,
): Promise<void> {
  if (database.url === undefined) fillSqlite(database.sqlitePath, count, callOf)
  else await fillPostgres(database.url, count, callOf)
}

function fillSqlite(path: string, count: number, callOf: (index: number) => FilledCall): void {
  const db = new DatabaseSync(path)
  try {
    db.exec('pragma synchronous = off; pragma cache_size = -262144')
    const names = Object.keys(callOf(0))
    const insert = db.prepare(`insert into call_log (${names}) values (${names.map(() => '?')})`)
    for (let start = 0; start < count; start += CHUNK) {
      db.exec('begin')
      for (let index = start; index < Math.min(count, start + CHUNK); index++)
        insert.run(...Object.values(callOf(index)))
      db.exec('commit')
    }
    db.exec('pragma wal_checkpoint(truncate)')
  } finally {
    db.close()
  }
}

async function fillPostgres(url: string, count: number, callOf: (index: number) => FilledCall): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (let start = 0; start < count; start += CHUNK) {
      const rows = Array.from({ length: Math.min(CHUNK, count - start) }, (_, offset) => callOf(start + offset))
      const insert = 'insert into call_log select * from json_populate_recordset(null::call_log, $1)'
      await client.query(insert, [JSON.stringify(rows)])
    }
    await client.query('analyze call_log')
  } finally {
    await client.end()
  }
}
