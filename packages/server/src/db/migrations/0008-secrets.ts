/** Secrets of algorithms and organizations, and the providers that keep them (rest-api.md 3.2, 3.7). */
import { columnTypes } from '../column-types.ts'
import type { Migration } from '../migrate.ts'
import { index, key, required, table } from './statements.ts'

export const secretsMigration: Migration = {
  name: 'secrets',
  async up(db, engine) {
    const { text, integer } = columnTypes(engine)
    await table(db, 'secret_providers')
      .addColumn('id', text, key)
      .addColumn('name', text, required)
      .addColumn('description', text, required)
      .addColumn('module_name', text, required)
      .addColumn('factory_class_name', text, required)
      .addColumn('interface_version', text, required)
      .addColumn('sealed_configuration', text)
      .addColumn('is_enabled', integer, required)
      .addColumn('default_since', text)
      .addColumn('created_at', text, required)
      .addColumn('modified_at', text, required)
      .execute()
    await table(db, 'secrets')
      .addColumn('id', text, key)
      .addColumn('owner_type', text, required)
      .addColumn('owner_id', text, required)
      .addColumn('provider_id', text, required)
      .addColumn('value_id', text, required)
      .addColumn('value_bytes', integer, required)
      .addColumn('short_name', text, required)
      .addColumn('description', text, required)
      .addColumn('secret_key', text, required)
      .addColumn('created_at', text, required)
      .addColumn('modified_at', text, required)
      .addColumn('created_by', text, required)
      .execute()
    await index(db, 'secrets', ['owner_id', 'secret_key']).unique().execute()
    await index(db, 'secrets', ['owner_id', 'short_name']).unique().execute()
    await table(db, 'secret_values')
      .addColumn('id', text, key)
      .addColumn('sealed', text, required)
      .addColumn('version', text, required)
      .execute()
  },
}
