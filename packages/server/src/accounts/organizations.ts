/** Rules of organizations as far as owning algorithms needs them: create, show, add a member (rest-api.md 3.5). */
import { ApiError } from '@algorist/contract/errors.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import type { Services } from '../services.ts'
import { type AccountServices, addAccount, findUser, newAccountRow } from './accounts.ts'
import { type AccountRow, insertMember, selectAccount, selectOwnerIds } from './queries.ts'

/** What only organizations have; values come back as they were given (rest-api.md 2.5). */
export interface OrganizationProfile {
  readonly label: string
  readonly contactName: string
  readonly url: string | null
  readonly typeId: string
  readonly externalId: string | null
  readonly externalAdminGroup: unknown
  readonly externalMemberGroup: unknown
  readonly externalExecutorGroup: unknown
}

export interface NewOrganization extends OrganizationProfile {
  readonly name: string
  readonly email: string
}

export interface FoundOrganization {
  readonly row: AccountRow
  readonly profile: OrganizationProfile
  readonly ownerIds: readonly string[]
}

/**
 * Creates an organization; the account that calls becomes its first owner (rest-api.md 3.5, row 85).
 *
 * @throws ApiError OrganizationAlreadyExists, UsernameHasBeenTaken when a user has the name
 */
export async function createOrganization(
  services: AccountServices,
  caller: Caller,
  { name, email, ...profile }: NewOrganization,
): Promise<FoundOrganization> {
  if (caller.kind !== 'admin') throw new ApiError('NotAuthorized')
  if (services.directory.byName(name)?.kind === 'organization') throw new ApiError('OrganizationAlreadyExists')
  const row = newAccountRow({ kind: 'organization', name, email, organization: JSON.stringify(profile) })
  const owner = {
    organization_id: row.id,
    user_id: caller.account.id,
    role: 'owner',
    created_at: row.created_at,
  } as const
  const created = await addAccount(services, row, async (transaction) => {
    await insertMember(transaction, owner)
  })
  services.directory.addMember(row.id, caller.account.id)
  return { row: created, profile, ownerIds: [caller.account.id] }
}

/** For administrators and members. @throws ApiError OrganizationNotFound, NotAuthorized */
export async function getOrganization(
  { db, directory }: AccountServices,
  caller: Caller,
  name: string,
): Promise<FoundOrganization> {
  const organization = findOrganization(directory, name)
  const mayRead =
    caller.kind === 'admin' || (caller.kind === 'key' && directory.isMember(organization.id, caller.account.id))
  if (!mayRead) throw new ApiError('NotAuthorized')
  const [row, ownerIds] = await Promise.all([selectAccount(db, organization.id), selectOwnerIds(db, organization.id)])
  return { row, profile: JSON.parse(row.organization ?? '{}') as OrganizationProfile, ownerIds }
}

/**
 * Makes a user a member, for administrators.
 *
 * @returns false when the user was a member already
 * @throws ApiError OrganizationNotFound, UserNotFound
 */
export async function addMember(
  { db, directory }: AccountServices,
  caller: Caller,
  { organization, user }: { readonly organization: string; readonly user: string },
): Promise<boolean> {
  if (caller.kind !== 'admin') throw new ApiError('NotAuthorized')
  const { id: organization_id } = findOrganization(directory, organization)
  const { id: user_id } = findUser(directory, user)
  const created_at = new Date().toISOString()
  const isNew = await insertMember(db, { organization_id, user_id, role: 'member', created_at })
  directory.addMember(organization_id, user_id)
  return isNew
}

function findOrganization(directory: Services['directory'], name: string): AccountEntry {
  const account = directory.byName(name)
  if (account?.kind !== 'organization') throw new ApiError('OrganizationNotFound')
  return account
}
