/**
 * The error logs of algorithms, users and organizations (rest-api.md 2.7, rows 52, 53, 119 and X12; platform.md 5.4): the
 * newest failures of the last seven days, read from the call log. They show inputs, so they are off until an administrator
 * turns the feature on; administrators always see them.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import type { FailedRun } from '@algorist/contract/operations/algorithms.ts'
import { isFeatureOn } from '../admin/features.ts'
import type { AlgorithmParams } from '../algorithms/access.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import type { CallLogRow } from '../db/call-log-rows.ts'
import { administers, belongsTo, denied, isOwn, isSelf, isVisible, mayManage, mayReadSource } from '../permissions.ts'
import type { Services } from '../services.ts'
import { findLogged } from './access.ts'
import { type Failing, newestOf, selectFailures } from './queries.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog' | 'callLog'>

const SPAN_MS = 7 * 24 * 60 * 60 * 1000
const MOST = 200
/** Workers run on the machine of the server. */
const WORKER = '127.0.0.1'

/**
 * Failures of an algorithm and of what it called.
 * @throws ApiError AlgorithmNameDoesNotExist, AlgorithmIdDoesNotExist, NotAuthorized, PathNotFound while the feature is off
 */
export async function listAlgorithmErrors(
  services: Uses,
  caller: Caller,
  params: AlgorithmParams,
): Promise<FailedRun[]> {
  const { entry } = findLogged(services, caller, params)
  await requireFeature(services, caller)
  return newest(services, caller, [{ algorithm_id: entry.id }, { root_algorithm_id: entry.id }])
}

/**
 * Failures of calls that a user made from outside; none for an unknown user.
 * @throws ApiError NotAuthorized, PathNotFound while the feature is off
 */
export async function listUserErrors(services: Uses, caller: Caller, nameOrId: string): Promise<FailedRun[]> {
  const user = accountOf(services, nameOrId, 'user')
  if (!user) return []
  if (!isSelf(caller, user.id) && !administers(caller, 'see')) throw denied()
  await requireFeature(services, caller)
  return newest(services, caller, [{ caller_id: user.id }])
}

/**
 * Failures of calls that an organization made, and for those who manage its algorithms of calls of these; none for an
 * unknown organization.
 * @throws ApiError NotAuthorized, PathNotFound while the feature is off
 */
export async function listOrganizationErrors(services: Uses, caller: Caller, nameOrId: string): Promise<FailedRun[]> {
  const organization = accountOf(services, nameOrId, 'organization')
  if (!organization) return []
  const { directory } = services
  const isAdmin = administers(caller, 'see')
  if (!isAdmin && !belongsTo(directory, caller, organization.id)) throw denied()
  await requireFeature(services, caller)
  const manages = isAdmin || mayManage(directory, caller, organization.id)
  return newest(services, caller, [{ caller_id: organization.id }, ...(manages ? [{ owner_id: organization.id }] : [])])
}

function accountOf({ directory }: Uses, nameOrId: string, kind: AccountEntry['kind']): AccountEntry | undefined {
  const account = directory.byName(nameOrId) ?? directory.byId(nameOrId.toLowerCase())
  return account?.kind === kind && !account.isClosed ? account : undefined
}

async function requireFeature({ db }: Uses, caller: Caller): Promise<void> {
  if (caller.kind === 'anonymous' || administers(caller, 'see')) return
  if (await isFeatureOn({ db }, 'algorithm-errors', caller.account.id)) return
  throw new ApiError(
    'PathNotFound',
    'Error logs are turned off on this server; an administrator turns them on with PUT /v1/admin/features/algorithm-errors',
  )
}

async function newest(services: Uses, caller: Caller, whose: readonly Failing[]): Promise<FailedRun[]> {
  await services.callLog.settle()
  const since = new Date(Date.now() - SPAN_MS).toISOString()
  const lists = await Promise.all(whose.map((of) => selectFailures(services.db, { of, since, limit: MOST })))
  return newestOf(lists.flat(), MOST)
    .filter((row) => knows(services, caller, row))
    .map((row) => render(services, caller, row))
}

/** An algorithm that is public may call private ones, of which its callers and whoever builds on it are told nothing. */
function knows({ directory, catalog }: Uses, caller: Caller, row: CallLogRow): boolean {
  if (row.depth === 0 || administers(caller, 'see') || isOwn(directory, caller, row.owner_id)) return true
  const algorithm = catalog.byId(row.algorithm_id)
  return algorithm !== undefined && isVisible(directory, caller, algorithm)
}

function render({ directory, catalog }: Uses, caller: Caller, row: CallLogRow): FailedRun {
  const algorithm = catalog.byId(row.algorithm_id)
  // As in the answer to the call: a stack trace quotes the source.
  const seesSource =
    administers(caller, 'see') || (algorithm !== undefined && mayReadSource(directory, caller, algorithm))
  const { message, stacktrace } = row
  const trace = seesSource && stacktrace !== null ? `Some(${stacktrace})` : 'None'
  return {
    created_at: Date.parse(row.ended_at),
    request_id: row.request_id,
    username: directory.byId(algorithm?.ownerId ?? row.owner_id)?.name ?? row.owner_id,
    algoname: algorithm?.name ?? row.algorithm_id,
    algoversion: row.version,
    input: row.input ?? '',
    error: `error:\n${message ?? 'the owner of the algorithm keeps no messages'}\nstacktrace:\n${trace}`,
    error_type: row.error_type ?? '',
    billable_to: directory.byId(row.caller_id)?.name ?? row.caller_id,
    worker: WORKER,
  }
}
