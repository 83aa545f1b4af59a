/** Members of organizations and what they are in them (rest-api.md 3.5, rows 91–93; platform.md 1.2). */
import { ApiError } from '@algorist/contract/errors.ts'
import { nameBefore, type Page } from '@algorist/contract/page.ts'
import { findUser } from '../accounts/accounts.ts'
import type { Caller, OrganizationRole } from '../caller.ts'
import { deleteKeysOfMember } from '../keys/organization-keys.ts'
import { isSelf, requireAdministrator } from '../permissions.ts'
import type { Services } from '../services.ts'
import { findManagedOrganization, findOrganization, findVisibleOrganization } from './access.ts'
import {
  deleteMember,
  deleteMembershipsOf,
  insertMember,
  lockOrganization,
  selectOwnedBy,
  selectOwnerIds,
  updateMemberRole,
} from './queries.ts'

type Uses = Pick<Services, 'db' | 'directory'>

/** As lists show one. */
export interface ListedMember {
  readonly name: string
  readonly role: OrganizationRole
}

export interface MemberRef {
  readonly organization: string
  readonly user: string
}

/**
 * Members by name, one more than the page holds.
 * @throws ApiError OrganizationNotFound, NotAuthorized, InvalidMarker
 */
export function listMembers(
  { directory }: Pick<Services, 'directory'>,
  caller: Caller,
  { organization, page }: { organization: string; page: Page },
): ListedMember[] {
  const { id } = findVisibleOrganization(directory, caller, organization)
  return directory.membersByName(id, nameBefore(page), page.limit + 1).flatMap(({ id: userId, name }) => {
    const role = directory.roleOf(id, userId)
    return role ? [{ name, role }] : []
  })
}

/**
 * Makes a user a member at once, for administrators; owners invite.
 *
 * @returns false when the user was a member already
 * @throws ApiError OrganizationNotFound, UserNotFound, NotAuthorized
 */
export async function addMember(services: Uses, caller: Caller, { organization, user }: MemberRef): Promise<boolean> {
  requireAdministrator(caller)
  const { id } = findOrganization(services.directory, organization)
  return join(services, id, { userId: findUser(services.directory, user).id, role: 'member' })
}

/** What adding and accepting an invitation have in common. @returns false for somebody who belongs to it already */
export async function join(
  { db, directory }: Uses,
  organizationId: string,
  { userId, role }: { readonly userId: string; readonly role: OrganizationRole },
): Promise<boolean> {
  const created_at = new Date().toISOString()
  const isNew = await insertMember(db, { organization_id: organizationId, user_id: userId, role, created_at })
  if (isNew) directory.putMember(organizationId, userId, role)
  return isNew
}

/**
 * Ends a membership; nothing happens for somebody who is no member. Members may leave by themselves.
 *
 * @throws ApiError OrganizationNotFound, NotAuthorized, OrganizationRequiresOwner for the last owner
 */
export async function removeMember(
  services: Uses & Pick<Services, 'keyRing'>,
  caller: Caller,
  { organization, user }: MemberRef,
): Promise<void> {
  const { db, directory, keyRing } = services
  const account = directory.byName(user) ?? directory.byId(user.toLowerCase())
  const isLeaving = account !== undefined && isSelf(caller, account.id)
  const found = isLeaving
    ? findVisibleOrganization(directory, caller, organization)
    : findManagedOrganization(directory, caller, organization)
  if (!account) return
  const member = { organizationId: found.id, userId: account.id }
  const keys = await db.transaction().execute(async (transaction) => {
    await keepAnOwner(transaction, member)
    await deleteMember(transaction, member)
    return deleteKeysOfMember(transaction, member)
  })
  for (const key of keys) keyRing.remove(key)
  directory.removeMember(found.id, account.id)
}

/**
 * Promotes or demotes somebody who belongs to the organization.
 *
 * @throws ApiError OrganizationNotFound, NotAuthorized, UserNotFound, OrganizationRequiresOwner for the last owner
 */
export async function setRole(
  { db, directory, keyRing }: Uses & Pick<Services, 'keyRing'>,
  caller: Caller,
  { organization, user, role }: MemberRef & { readonly role: OrganizationRole },
): Promise<void> {
  const { id: organizationId } = findManagedOrganization(directory, caller, organization)
  const { id: userId } = findUser(directory, user)
  if (directory.roleOf(organizationId, userId) === undefined) throw new ApiError('UserNotFound')
  const member = { organizationId, userId }
  const keys = await db.transaction().execute(async (transaction) => {
    if (role !== 'owner') await keepAnOwner(transaction, member)
    await updateMemberRole(transaction, member, role)
    // A key of the organization does all that it may, and an executor is no member.
    return role === 'executor' ? deleteKeysOfMember(transaction, member) : []
  })
  for (const key of keys) keyRing.remove(key)
  directory.putMember(organizationId, userId, role)
}

/** Organizations that have no other owner; they are held for the rest of the transaction. */
export async function soleOwnerships(transaction: Services['db'], userId: string): Promise<string[]> {
  const alone: string[] = []
  for (const id of await selectOwnedBy(transaction, userId)) {
    if (!(await lockOrganization(transaction, id))) continue
    const owners = await selectOwnerIds(transaction, id)
    if (owners.length === 1 && owners[0] === userId) alone.push(id)
  }
  return alone
}

/** Ends every membership of a user, as part of a transaction; the directory follows after it. */
export function leaveAll(transaction: Services['db'], userId: string): Promise<void> {
  return deleteMembershipsOf(transaction, userId)
}

/** The organization is held, so that two owners cannot leave at the same moment. */
async function keepAnOwner(
  transaction: Services['db'],
  { organizationId, userId }: { organizationId: string; userId: string },
): Promise<void> {
  await lockOrganization(transaction, organizationId)
  const owners = await selectOwnerIds(transaction, organizationId)
  if (owners.length === 1 && owners[0] === userId) throw new ApiError('OrganizationRequiresOwner')
}
