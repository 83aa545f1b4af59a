/** Indexes for lists of very many accounts and keys, and for what ends keys and looks for owners. */
import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'
import { index } from './statements.ts'

export const manyAccountsMigration: Migration = {
  name: 'many-accounts',
  async up(db) {
    await index(db, 'accounts', ['kind', 'name_lower']).where(sql`deleted_at`, 'is', null).execute()
    await index(db, 'organization_members', ['organization_id', 'role']).execute()
    await index(db, 'api_keys', ['account_id', 'created_at', 'id']).execute()
    await index(db, 'api_keys', ['assignee_id']).where(sql`assignee_id`, 'is not', null).execute()
  },
}
