/** Connectors (rest-api.md 3.4, row 118). */
import { sql } from 'kysely'
import { columnTypes } from '../column-types.ts'
import type { Migration } from '../migrate.ts'
import { index, key, required, table } from './statements.ts'

export const connectorsMigration: Migration = {
  name: 'connectors',
  async up(db, engine) {
    const { text, integer } = columnTypes(engine)
    await table(db, 'connectors')
      .addColumn('id', text, key)
      .addColumn('owner_id', text, (column) => required(column).references('accounts.id').onDelete('cascade'))
      .addColumn('protocol', text, required)
      .addColumn('label', text, required)
      .addColumn('label_lower', text, required)
      .addColumn('is_default', integer, required)
      .addColumn('path_glob', text, required)
      .addColumn('is_writeable', integer, required)
      .addColumn('cred_type', text, required)
      .addColumn('sealed', text, required)
      .addColumn('credentials_version', integer, required)
      .addColumn('created_at', text, required)
      .addColumn('created_by', text, required)
      .execute()
    await index(db, 'connectors', ['owner_id', 'protocol', 'label_lower']).unique().execute()
    await index(db, 'connectors', ['owner_id', 'protocol']).unique().where(sql`is_default`, '=', sql.lit(1)).execute()
  },
}
