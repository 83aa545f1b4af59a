/** Whose connectors a caller may look after: as with keys, and with the right to data where it comes with a key. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import { findHolder, type HolderParams } from '../keys/holders.ts'
import { type Act, denied, mayReadData, mayWriteData } from '../permissions.ts'
import type { Services } from '../services.ts'

type Uses = Pick<Services, 'directory'>

/**
 * A key needs the right to write data for changes, or else it would widen what other keys of its account reach; and the
 * right to read data to see what there is. Administrators need neither: they reach no data with it.
 *
 * @throws ApiError UserNotFound, OrganizationNotFound, NotAuthorized
 */
export function findOwner(services: Uses, caller: Caller, params: HolderParams, act: Act): AccountEntry {
  requireDataRight(caller, act)
  return findHolder(services, caller, withOrganization(services, params), act)
}

/** Users and organizations share one name space, so the path of users takes both (platform.md 3.2). */
function withOrganization({ directory }: Uses, params: HolderParams): HolderParams {
  const account = params.username === undefined ? undefined : directory.byName(params.username)
  const isOrganization = account?.kind === 'organization' && !account.isClosed
  return isOrganization ? { organization: account.name } : params
}

function requireDataRight(caller: Caller, act: Act): void {
  if (caller.kind !== 'key') return
  if (act === 'see' && !mayReadData(caller)) throw denied('the key has no right to read data (allow_data)')
  if (act === 'change' && !mayWriteData(caller)) {
    throw denied('the key has no right to write data (allow_data_write)')
  }
}

/** The name in a body must be that of the path. @throws ApiError InconsistentUsername */
export function requireSameAccount({ directory }: Uses, name: string | undefined, owner: AccountEntry): void {
  if (name === undefined || name.toLowerCase() === owner.id || directory.byName(name)?.id === owner.id) return
  throw new ApiError('InconsistentUsername', `username: expected '${owner.name}', as in the path, got '${name}'`)
}
