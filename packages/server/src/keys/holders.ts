/** Whose keys a caller may look after: the own ones, those of an organization that it owns, all for administrators. */
import { findUser } from '../accounts/accounts.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import { findManagedOrganization } from '../organizations/access.ts'
import { type Act, administers, denied } from '../permissions.ts'
import type { Services } from '../services.ts'

/** The account in the path of a request. */
export interface HolderParams {
  readonly username?: string | undefined
  readonly organization?: string | undefined
}

/** @throws ApiError UserNotFound, OrganizationNotFound, NotAuthorized */
export function findHolder(
  services: Pick<Services, 'directory'>,
  caller: Caller,
  { username, organization }: HolderParams,
  act: Act,
): AccountEntry {
  if (organization !== undefined) return findOrganizationHolder(services, caller, organization, act)
  return findUserHolder(services, caller, username ?? '', act)
}

/** An administrator reaches every user, everybody else only the own account. */
export function findUserHolder(
  { directory }: Pick<Services, 'directory'>,
  caller: Caller,
  user: string,
  act: Act,
): AccountEntry {
  if (administers(caller, act)) return findUser(directory, user)
  const account = caller.kind === 'key' ? caller.account : undefined
  const isSelf = account && (directory.byName(user)?.id === account.id || user.toLowerCase() === account.id)
  // The same answer for a user that does not exist, so that nobody can ask for names.
  if (!isSelf) throw denied()
  return account
}

/** Its owners who signed in, administrators, and a key of the organization itself. */
function findOrganizationHolder(
  { directory }: Pick<Services, 'directory'>,
  caller: Caller,
  organization: string,
  act: Act,
): AccountEntry {
  const isItself = caller.kind === 'key' && directory.byName(organization)?.id === caller.account.id
  return isItself ? caller.account : findManagedOrganization(directory, caller, organization, act)
}
