/** Hosted data: collections, files, how much each owner has; default collections of algorithms. */
import type { CreateIndexBuilder, Transaction } from 'kysely'
import { type ColumnTypes, columnTypes } from '../column-types.ts'
import type { Migration } from '../migrate.ts'

type Database = Transaction<unknown>

export const hostedDataMigration: Migration = {
  name: 'hosted data',
  async up(db, engine) {
    const types = columnTypes(engine)
    await createCollections(db, types)
    await createFiles(db, types)
    await createUsage(db, types)
    await extendAlgorithms(db, types)
  },
}

async function createCollections(db: Database, { text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('collections')
    .ifNotExists()
    .addColumn('id', text, (column) => column.primaryKey().notNull())
    .addColumn('owner_id', text, (column) => column.notNull())
    .addColumn('scope', text, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('name_lower', text, (column) => column.notNull())
    .addColumn('acl', text, (column) => column.notNull())
    .addColumn('created_at', text, (column) => column.notNull())
    .execute()
  await index(db, 'collections', ['owner_id', 'scope', 'name_lower']).unique().execute()
  await index(db, 'collections', ['scope']).execute()
}

async function createFiles(db: Database, { text, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('files')
    .ifNotExists()
    .addColumn('collection_id', text, (column) => column.notNull().references('collections.id'))
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('size_bytes', integer, (column) => column.notNull())
    .addColumn('crc32', integer, (column) => column.notNull())
    .addColumn('object_id', text, (column) => column.notNull())
    .addColumn('modified_at', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('files_key', ['collection_id', 'name'])
    .execute()
  await index(db, 'files', ['object_id']).unique().execute()
}

async function createUsage(db: Database, { text, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('data_usage')
    .ifNotExists()
    .addColumn('owner_id', text, (column) => column.primaryKey().notNull())
    .addColumn('bytes', integer, (column) => column.notNull())
    .addColumn('files', integer, (column) => column.notNull())
    .execute()
}

/** No foreign key: a default that was deleted is as none. */
async function extendAlgorithms(db: Database, { text }: ColumnTypes): Promise<void> {
  const tables = await db.introspection.getTables()
  const algorithms = tables.find(({ name }) => name === 'algorithms')
  if (algorithms?.columns.some(({ name }) => name === 'default_collection_id')) return
  await db.schema.alterTable('algorithms').addColumn('default_collection_id', text).execute()
}

function index(db: Database, table: string, columns: string[]): CreateIndexBuilder<string> {
  return db.schema
    .createIndex(`${table}_by_${columns.join('_')}`)
    .ifNotExists()
    .on(table)
    .columns(columns) as CreateIndexBuilder<string>
}
