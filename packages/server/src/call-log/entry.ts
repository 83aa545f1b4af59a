/** One call of the log: all of it for those who manage its algorithm, what it was told anyway for the account that made it. */
import { matchesAcl } from '@algorist/contract/algorithm-reference.ts'
import { ApiError } from '@algorist/contract/errors.ts'
import type { CallEntry } from '@algorist/contract/shapes/logged-call.ts'
import type { Caller } from '../caller.ts'
import type { CallLogRow } from '../db/call-log-rows.ts'
import { isVisible, mayReadCalls, mayReadSource } from '../permissions.ts'
import type { Services } from '../services.ts'
import { selectEntry } from './queries.ts'
import { showEntry, showToCaller } from './show.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog' | 'callLog'>

/** @throws ApiError RequestIdNotFound, also for a call that is none of the caller's business */
export async function getEntry(services: Uses, caller: Caller, requestId: string): Promise<CallEntry> {
  const { db, directory, catalog, callLog } = services
  await callLog.settle()
  const row = await selectEntry(db, requestId)
  if (!row) throw notFound()
  if (mayReadCalls(directory, caller, row.owner_id)) return showEntry(services, row)
  if (!hasMade(services, caller, row)) throw notFound()
  const algorithm = catalog.byId(row.algorithm_id)
  return showToCaller(services, row, algorithm !== undefined && mayReadSource(directory, caller, algorithm))
}

const notFound = () =>
  new ApiError(
    'RequestIdNotFound',
    'The call log has no such call: it was refused, was left out or is no longer kept, or there is none',
  )

/** A key sees the calls that it could have made; what these called in turn may be nothing that it knows of. */
function hasMade({ directory, catalog }: Uses, caller: Caller, row: CallLogRow): boolean {
  if (caller.kind !== 'key' || caller.account.id !== row.caller_id || !caller.rights.allowAlgo) return false
  const algorithm = catalog.byId(row.algorithm_id)
  const owner = algorithm && directory.byId(algorithm.ownerId)
  if (algorithm === undefined || owner === undefined) return false
  if (row.depth > 0 && !isVisible(directory, caller, algorithm)) return false
  return matchesAcl(caller.rights.algoAcl, owner.name, algorithm.name)
}
