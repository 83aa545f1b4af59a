/** Sessions, invitations, approvals, organization types, the look of the pages, reservations, notifications, audit log. */
import { sql, type Transaction } from 'kysely'
import { type ColumnTypes, columnTypes } from '../column-types.ts'
import type { Engine, Migration } from '../migrate.ts'
import type { Schema } from '../schema.ts'
import { addColumn, index, key, type MigratedDatabase, required, table } from './statements.ts'

export const peopleMigration: Migration = {
  name: 'people',
  async up(db, engine) {
    const types = columnTypes(engine)
    await extendAccounts(db, types)
    await extendMembers(db, types)
    await extendKeys(db, types)
    await createLogins(db, types)
    await createInvitations(db, types)
    await createOrganizationParts(db, types)
    await createServerSettings(db, types)
    await createScms(db, types)
    await createNotifications(db, types)
    await createAuditLog(db, types, engine)
  },
}

async function extendAccounts(db: MigratedDatabase, { text, integer }: ColumnTypes): Promise<void> {
  await addColumn(db, 'accounts', 'external_id', text)
  await addColumn(db, 'accounts', 'groups_as_of', text)
  // A deleted account keeps its row: nobody gets its name, e-mail address or host uid again.
  await addColumn(db, 'accounts', 'deleted_at', text)
  await addColumn(db, 'accounts', 'is_viewer', integer)
  await addColumn(db, 'accounts', 'preferences', text)
  await index(db, 'accounts', ['external_id']).unique().execute()
}

/** Those who were there before groups gave roles were added by hand. */
async function extendMembers(db: MigratedDatabase, { text }: ColumnTypes): Promise<void> {
  if (!(await addColumn(db, 'organization_members', 'manual_role', text))) return
  await (db as unknown as Transaction<Pick<Schema, 'organization_members'>>)
    .updateTable('organization_members')
    .set((row) => ({ manual_role: row.ref('role') }))
    .execute()
}

async function extendKeys(db: MigratedDatabase, { text }: ColumnTypes): Promise<void> {
  for (const name of ['expires_at', 'last_used_at', 'assignee_id', 'created_by']) {
    await addColumn(db, 'api_keys', name, text)
  }
}

async function createLogins(db: MigratedDatabase, { text }: ColumnTypes): Promise<void> {
  await table(db, 'sessions')
    .addColumn('digest', text, key)
    .addColumn('account_id', text, (column) => required(column).references('accounts.id').onDelete('cascade'))
    .addColumn('created_at', text, required)
    .addColumn('expires_at', text, required)
    .execute()
  await index(db, 'sessions', ['account_id']).execute()
  await table(db, 'password_resets')
    .addColumn('digest', text, key)
    .addColumn('account_id', text, (column) => required(column).references('accounts.id').onDelete('cascade'))
    .addColumn('expires_at', text, required)
    .execute()
  await index(db, 'password_resets', ['account_id']).execute()
}

async function createInvitations(db: MigratedDatabase, { text, integer }: ColumnTypes): Promise<void> {
  await table(db, 'invites')
    .addColumn('code', text, key)
    .addColumn('signup_credits', integer)
    .addColumn('comments', text)
    .addColumn('expires_at', text)
    .addColumn('created_by', text, required)
    .addColumn('created_at', text, required)
    .execute()
  await table(db, 'organization_invitations')
    .addColumn('id', text, key)
    .addColumn('organization_id', text, (column) => required(column).references('accounts.id').onDelete('cascade'))
    .addColumn('user_id', text, (column) => column.references('accounts.id').onDelete('cascade'))
    .addColumn('email_lower', text)
    .addColumn('code_digest', text)
    .addColumn('role', text, required)
    .addColumn('invited_by', text, required)
    .addColumn('created_at', text, required)
    .addColumn('expires_at', text, required)
    .execute()
  await index(db, 'organization_invitations', ['organization_id', 'user_id']).unique().execute()
  await index(db, 'organization_invitations', ['organization_id', 'email_lower']).unique().execute()
  await index(db, 'organization_invitations', ['code_digest']).unique().execute()
}

async function createOrganizationParts(db: MigratedDatabase, { text }: ColumnTypes): Promise<void> {
  await table(db, 'organization_types')
    .addColumn('id', text, key)
    .addColumn('name', text, required)
    .addColumn('name_lower', text, required)
    .addColumn('created_at', text, required)
    .execute()
  await index(db, 'organization_types', ['name_lower']).unique().execute()
  await addOrganizationTypes(db)
  await table(db, 'publish_requests')
    .addColumn('id', text, key)
    .addColumn('version_id', text, required)
    .addColumn('algorithm_id', text, (column) => required(column).references('algorithms.id').onDelete('cascade'))
    .addColumn('requested_by', text, required)
    .addColumn('requested_at', text, required)
    .addColumn('state', text, required)
    .addColumn('decided_by', text)
    .addColumn('decided_at', text)
    .execute()
  await index(db, 'publish_requests', ['algorithm_id', 'version_id'])
    .unique()
    .where(sql`state`, '=', sql.lit('open'))
    .execute()
  await table(db, 'host_information')
    .addColumn('id', text, key)
    .addColumn('organization_id', text, (column) => required(column).references('accounts.id').onDelete('cascade'))
    .addColumn('host_username', text, required)
    .addColumn('host_user_id', text, required)
    .execute()
  await index(db, 'host_information', ['organization_id']).unique().execute()
  await table(db, 'functional_ids')
    .addColumn('algorithm_id', text, (column) => key(column).references('algorithms.id').onDelete('cascade'))
    .addColumn('functional_id', text, required)
    .execute()
}

/** The types that clients know by name (rest-api.md 3.5, row 95); their ids are the same on every server. */
async function addOrganizationTypes(db: MigratedDatabase): Promise<void> {
  const rows = ['basic', 'legacy', 'pro'].map((name, index) => ({
    id: `0f7a1d3e-52c8-4b0e-9c1a-6d1f2a3b4c0${index + 1}`,
    name,
    name_lower: name,
    created_at: '2021-01-01T00:00:00.000Z',
  }))
  await (db as unknown as Transaction<Pick<Schema, 'organization_types'>>)
    .insertInto('organization_types')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

async function createServerSettings(db: MigratedDatabase, { text, integer, bytes }: ColumnTypes): Promise<void> {
  await table(db, 'frontend_entries')
    .addColumn('name', text, key)
    .addColumn('value', text, required)
    .addColumn('created_at', text, required)
    .addColumn('updated_at', text, required)
    .execute()
  await table(db, 'pictures')
    .addColumn('name', text, key)
    .addColumn('content_type', text, required)
    .addColumn('updated_at', text, required)
    .addColumn('bytes', bytes, required)
    .execute()
  await table(db, 'features')
    .addColumn('name', text, required)
    .addColumn('account_id', text, required)
    .addColumn('enabled', integer, required)
    .addPrimaryKeyConstraint('features_key', ['name', 'account_id'])
    .execute()
  await table(db, 'reservations')
    .addColumn('id', text, key)
    .addColumn('algorithm_id', text, (column) => required(column).references('algorithms.id').onDelete('cascade'))
    .addColumn('account_id', text, (column) => required(column).references('accounts.id').onDelete('cascade'))
    .addColumn('version_type', text, required)
    .addColumn('version_identifier', text)
    .addColumn('slots', integer, required)
    .addColumn('created_at', text, required)
    .execute()
  await table(db, 'disabled_environments').addColumn('specification_id', text, key).execute()
}

async function createScms(db: MigratedDatabase, { text, integer }: ColumnTypes): Promise<void> {
  await table(db, 'scms')
    .addColumn('id', text, key)
    .addColumn('name', text, required)
    .addColumn('provider', text, required)
    .addColumn('enabled', integer, required)
    .addColumn('is_default', integer, required)
    .addColumn('urls', text, required)
    .addColumn('settings', text, required)
    .addColumn('secret', text)
    .addColumn('created_at', text, required)
    .execute()
}

async function createNotifications(db: MigratedDatabase, { text }: ColumnTypes): Promise<void> {
  await table(db, 'notifications')
    .addColumn('id', text, key)
    .addColumn('account_id', text, (column) => required(column).references('accounts.id').onDelete('cascade'))
    .addColumn('kind', text, required)
    .addColumn('context', text, required)
    .addColumn('created_at', text, required)
    .addColumn('read_at', text)
    .execute()
  await index(db, 'notifications', ['account_id', 'created_at']).execute()
}

/** Rows outlive what they name, so there are no foreign keys. */
async function createAuditLog(db: MigratedDatabase, { text, integer }: ColumnTypes, engine: Engine): Promise<void> {
  const number = engine === 'sqlite' ? sql`integer` : sql`bigserial`
  await table(db, 'audit_log')
    .addColumn('number', number, (column) => column.primaryKey().notNull())
    .addColumn('at', text, required)
    .addColumn('action', text, required)
    .addColumn('account_id', text)
    .addColumn('account_name', text, required)
    .addColumn('login', text, required)
    .addColumn('key_id', text)
    .addColumn('address', text)
    .addColumn('target', text, required)
    .addColumn('status', integer, required)
    .execute()
  await index(db, 'audit_log', ['account_id', 'number']).execute()
  await refuseChanges(db, engine)
}

/** Append-only, whoever writes the SQL. */
async function refuseChanges(db: MigratedDatabase, engine: Engine): Promise<void> {
  for (const change of ['update', 'delete']) {
    const name = sql.id(`audit_log_no_${change}`)
    const statement =
      engine === 'sqlite'
        ? sql`create trigger if not exists ${name} before ${sql.raw(change)} on audit_log
              begin select raise(abort, 'the audit log is only added to'); end`
        : sql`create or replace rule ${name} as on ${sql.raw(change)} to audit_log do instead nothing`
    await statement.execute(db)
  }
}
