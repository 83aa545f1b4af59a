/**
 * Accounts of the host system that an organization and its algorithms are known by elsewhere (rest-api.md 3.5, 3.10). Kept
 * and shown for the scripts that ask; workers run under uids of our own (design: sandbox).
 */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import type { AccountEntry } from '../caller.ts'
import type { HostInformationTable } from '../db/people-tables.ts'
import { isUniqueViolation } from '../db/violations.ts'
import type { Services } from '../services.ts'
import { findOrganization } from './access.ts'
import {
  deleteFunctionalId,
  deleteHostInformation,
  insertHostInformation,
  selectFunctionalIds,
  selectHostInformation,
  updateHostInformation,
  upsertFunctionalIds,
} from './host-queries.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog'>

export type HostAccount = Pick<HostInformationTable, 'host_username' | 'host_user_id'>

export interface FunctionalId {
  readonly algorithm_id: string
  readonly functional_id: string
}

/** @throws ApiError OrganizationNotFound, OrganizationHostInformationNotFound */
export async function getHostAccount(services: Uses, name: string): Promise<HostInformationTable> {
  const { id } = findOrganization(services.directory, name)
  const row = await selectHostInformation(services.db, id)
  if (!row) throw new ApiError('OrganizationHostInformationNotFound')
  return row
}

/** @throws ApiError OrganizationNotFound, OrganizationHostInformationAlreadyExists */
export async function createHostAccount(services: Uses, name: string, account: HostAccount): Promise<void> {
  const { id } = findOrganization(services.directory, name)
  try {
    await insertHostInformation(services.db, { id: randomUUID(), organization_id: id, ...account })
  } catch (error) {
    const isThere = isUniqueViolation(error, 'host_information.organization_id')
    throw isThere ? new ApiError('OrganizationHostInformationAlreadyExists') : error
  }
}

/** @throws ApiError OrganizationHostInformationNotFound */
export async function changeHostAccount(
  services: Uses,
  { org_id, host_username, host_user_id }: HostAccount & { readonly org_id: string },
): Promise<void> {
  const isChanged = await updateHostInformation(services.db, org_id.toLowerCase(), { host_username, host_user_id })
  if (!isChanged) throw new ApiError('OrganizationHostInformationNotFound')
}

/** @throws ApiError OrganizationNotFound, OrganizationHostInformationNotFound */
export async function removeHostAccount(services: Uses, name: string): Promise<void> {
  const { organization_id } = await getHostAccount(services, name)
  await deleteHostInformation(services.db, organization_id)
}

/** Those of the organization's algorithms. @throws ApiError OrganizationNotFound */
export function listFunctionalIds(services: Uses, name: string): Promise<FunctionalId[]> {
  return selectFunctionalIds(services.db, findOrganization(services.directory, name).id)
}

/** All of them, or none when one is wrong. @throws ApiError OrganizationNotFound, InputValidationError */
export async function setFunctionalIds(services: Uses, name: string, updates: readonly FunctionalId[]): Promise<void> {
  const organization = findOrganization(services.directory, name)
  const rows = updates.map(({ algorithm_id, functional_id }) => ({
    algorithm_id: ownAlgorithm(services, organization, algorithm_id),
    functional_id,
  }))
  // The last of several for one algorithm counts; one statement may name a row once.
  const latest = [...new Map(rows.map((row) => [row.algorithm_id, row])).values()]
  if (latest.length > 0) await upsertFunctionalIds(services.db, latest)
}

/** @throws ApiError OrganizationNotFound, InputValidationError */
export async function removeFunctionalId(services: Uses, name: string, algorithmId: string): Promise<void> {
  const organization = findOrganization(services.directory, name)
  await deleteFunctionalId(services.db, ownAlgorithm(services, organization, algorithmId))
}

function ownAlgorithm({ catalog }: Uses, organization: AccountEntry, algorithmId: string): string {
  const entry = catalog.byId(algorithmId.toLowerCase())
  if (entry?.ownerId === organization.id) return entry.id
  throw new ApiError('InputValidationError', `${organization.name} owns no algorithm with the id '${algorithmId}'`)
}
