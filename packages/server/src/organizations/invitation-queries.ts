/** SQL of invitations to organizations. */
import type { OrganizationInvitationsTable } from '../db/people-tables.ts'
import type { Database } from '../db/schema.ts'

export type InvitationRow = OrganizationInvitationsTable

export async function insertInvitation(db: Database, row: InvitationRow): Promise<void> {
  await db.insertInto('organization_invitations').values(row).execute()
}

export function selectInvitationsTo(db: Database, organizationId: string, now: string): Promise<InvitationRow[]> {
  return db
    .selectFrom('organization_invitations')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('expires_at', '>', now)
    .orderBy('created_at')
    .execute()
}

export function selectInvitationsOf(db: Database, userId: string, now: string): Promise<InvitationRow[]> {
  return db
    .selectFrom('organization_invitations')
    .selectAll()
    .where('user_id', '=', userId)
    .where('expires_at', '>', now)
    .orderBy('created_at')
    .execute()
}

export function selectInvitation(db: Database, id: string): Promise<InvitationRow | undefined> {
  return db.selectFrom('organization_invitations').selectAll().where('id', '=', id).executeTakeFirst()
}

export function selectInvitationByCode(db: Database, codeDigest: string): Promise<InvitationRow | undefined> {
  return db.selectFrom('organization_invitations').selectAll().where('code_digest', '=', codeDigest).executeTakeFirst()
}

/** False when somebody else was faster. */
export async function deleteInvitation(db: Database, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('organization_invitations')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

/** A new invitation takes the place of an older one to the same person. */
export async function deleteInvitationsTo(
  db: Database,
  { organization_id, user_id, email_lower }: Pick<InvitationRow, 'organization_id' | 'user_id' | 'email_lower'>,
): Promise<void> {
  const rows = db.deleteFrom('organization_invitations').where('organization_id', '=', organization_id)
  await (user_id === null ? rows.where('email_lower', '=', email_lower) : rows.where('user_id', '=', user_id)).execute()
}
