/**
 * Requests of members to publish for everybody, and what the owners of the organization make of them (platform.md 1.2).
 * Publishing as public is the owners' right; members publish privately and ask, version by version.
 */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import { type AlgorithmParams, findManaged } from '../algorithms/access.ts'
import type { CatalogVersion } from '../algorithms/catalog.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import type { PublishRequestsTable } from '../db/people-tables.ts'
import { isUniqueViolation } from '../db/violations.ts'
import { type NotificationKind, notify } from '../notifications/notifications.ts'
import { findManagedOrganization } from '../organizations/access.ts'
import { administers, belongsTo } from '../permissions.ts'
import type { Services } from '../services.ts'
import {
  decideRequest,
  insertRequest,
  selectOpenRequest,
  selectOpenRequests,
  selectRequest,
  setVersionPublic,
} from './approval-queries.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog' | 'log'>

/** A request with what it is about. */
export interface PublishRequest {
  readonly row: PublishRequestsTable
  readonly owner: AccountEntry
  readonly algorithmName: string
  readonly semanticVersion: string
}

/**
 * Asks for a private version to become public; asking again gives the open request.
 * @throws ApiError VersionDoesNotExists, InvalidRequest for a version that is public or needs nobody's approval
 */
export async function requestPublishing(
  services: Uses,
  caller: Caller,
  params: AlgorithmParams,
  version: string,
): Promise<PublishRequest> {
  const { entry, owner } = findManaged(services, caller, params)
  const found = entry.versions.find((each) => numberOf(each) === version)
  if (!found) throw new ApiError('VersionDoesNotExists')
  if (owner.kind === 'user') throw new ApiError('InvalidRequest', 'Only versions of organizations need an approval')
  if (found.callability === 'public') throw new ApiError('InvalidRequest', `Version ${version} is public already`)
  const row: PublishRequestsTable = {
    id: randomUUID(),
    version_id: found.versionId,
    algorithm_id: entry.id,
    requested_by: caller.kind === 'anonymous' ? '' : caller.account.id,
    requested_at: new Date().toISOString(),
    state: 'open',
    decided_by: null,
    decided_at: null,
  }
  try {
    await insertRequest(services.db, row)
  } catch (error) {
    if (!isUniqueViolation(error, 'publish_requests.algorithm_id,version_id')) throw error
    const open = await selectOpenRequest(services.db, found.versionId)
    if (open) return describe(services, open)
    throw error
  }
  const request = describe(services, row)
  const { directory } = services
  const owners = directory.membersOf(owner.id).filter(({ id }) => directory.roleOf(owner.id, id) === 'owner')
  await tell(services, request, { kind: 'publish_request', accountIds: owners.map(({ id }) => id) })
  return request
}

/** Open requests, oldest first. @throws ApiError OrganizationNotFound, NotAuthorized */
export async function listRequests(services: Uses, caller: Caller, organization: string): Promise<PublishRequest[]> {
  const { id } = findManagedOrganization(services.directory, caller, organization, 'see')
  return (await selectOpenRequests(services.db, id)).map((row) => describe(services, row))
}

/**
 * Makes the version public, or leaves it private.
 * @throws ApiError PathNotFound, also for strangers to the organization, NotAuthorized for its members, AlreadyFinished
 */
export async function decide(
  services: Uses,
  caller: Caller,
  { id, isApproved }: { readonly id: string; readonly isApproved: boolean },
): Promise<PublishRequest> {
  const known = await selectRequest(services.db, id)
  const owner = known && describe(services, known).owner
  const mayKnow = owner && (administers(caller, 'see') || belongsTo(services.directory, caller, owner.id))
  if (!mayKnow) throw new ApiError('PathNotFound', 'There is no such request')
  findManagedOrganization(services.directory, caller, owner.name)
  const row = await services.db.transaction().execute(async (transaction) => {
    const decided = await decideRequest(transaction, id, {
      state: isApproved ? 'approved' : 'declined',
      decided_by: caller.kind === 'anonymous' ? null : caller.account.id,
      decided_at: new Date().toISOString(),
    })
    if (!decided) throw new ApiError('AlreadyFinished', 'This request was decided already')
    if (isApproved) await setVersionPublic(transaction, decided.version_id)
    return decided
  })
  await services.catalog.refresh(row.algorithm_id)
  const request = describe(services, row)
  const kind = isApproved ? 'publish_approved' : 'publish_declined'
  await tell(services, request, { kind, accountIds: [row.requested_by] })
  return request
}

function tell(
  services: Uses,
  { row, owner, algorithmName, semanticVersion }: PublishRequest,
  { kind, accountIds }: { readonly kind: NotificationKind; readonly accountIds: readonly string[] },
): Promise<void> {
  const context = {
    algorithm_id: row.algorithm_id,
    username: owner.name,
    algoname: algorithmName,
    semantic_version: semanticVersion,
  }
  return notify(services, accountIds, { kind, context })
}

function describe({ directory, catalog }: Uses, row: PublishRequestsTable): PublishRequest {
  const entry = catalog.byId(row.algorithm_id)
  const owner = entry && directory.byId(entry.ownerId)
  const version = entry?.versions.find(({ versionId }) => versionId === row.version_id)
  if (!entry || !owner || !version) throw new ApiError('PathNotFound', 'There is no such request any more')
  return { row, owner, algorithmName: entry.name, semanticVersion: numberOf(version) }
}

function numberOf({ major, minor, revision }: CatalogVersion): string {
  return `${major}.${minor}.${revision}`
}
