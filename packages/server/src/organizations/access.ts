/** Finds organizations for those who may see and change them, as permissions.ts says. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { AccountDirectory } from '../accounts/directory.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import { type Act, administers, belongsTo, denied, ownsOrganization } from '../permissions.ts'

/** @throws ApiError OrganizationNotFound */
export function findOrganization(directory: AccountDirectory, name: string): AccountEntry {
  const account = directory.byName(name)
  if (account?.kind !== 'organization' || account.isClosed) throw new ApiError('OrganizationNotFound')
  return account
}

/** For administrators, and everybody with a role in it. @throws ApiError OrganizationNotFound, NotAuthorized */
export function findVisibleOrganization(directory: AccountDirectory, caller: Caller, name: string): AccountEntry {
  const organization = findOrganization(directory, name)
  if (!administers(caller, 'see') && !belongsTo(directory, caller, organization.id)) throw denied()
  return organization
}

/**
 * For administrators, and owners who signed in.
 * @param act viewers see what owners see
 * @throws ApiError OrganizationNotFound, NotAuthorized
 */
export function findManagedOrganization(
  directory: AccountDirectory,
  caller: Caller,
  name: string,
  act: Act = 'change',
): AccountEntry {
  const organization = findOrganization(directory, name)
  if (administers(caller, act) || ownsOrganization(directory, caller, organization.id)) return organization
  const isKnown = belongsTo(directory, caller, organization.id)
  throw denied(isKnown ? `only owners of ${organization.name} who signed in may do this` : undefined)
}
