/** Who may see and change an organization. Decides from memory alone. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { AccountDirectory } from '../accounts/directory.ts'
import { type AccountEntry, type Caller, isAdministrator, isPerson, isViewer } from '../caller.ts'

/** @throws ApiError OrganizationNotFound */
export function findOrganization(directory: AccountDirectory, name: string): AccountEntry {
  const account = directory.byName(name)
  if (account?.kind !== 'organization' || account.isClosed) throw new ApiError('OrganizationNotFound')
  return account
}

/** For administrators, and everybody with a role in it. @throws ApiError OrganizationNotFound, NotAuthorized */
export function findVisibleOrganization(directory: AccountDirectory, caller: Caller, name: string): AccountEntry {
  const organization = findOrganization(directory, name)
  const hasRole = caller.kind === 'key' && directory.roleOf(organization.id, caller.account.id) !== undefined
  const isItself = caller.kind === 'key' && caller.account.id === organization.id
  if (!isAdministrator(caller) && !isViewer(caller) && !hasRole && !isItself) throw new ApiError('NotAuthorized')
  return organization
}

/** For administrators, and owners who signed in. @throws ApiError OrganizationNotFound, NotAuthorized */
export function findManagedOrganization(directory: AccountDirectory, caller: Caller, name: string): AccountEntry {
  const organization = findOrganization(directory, name)
  const isOwner = isPerson(caller) && directory.roleOf(organization.id, caller.account.id) === 'owner'
  if (!isAdministrator(caller) && !isOwner) throw new ApiError('NotAuthorized')
  return organization
}
