/** The first tables: accounts, members, keys, algorithms, builds, versions, pending calls and failed runs. */
import { sql } from 'kysely'
import { type ColumnTypes, columnTypes } from '../column-types.ts'
import type { Migration } from '../migrate.ts'
import { index, key, type MigratedDatabase, required, table } from './statements.ts'

export const firstMigration: Migration = {
  name: 'first',
  async up(db, engine) {
    const types = columnTypes(engine)
    await createAccounts(db, types)
    await createOrganizationMembers(db, types)
    await createApiKeys(db, types)
    await createAlgorithms(db, types)
    await createBuilds(db, types)
    await createVersions(db, types)
    await createPendingCalls(db, types)
    await createCallErrors(db, types)
  },
}

async function createAccounts(db: MigratedDatabase, { text, integer }: ColumnTypes): Promise<void> {
  await table(db, 'accounts')
    .addColumn('id', text, key)
    .addColumn('kind', text, required)
    .addColumn('name', text, required)
    .addColumn('name_lower', text, required)
    .addColumn('email', text, required)
    .addColumn('email_lower', text, required)
    .addColumn('full_name', text)
    .addColumn('company_name', text)
    .addColumn('company_role', text)
    .addColumn('organization', text)
    .addColumn('is_admin', integer, required)
    .addColumn('password_hash', text)
    .addColumn('host_uid', integer, required)
    .addColumn('created_at', text, required)
    .execute()
  await index(db, 'accounts', ['name_lower']).unique().execute()
  await index(db, 'accounts', ['email_lower']).unique().where(sql`kind`, '=', sql.lit('user')).execute()
  await index(db, 'accounts', ['host_uid']).unique().execute()
}

async function createOrganizationMembers(db: MigratedDatabase, { text }: ColumnTypes): Promise<void> {
  await table(db, 'organization_members')
    .addColumn('organization_id', text, (column) => required(column).references('accounts.id').onDelete('cascade'))
    .addColumn('user_id', text, (column) => required(column).references('accounts.id').onDelete('cascade'))
    .addColumn('role', text, required)
    .addColumn('created_at', text, required)
    .addPrimaryKeyConstraint('organization_members_key', ['organization_id', 'user_id'])
    .execute()
  await index(db, 'organization_members', ['user_id']).execute()
}

async function createApiKeys(db: MigratedDatabase, { text }: ColumnTypes): Promise<void> {
  await table(db, 'api_keys')
    .addColumn('id', text, key)
    .addColumn('account_id', text, (column) => required(column).references('accounts.id').onDelete('cascade'))
    .addColumn('kind', text, required)
    .addColumn('label', text, required)
    .addColumn('digest', text, required)
    .addColumn('sealed', text, required)
    .addColumn('mask', text, required)
    .addColumn('rights', text, required)
    .addColumn('created_at', text, required)
    .execute()
  await index(db, 'api_keys', ['digest']).unique().execute()
  await index(db, 'api_keys', ['account_id']).execute()
}

async function createAlgorithms(db: MigratedDatabase, { text }: ColumnTypes): Promise<void> {
  await table(db, 'algorithms')
    .addColumn('id', text, key)
    .addColumn('owner_id', text, (column) => required(column).references('accounts.id'))
    .addColumn('name', text, required)
    .addColumn('name_lower', text, required)
    .addColumn('language', text, required)
    .addColumn('environment_id', text, required)
    .addColumn('details', text, required)
    .addColumn('settings', text, required)
    .addColumn('sample_input', text)
    .addColumn('created_by', text, required)
    .addColumn('created_at', text, required)
    .execute()
  await index(db, 'algorithms', ['owner_id', 'name_lower']).unique().execute()
}

async function createBuilds(db: MigratedDatabase, { text, integer }: ColumnTypes): Promise<void> {
  await table(db, 'builds')
    .addColumn('id', text, key)
    .addColumn('algorithm_id', text, (column) => required(column).references('algorithms.id').onDelete('cascade'))
    .addColumn('number', integer, required)
    .addColumn('commit_sha', text, required)
    .addColumn('status', text, required)
    .addColumn('artifact', text)
    .addColumn('language', text, required)
    .addColumn('started_at', text, required)
    .addColumn('finished_at', text)
    .addColumn('log', text)
    .addColumn('sample_output', text)
    .addColumn('requested_by', text, required)
    .execute()
  await index(db, 'builds', ['algorithm_id', 'number']).unique().execute()
}

async function createVersions(db: MigratedDatabase, { text, integer }: ColumnTypes): Promise<void> {
  await table(db, 'versions')
    .addColumn('id', text, key)
    .addColumn('algorithm_id', text, (column) => required(column).references('algorithms.id').onDelete('cascade'))
    .addColumn('build_id', text, (column) => required(column).references('builds.id'))
    .addColumn('major', integer, required)
    .addColumn('minor', integer, required)
    .addColumn('revision', integer, required)
    .addColumn('callability', text, required)
    .addColumn('settings', text, required)
    .addColumn('release_notes', text)
    .addColumn('sample_input', text)
    .addColumn('sample_output', text)
    .addColumn('published_by', text, required)
    .addColumn('published_at', text, required)
    .execute()
  await index(db, 'versions', ['build_id']).unique().execute()
  await index(db, 'versions', ['algorithm_id', 'major', 'minor', 'revision']).unique().execute()
}

/** No foreign keys here and below: these rows are written in the wake of calls, and may outlive what they name. */
async function createPendingCalls(db: MigratedDatabase, { text, integer, bytes }: ColumnTypes): Promise<void> {
  await table(db, 'pending_calls')
    .addColumn('request_id', text, key)
    .addColumn('account_id', text, required)
    .addColumn('algorithm_id', text, required)
    .addColumn('build_id', text, required)
    .addColumn('identity', text, required)
    .addColumn('content_type', text, required)
    .addColumn('body', bytes, required)
    .addColumn('timeout_ms', integer, required)
    .addColumn('state', text, required)
    .addColumn('accepted_at', text, required)
    .execute()
  await index(db, 'pending_calls', ['account_id']).execute()
}

async function createCallErrors(db: MigratedDatabase, { text }: ColumnTypes): Promise<void> {
  await table(db, 'call_errors')
    .addColumn('id', text, key)
    .addColumn('request_id', text, required)
    .addColumn('account_id', text, required)
    .addColumn('algorithm_id', text, required)
    .addColumn('build_id', text, required)
    .addColumn('error_type', text, required)
    .addColumn('message', text, required)
    .addColumn('stacktrace', text)
    .addColumn('created_at', text, required)
    .execute()
  await index(db, 'call_errors', ['algorithm_id', 'created_at']).execute()
  await index(db, 'call_errors', ['account_id', 'created_at']).execute()
}
