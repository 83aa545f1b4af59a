/** SQL of organizations, their members and types; what they share with users is in accounts/queries.ts. */
import type { Insertable, Selectable, Updateable } from 'kysely'
import type { OrganizationTypesTable } from '../db/people-tables.ts'
import type { AccountsTable, Database, OrganizationMembersTable } from '../db/schema.ts'

export type OrganizationRow = Selectable<AccountsTable>
export type TypeRow = Selectable<OrganizationTypesTable>

/** Reads an organization and holds it for the rest of the transaction; undefined when it is gone. */
export function lockOrganization(transaction: Database, id: string): Promise<OrganizationRow | undefined> {
  // An update that changes nothing takes the row lock on both engines.
  return transaction
    .updateTable('accounts')
    .set((row) => ({ name: row.ref('name') }))
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
}

export function updateOrganizationRow(
  db: Database,
  id: string,
  change: Pick<Updateable<AccountsTable>, 'email' | 'email_lower' | 'organization' | 'deleted_at'>,
): Promise<OrganizationRow> {
  return db.updateTable('accounts').set(change).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** Ids and profiles of those that have an id at the identity provider. */
export async function selectByExternalId(db: Database, externalId: string): Promise<OrganizationRow | undefined> {
  const rows = await db
    .selectFrom('accounts')
    .selectAll()
    .where('kind', '=', 'organization')
    .where('deleted_at', 'is', null)
    // JSON is text on both engines: narrowed here, decided below.
    .where(
      'organization',
      'like',
      `%${JSON.stringify(externalId)
        .slice(1, -1)
        .replace(/[\\%_]/g, '_')}%`,
    )
    .orderBy('name_lower')
    .execute()
  return rows.find(({ organization }) => JSON.parse(organization ?? '{}').external_id === externalId)
}

/** Gives a role by hand. False when the user has a role already; it stays, and groups no longer take it away. */
export async function insertMember(
  db: Database,
  member: Omit<Insertable<OrganizationMembersTable>, 'manual_role'>,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('organization_members')
    .values({ ...member, manual_role: member.role })
    .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doNothing())
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows === 1n) return true
  await db
    .updateTable('organization_members')
    .set((row) => ({ manual_role: row.ref('role') }))
    .where('organization_id', '=', member.organization_id)
    .where('user_id', '=', member.user_id)
    .where('manual_role', 'is', null)
    .execute()
  return false
}

interface Membership {
  readonly organizationId: string
  readonly userId: string
}

/** Changes a role by hand. */
export async function updateMemberRole(
  db: Database,
  { organizationId, userId }: Membership,
  role: OrganizationMembersTable['role'],
): Promise<void> {
  await db
    .updateTable('organization_members')
    .set({ role, manual_role: role })
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .execute()
}

export async function deleteMember(db: Database, { organizationId, userId }: Membership): Promise<void> {
  await db
    .deleteFrom('organization_members')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .execute()
}

export async function deleteMembers(db: Database, organizationId: string): Promise<void> {
  await db.deleteFrom('organization_members').where('organization_id', '=', organizationId).execute()
}

export async function deleteMembershipsOf(db: Database, userId: string): Promise<void> {
  await db.deleteFrom('organization_members').where('user_id', '=', userId).execute()
}

/** Ids of the organizations that a user owns, in an order, so that two who lock them do not wait for each other. */
export async function selectOwnedBy(db: Database, userId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('organization_members')
    .select('organization_id')
    .where('user_id', '=', userId)
    .where('role', '=', 'owner')
    .orderBy('organization_id')
    .execute()
  return rows.map(({ organization_id }) => organization_id)
}

export async function selectOwnerIds(db: Database, organizationId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('organization_members')
    .select('user_id')
    .where('organization_id', '=', organizationId)
    .where('role', '=', 'owner')
    .orderBy('user_id')
    .execute()
  return rows.map(({ user_id }) => user_id)
}

export function selectTypes(db: Database): Promise<TypeRow[]> {
  return db.selectFrom('organization_types').selectAll().orderBy('name_lower').execute()
}

export async function insertType(db: Database, type: TypeRow): Promise<void> {
  await db.insertInto('organization_types').values(type).execute()
}

export async function deleteType(db: Database, id: string): Promise<void> {
  await db.deleteFrom('organization_types').where('id', '=', id).execute()
}
