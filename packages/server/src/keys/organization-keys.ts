/** Keys that act as an organization, some of them given to one member (rest-api.md 3.5, rows 89, 90, 94). */
import { ApiError } from '@algorist/contract/errors.ts'
import type { NewKey } from '@algorist/contract/operations/keys.ts'
import type { ApiKey } from '@algorist/contract/shapes/api-key.ts'
import { findUser } from '../accounts/accounts.ts'
import type { Caller } from '../caller.ts'
import { findManagedOrganization } from '../organizations/access.ts'
import type { Services } from '../services.ts'
import { type KeyServices, makeKey, showKey } from './keys.ts'
import { deleteAssignedKeys, type KeyRow, selectKeys } from './queries.ts'

/** Masks, oldest first. @throws ApiError OrganizationNotFound, NotAuthorized */
export async function listOrganizationKeys(services: KeyServices, caller: Caller, name: string): Promise<ApiKey[]> {
  const { id } = findManagedOrganization(services.directory, caller, name, 'see')
  return (await selectKeys(services.db, id)).map((row) => showKey(services, row, row.mask))
}

/** @throws ApiError OrganizationNotFound, NotAuthorized, InputValidationError */
export async function createOrganizationKey(
  services: KeyServices,
  caller: Caller,
  name: string,
  key: Omit<NewKey, 'key_type'>,
): Promise<ApiKey> {
  const account = findManagedOrganization(services.directory, caller, name)
  return makeKey(services, caller, { account, key: { key_type: 'ManagementKey', ...key } })
}

/** It ends when the member leaves. @throws ApiError as {@link createOrganizationKey}, UserNotFound for no member */
export async function createMemberKey(
  services: KeyServices,
  caller: Caller,
  { organization, user }: { readonly organization: string; readonly user: string },
  key: NewKey,
): Promise<ApiKey> {
  const account = findManagedOrganization(services.directory, caller, organization)
  const assignee = findUser(services.directory, user)
  if (!services.directory.isMember(account.id, assignee.id)) {
    throw new ApiError('UserNotFound', `${assignee.name} is no member of ${account.name}`)
  }
  return makeKey(services, caller, { account, key, assigneeId: assignee.id })
}

/** Deletes a member's keys as part of a transaction; the caller takes what is returned out of the ring after it. */
export function deleteKeysOfMember(
  transaction: Services['db'],
  { organizationId, userId }: { readonly organizationId: string; readonly userId: string },
): Promise<readonly Pick<KeyRow, 'id' | 'digest'>[]> {
  return deleteAssignedKeys(transaction, { accountId: organizationId, assigneeId: userId })
}
