/**
 * One state of the database, read while others go on writing. The rows have the same portable form on both engines
 * (db/column-types.ts), so a backup of one can be restored to the other.
 */
import type { DatabaseOptions } from '../db/database.ts'
import type { SqlValue } from '../db/sqlite-messages.ts'
import { openPostgresSnapshot } from './postgres-snapshot.ts'
import { openSqliteSnapshot } from './sqlite-snapshot.ts'

export type Row = readonly SqlValue[]

export interface Snapshot {
  readonly engine: 'sqlite' | 'postgres'
  /** Number of the last migration. */
  readonly schema: number
  /** Without the record of migrations; in order of creation, so that each refers to earlier ones alone. */
  readonly tables: readonly string[]
  columns(table: string): Promise<readonly string[]>
  rows(table: string, columns: readonly string[]): AsyncIterable<Row> | Iterable<Row>
  close(): Promise<void>
}

/** Made and used by migrations and by a restore themselves. */
export const OWN_TABLES = ['migrations', 'restoring']

/** @throws Error when there is no database */
export function openSnapshot({ url, sqlitePath }: Pick<DatabaseOptions, 'url' | 'sqlitePath'>): Promise<Snapshot> {
  return url === null ? openSqliteSnapshot(sqlitePath) : openPostgresSnapshot(url)
}

/** `"a", "b"` */
export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name.replaceAll('"', '""')}"`).join(', ')
}
