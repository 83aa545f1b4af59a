/** Whose secrets a path names, and who may look after them. */
import { findAny, findManaged } from '../algorithms/access.ts'
import type { Caller } from '../caller.ts'
import type { SecretsTable } from '../db/secret-tables.ts'
import { findManagedOrganization, findOrganization } from '../organizations/access.ts'
import { type Act, administers, denied, mayManage } from '../permissions.ts'
import type { Services } from '../services.ts'

type Uses = Pick<Services, 'directory' | 'catalog'>

/** An algorithm, by its id or by names, or an organization; and one of its secrets. */
export interface SecretParams {
  readonly id?: string | undefined
  readonly owner?: string | undefined
  readonly algorithm?: string | undefined
  readonly organization?: string | undefined
  readonly secretId?: string | undefined
}

export interface SecretOwner {
  readonly type: SecretsTable['owner_type']
  readonly id: string
  /** For messages. */
  readonly name: string
}

/**
 * Secrets of an algorithm are for those who manage it, and changed by administrators as well (rest-api.md 3.2, rows 64 to
 * 67); those of an organization are changed by its owners and administrators, and seen by its members.
 *
 * @throws ApiError AlgorithmNameDoesNotExist, AlgorithmIdDoesNotExist, OrganizationNotFound, NotAuthorized
 */
export function findOwner(services: Uses, caller: Caller, params: SecretParams, act: Act): SecretOwner {
  if (params.organization !== undefined) return findOrganizationOwner(services, caller, params.organization, act)
  const isAdmin = act === 'change' && administers(caller, act)
  const { entry } = isAdmin ? findAny(services, params) : findManaged(services, caller, params)
  return { type: 'algorithm', id: entry.id, name: entry.name }
}

function findOrganizationOwner({ directory }: Uses, caller: Caller, wanted: string, act: Act): SecretOwner {
  if (act === 'change') {
    const { id, name } = findManagedOrganization(directory, caller, wanted)
    return { type: 'organization', id, name }
  }
  const { id, name } = findOrganization(directory, wanted)
  if (!mayManage(directory, caller, id)) throw denied()
  return { type: 'organization', id, name }
}
