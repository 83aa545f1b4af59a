/**
 * Finds collections of hosted data for those who may do with them what they want, as permissions.ts says. What is missing
 * is 404 and what is forbidden 403 for everybody (rest-api.md 5.4); who is nobody gets 401 for all but public data.
 */
import { ApiError } from '@algorist/contract/errors.ts'
import { lookUp } from '../algorithms/access.ts'
import type { CatalogEntry } from '../algorithms/catalog.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import type { CollectionsTable } from '../db/hosted-tables.ts'
import { changesDataOf, denied, isRunOf, isVisible, mayReadData, mayWriteData, readableAcls } from '../permissions.ts'
import type { Services } from '../services.ts'
import type { CollectionPath } from './hosted-path.ts'
import { type CollectionKey, NAMED, selectCollection, selectDefaultCollection } from './queries.ts'

export type AccessUses = Pick<Services, 'db' | 'directory' | 'catalog' | 'sessionSpaces'>

/** Deleting a file is a right of its own: those for whom algorithms keep something may, and may not write. */
export type DataAct = 'read' | 'write' | 'delete'

/** A collection that the caller may use. */
export interface Collection extends CollectionKey {
  /** Undefined for one that is always there and in which nothing was put yet: `temp`, `perm` and `.session`. */
  readonly row: CollectionsTable | undefined
}

/** @throws ApiError NotAuthenticated, NotAuthorized, DataNotFound */
export async function findCollection(
  services: AccessUses,
  caller: Caller,
  path: CollectionPath,
  act: DataAct,
): Promise<Collection> {
  requireDataRight(caller, act)
  switch (path.kind) {
    case 'named':
      return findNamed(services, caller, { owner: findOwner(services, caller, path.owner), name: path.name, act })
    case 'session':
      return findSession(services, caller)
    case 'algorithm':
      return findOfAlgorithm(services, caller, path, act)
    case 'default':
      return findDefault(services, caller, act)
  }
}

/** What the credentials allow, whatever the object. Nobody may ask for public data. @throws ApiError */
export function requireDataRight(caller: Caller, act: DataAct): void {
  if (caller.kind === 'anonymous' && act === 'read') return
  if (caller.kind === 'anonymous') throw new ApiError('NotAuthenticated')
  if (caller.kind === 'admin') throw denied('admin keys are not for data; use an API key')
  if (act === 'read' ? mayReadData(caller) : mayWriteData(caller)) return
  const right = act === 'read' ? 'allow_data' : 'allow_data_write'
  throw denied(caller.kind === 'key' ? `it needs an API key with ${right}` : `this call was made without ${right}`)
}

/** The account that a path begins with; `.my` is the caller. @throws ApiError NotAuthenticated, DataNotFound */
export function findOwner({ directory }: AccessUses, caller: Caller, name: string): AccountEntry {
  if (name === '.my') return accountOf(caller)
  const owner = directory.byName(name)
  if (owner && !owner.isClosed) return owner
  throw missing(caller)
}

/** @throws ApiError NotAuthenticated */
export function accountOf(caller: Caller): AccountEntry {
  if (caller.kind === 'anonymous') throw new ApiError('NotAuthenticated')
  return caller.account
}

/** Who creates, changes and deletes an owner's collections. @throws ApiError NotAuthenticated, NotAuthorized */
export function requireOwnData({ directory }: AccessUses, caller: Caller, ownerId: string): void {
  requireDataRight(caller, 'write')
  if (!changesDataOf(directory, caller, ownerId)) throw denied()
}

/** Somebody who has not said who it is learns nothing of what is there. */
function missing(caller: Caller): ApiError {
  return new ApiError(caller.kind === 'anonymous' ? 'NotAuthenticated' : 'DataNotFound')
}

async function findNamed(
  services: AccessUses,
  caller: Caller,
  { owner, name, act }: { owner: AccountEntry; name: string; act: DataAct },
): Promise<Collection> {
  const row = await selectCollection(services.db, { ownerId: owner.id, scope: NAMED, name })
  return requireAccess(services, caller, row, act)
}

function requireAccess(
  { directory }: AccessUses,
  caller: Caller,
  row: CollectionsTable | undefined,
  act: DataAct,
): Collection {
  if (!row) throw missing(caller)
  const { owner_id: ownerId, acl, scope, name } = row
  const mayUse =
    act === 'read' ? readableAcls(directory, caller, ownerId).includes(acl) : changesDataOf(directory, caller, ownerId)
  if (mayUse) return { ownerId, scope, name, row }
  throw caller.kind === 'anonymous' ? new ApiError('NotAuthenticated') : denied()
}

/** Of the tree of calls that the caller is in, while its root call runs. */
async function findSession({ db, sessionSpaces }: AccessUses, caller: Caller): Promise<Collection> {
  if (caller.kind !== 'algorithm') {
    if (caller.kind === 'anonymous') throw new ApiError('NotAuthenticated')
    throw new ApiError('DataNotFound', 'path not found: .session is there for running algorithms')
  }
  const { sessionId } = caller.call
  if (!sessionSpaces.isOpen(sessionId)) throw new ApiError('DataNotFound')
  return withRow(db, { ownerId: caller.account.id, scope: `session:${sessionId}`, name: 'session' })
}

/** Of an algorithm and the account that calls it. */
async function findOfAlgorithm(
  services: AccessUses,
  caller: Caller,
  { algorithm, lifetime }: Extract<CollectionPath, { kind: 'algorithm' }>,
  act: DataAct,
): Promise<Collection> {
  const { id: ownerId } = accountOf(caller)
  const entry = algorithm
    ? lookUp(services, { owner: algorithm.owner, algorithm: algorithm.name })?.entry
    : running(services, caller)
  if (!entry) throw new ApiError('DataNotFound')
  const collection = await withRow(services.db, { ownerId, scope: `algo:${entry.id}`, name: lifetime })
  const isRun = isRunOf(caller, entry.id)
  const isKnown = collection.row !== undefined || isRun || isVisible(services.directory, caller, entry)
  if (!isKnown) throw new ApiError('DataNotFound')
  const mayUse = isRun || act === 'read' || (act === 'delete' && caller.kind === 'key')
  if (!mayUse) throw denied('only runs of the algorithm itself write here')
  return collection
}

async function findDefault(services: AccessUses, caller: Caller, act: DataAct): Promise<Collection> {
  const entry = running(services, caller)
  const row = entry && (await selectDefaultCollection(services.db, entry.id))
  return requireAccess(services, caller, row, act)
}

function running({ catalog }: AccessUses, caller: Caller): CatalogEntry | undefined {
  return caller.kind === 'algorithm' ? catalog.byId(caller.call.algorithmId) : undefined
}

async function withRow(db: Services['db'], key: CollectionKey): Promise<Collection> {
  return { ...key, row: await selectCollection(db, key) }
}
