/**
 * The statements that migrations are made of, each safe to run twice. A migration that is out stays as it is, so these keep
 * their meaning.
 */
import type { ColumnDefinitionBuilder, CreateIndexBuilder, CreateTableBuilder, Transaction } from 'kysely'
import type { ColumnTypes } from '../column-types.ts'

export type MigratedDatabase = Transaction<unknown>

export const key = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.primaryKey().notNull()
export const required = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull()

/** A new table, to be given columns and executed. */
export function table(db: MigratedDatabase, name: string): CreateTableBuilder<string> {
  return db.schema.createTable(name).ifNotExists() as CreateTableBuilder<string>
}

/** A new index, named after its columns, to be made unique where it is, and executed. */
export function index(db: MigratedDatabase, on: string, columns: string[]): CreateIndexBuilder<string> {
  return db.schema
    .createIndex(`${on}_by_${columns.join('_')}`)
    .ifNotExists()
    .on(on)
    .columns(columns) as CreateIndexBuilder<string>
}

/** Resolves with false when the column is there already. */
export async function addColumn(
  db: MigratedDatabase,
  tableName: string,
  name: string,
  type: ColumnTypes['text' | 'integer'],
): Promise<boolean> {
  const tables = await db.introspection.getTables()
  const known = tables.find((found) => found.name === tableName)?.columns.some((column) => column.name === name)
  if (known) return false
  await db.schema.alterTable(tableName).addColumn(name, type).execute()
  return true
}
