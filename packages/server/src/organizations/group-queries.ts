/** SQL of roles that groups of an identity provider give. */
import type { Database, OrganizationMembersTable } from '../db/schema.ts'

type Role = OrganizationMembersTable['role']

export interface HeldRole {
  readonly organizationId: string
  readonly role: Role
  /** Given by a person; null when groups alone gave the role. */
  readonly manualRole: Role | null
}

export async function selectRolesOf(db: Database, userId: string): Promise<HeldRole[]> {
  return db
    .selectFrom('organization_members')
    .select(['organization_id as organizationId', 'role', 'manual_role as manualRole'])
    .where('user_id', '=', userId)
    .execute()
}

export interface GroupRole {
  readonly organizationId: string
  readonly userId: string
  readonly role: Role
}

/** Gives a role, or changes it; what a person gave stays known. */
export async function putGroupRole(db: Database, { organizationId, userId, role }: GroupRole): Promise<void> {
  await db
    .insertInto('organization_members')
    .values({ organization_id: organizationId, user_id: userId, role, created_at: new Date().toISOString() })
    .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doUpdateSet({ role }))
    .execute()
}

/** Holds the user for the rest of the transaction. @returns false when newer groups are known, or the user is deleted */
export async function advanceGroups(transaction: Database, userId: string, asOf: string): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('accounts')
    .set({ groups_as_of: asOf })
    .where('id', '=', userId)
    .where('deleted_at', 'is', null)
    .where((row) => row.or([row('groups_as_of', 'is', null), row('groups_as_of', '<=', asOf)]))
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
