/** Rules of organizations: create, show, change, delete (rest-api.md 3.5); their members are in members.ts. */
import { ApiError } from '@algorist/contract/errors.ts'
import { isAccountName } from '@algorist/contract/names.ts'
import type { NewOrganization, OrganizationChange } from '@algorist/contract/operations/organizations.ts'
import type { Page } from '@algorist/contract/page.ts'
import type { Organization } from '@algorist/contract/shapes/account.ts'
import {
  type Account,
  type AccountServices,
  addAccount,
  listAccounts,
  newAccountRow,
  publishAccount,
  readAccount,
} from '../accounts/accounts.ts'
import type { Caller } from '../caller.ts'
import { deleteConnectorsOf } from '../connectors/connectors.ts'
import { deleteKeysOf } from '../keys/keys.ts'
import { requireAdministrator } from '../permissions.ts'
import { deleteSecretsOf } from '../secrets/removal.ts'
import type { Services } from '../services.ts'
import { findManagedOrganization, findVisibleOrganization } from './access.ts'
import { deleteMembers, insertMember, lockOrganization, selectByExternalId, updateOrganizationRow } from './queries.ts'
import { findType } from './types.ts'

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
  readonly row: Account
  readonly profile: OrganizationProfile
  readonly ownerIds: readonly string[]
}

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
  const creator = requireAdministrator(caller)
  checkName(services, wanted.org_name)
  const profile = await newProfile(services, wanted)
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
  services.directory.putMember(row.id, creator.id, 'owner')
  return { row: created, profile, ownerIds: [creator.id] }
}

function checkName({ directory }: AccountServices, name: string): void {
  if (!isAccountName(name)) {
    const expected = 'a letter, then letters, digits or _, at most 30 characters'
    throw new ApiError('MalformedOrganizationJson', `Expected 'org_name' to be ${expected}, got '${name}'`)
  }
  if (directory.byName(name)?.kind === 'organization') throw new ApiError('OrganizationAlreadyExists')
}

async function newProfile(services: AccountServices, wanted: NewOrganization): Promise<OrganizationProfile> {
  return {
    org_label: wanted.org_label,
    org_contact_name: wanted.org_contact_name,
    org_url: null,
    stripe_customer_id: null,
    external_id: null,
    external_admin_group: null,
    external_member_group: null,
    external_executor_group: null,
    ...(await profileChange(services, { ...wanted, type_id: wanted.type_id ?? 'basic' })),
  } as OrganizationProfile
}

/** Members that are given, under the names that are stored. */
async function profileChange(
  services: AccountServices,
  change: OrganizationChange,
): Promise<Partial<OrganizationProfile>> {
  const { org_label, org_contact_name, org_url, stripe_customer_id, external_id, external_executor_group } = change
  const given = {
    org_label,
    org_contact_name,
    org_url,
    stripe_customer_id,
    external_id,
    external_executor_group,
    type_id: change.type_id === undefined ? undefined : (await findType(services, change.type_id)).id,
    external_admin_group: change.external_admin_group ?? change.external_admin_group_id,
    external_member_group: change.external_member_group ?? change.external_member_group_id,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** For administrators and members. @throws ApiError OrganizationNotFound, NotAuthorized */
export async function getOrganization(
  services: AccountServices,
  caller: Caller,
  name: string,
): Promise<FoundOrganization> {
  const entry = findVisibleOrganization(services.directory, caller, name)
  return withOwners(services, await readAccount(services, entry))
}

/** By its id at the identity provider. @throws ApiError OrganizationNotFound */
export async function getByExternalId(services: AccountServices, externalId: string): Promise<FoundOrganization> {
  const row = await selectByExternalId(services.db, externalId)
  if (!row) throw new ApiError('OrganizationNotFound')
  return withOwners(services, row)
}

/** Organizations by name, one more than the page holds. @throws ApiError InvalidMarker */
export async function listOrganizations(services: AccountServices, page: Page): Promise<FoundOrganization[]> {
  const rows = await listAccounts(services, 'organization', page)
  return rows.map((row) => withOwners(services, row))
}

function withOwners({ directory }: AccountServices, row: Account): FoundOrganization {
  const profile = JSON.parse(String(row.organization)) as OrganizationProfile
  return { row, profile, ownerIds: directory.ownersOf(row.id) }
}

/**
 * Changes what is given; its name stays (rest-api.md 3.5, row 87).
 * @throws ApiError OrganizationNotFound, NotAuthorized, OrganizationTypeNotFound
 */
export async function updateOrganization(
  services: AccountServices,
  caller: Caller,
  { name, change }: { readonly name: string; readonly change: OrganizationChange },
): Promise<void> {
  const { id } = findManagedOrganization(services.directory, caller, name)
  const given = await profileChange(services, change)
  const row = await services.db.transaction().execute(async (transaction) => {
    const held = await lockOrganization(transaction, id)
    if (!held) throw new ApiError('OrganizationNotFound')
    const profile = { ...(JSON.parse(String(held.organization)) as OrganizationProfile), ...given }
    const email = change.org_email ?? held.email
    return updateOrganizationRow(transaction, id, {
      email,
      email_lower: email.toLowerCase(),
      organization: JSON.stringify(profile),
    })
  })
  publishAccount(services, row)
}

/**
 * Deletes an organization; its name stays taken. One that owns algorithms is kept, since nobody could manage them any
 * more and callers may depend on them.
 *
 * @throws ApiError NotAuthorized, InvalidRequest while it owns algorithms
 */
export async function deleteOrganization(
  services: AccountServices & Pick<Services, 'catalog' | 'keyRing' | 'secretBox'>,
  caller: Caller,
  name: string,
): Promise<void> {
  requireAdministrator(caller)
  const account = services.directory.byName(name)
  if (account?.kind !== 'organization' || account.isClosed) return
  const owned = services.catalog.ofOwner(account.id).length
  if (owned > 0) {
    throw new ApiError('InvalidRequest', `${account.name} still owns ${owned} algorithms; delete them first`)
  }
  const closed = await services.db.transaction().execute(async (transaction) => {
    if (!(await lockOrganization(transaction, account.id))) return undefined
    await deleteMembers(transaction, account.id)
    const keys = await deleteKeysOf(transaction, account.id)
    await deleteConnectorsOf(transaction, account.id)
    await deleteSecretsOf(transaction, services, account.id)
    const row = await updateOrganizationRow(transaction, account.id, { deleted_at: new Date().toISOString() })
    return { keys, row }
  })
  if (!closed) return
  for (const key of closed.keys) services.keyRing.remove(key)
  for (const { id } of services.directory.membersOf(account.id)) services.directory.removeMember(account.id, id)
  publishAccount(services, closed.row)
}
