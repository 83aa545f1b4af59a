/** Rules of organizations as far as owning algorithms needs them: create, show, add a member (rest-api.md 3.5). */
import { ApiError } from '@algorist/contract/errors.ts'
import { isAccountName } from '@algorist/contract/names.ts'
import type { NewOrganization } from '@algorist/contract/operations/organizations.ts'
import type { Organization } from '@algorist/contract/shapes/account.ts'
import { type AccountEntry, administratorOf, type Caller, isAdministrator } from '../caller.ts'
import type { Services } from '../services.ts'
import { type AccountServices, addAccount, findUser, newAccountRow } from './accounts.ts'
import { type AccountRow, insertMember, selectAccount, selectOwnerIds } from './queries.ts'

/** What only organizations have, stored as one JSON text; members are named as on the wire (rest-api.md 2.5). */
export type OrganizationProfile = Pick<
  Organization,
  | 'org_label'
  | 'org_contact_name'
  | 'org_url'
  | 'type_id'
  | 'stripe_customer_id'
  | 'external_id'
  | 'external_admin_group'
  | 'external_member_group'
  | 'external_executor_group'
>

export interface FoundOrganization {
  readonly row: AccountRow
  readonly profile: OrganizationProfile
  readonly ownerIds: readonly string[]
}

/** The types that clients know by name (rest-api.md 3.5, row 95); their ids are the same on every server. */
export const ORGANIZATION_TYPES = [
  { id: '0f7a1d3e-52c8-4b0e-9c1a-6d1f2a3b4c01', name: 'basic' },
  { id: '0f7a1d3e-52c8-4b0e-9c1a-6d1f2a3b4c02', name: 'legacy' },
  { id: '0f7a1d3e-52c8-4b0e-9c1a-6d1f2a3b4c03', name: 'pro' },
] as const

/**
 * Creates an organization; the account that calls becomes its first owner (rest-api.md 3.5, row 85).
 *
 * @throws ApiError MalformedOrganizationJson, OrganizationTypeNotFound, OrganizationAlreadyExists, and
 *   UsernameHasBeenTaken when a user has the name
 */
export async function createOrganization(
  services: AccountServices,
  caller: Caller,
  wanted: NewOrganization,
): Promise<FoundOrganization> {
  const creator = administratorOf(caller)
  if (!creator) throw new ApiError('NotAuthorized')
  checkName(services, wanted.org_name)
  const profile = profileOf(wanted)
  const row = newAccountRow({
    kind: 'organization',
    name: wanted.org_name,
    email: wanted.org_email,
    organization: JSON.stringify(profile),
  })
  const owner = {
    organization_id: row.id,
    user_id: creator.id,
    role: 'owner',
    created_at: row.created_at,
  } as const
  const created = await addAccount(services, row, async (transaction) => {
    await insertMember(transaction, owner)
  })
  services.directory.addMember(row.id, creator.id)
  return { row: created, profile, ownerIds: [creator.id] }
}

function checkName({ directory }: AccountServices, name: string): void {
  if (!isAccountName(name)) {
    const expected = 'a letter, then letters, digits or _, at most 30 characters'
    throw new ApiError('MalformedOrganizationJson', `Expected 'org_name' to be ${expected}, got '${name}'`)
  }
  if (directory.byName(name)?.kind === 'organization') throw new ApiError('OrganizationAlreadyExists')
}

function profileOf(wanted: NewOrganization): OrganizationProfile {
  return {
    org_label: wanted.org_label,
    org_contact_name: wanted.org_contact_name,
    org_url: wanted.org_url ?? null,
    type_id: typeIdOf(wanted.type_id ?? 'basic'),
    stripe_customer_id: wanted.stripe_customer_id ?? null,
    external_id: wanted.external_id ?? null,
    external_admin_group: wanted.external_admin_group ?? wanted.external_admin_group_id ?? null,
    external_member_group: wanted.external_member_group ?? wanted.external_member_group_id ?? null,
    external_executor_group: wanted.external_executor_group ?? null,
  }
}

function typeIdOf(nameOrId: string): string {
  const type = ORGANIZATION_TYPES.find(
    ({ id, name }) => id === nameOrId.toLowerCase() || name === nameOrId.toLowerCase(),
  )
  if (!type) throw new ApiError('OrganizationTypeNotFound')
  return type.id
}

/** For administrators and members. @throws ApiError OrganizationNotFound, NotAuthorized */
export async function getOrganization(
  { db, directory }: AccountServices,
  caller: Caller,
  name: string,
): Promise<FoundOrganization> {
  const organization = findOrganization(directory, name)
  const mayRead =
    isAdministrator(caller) || (caller.kind === 'key' && directory.isMember(organization.id, caller.account.id))
  if (!mayRead) throw new ApiError('NotAuthorized')
  const [row, ownerIds] = await Promise.all([selectAccount(db, organization.id), selectOwnerIds(db, organization.id)])
  return { row, profile: JSON.parse(String(row.organization)) as OrganizationProfile, ownerIds }
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
  if (!isAdministrator(caller)) throw new ApiError('NotAuthorized')
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
