/** Who may see, read and manage an algorithm. Decides from memory alone; calls have rules of their own. */
import { ApiError } from '@algorist/contract/errors.ts'
import { isUuid } from '@algorist/contract/names.ts'
import type { AccountDirectory } from '../accounts/directory.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import type { Catalog, CatalogEntry } from './catalog.ts'

export interface Directories {
  readonly directory: AccountDirectory
  readonly catalog: Catalog
}

/** Path parameters of every algorithm operation: owner and name, or the UUID. */
export interface AlgorithmParams {
  readonly id?: string | undefined
  readonly owner?: string | undefined
  readonly algorithm?: string | undefined
}

/** An algorithm together with its owner. */
export interface Found {
  readonly entry: CatalogEntry
  readonly owner: AccountEntry
}

/** The algorithm that the path names, or undefined. Says nothing about rights. */
export function lookUp({ directory, catalog }: Directories, params: AlgorithmParams): Found | undefined {
  if (params.id !== undefined) {
    const entry = isUuid(params.id) ? catalog.byId(params.id) : undefined
    const owner = entry && directory.byId(entry.ownerId)
    return entry && owner ? { entry, owner } : undefined
  }
  const owner = directory.byName(params.owner ?? '')
  const entry = owner && catalog.byName(owner.id, params.algorithm ?? '')
  return owner && entry ? { entry, owner } : undefined
}

/** The owner itself, or a member of the organization that owns it. An admin key is neither. */
export function isOwn(directory: AccountDirectory, caller: Caller, ownerId: string): boolean {
  return (caller.kind === 'key' || caller.kind === 'algorithm') && directory.mayActFor(caller.account.id, ownerId)
}

/** True once a version can be called by everybody; until then an algorithm is its owner's alone. */
export function isPublic(entry: CatalogEntry): boolean {
  return entry.versions.some(({ callability }) => callability === 'public')
}

/**
 * The algorithm, for reading about it.
 * @throws AlgorithmNameDoesNotExist, or AlgorithmIdDoesNotExist for the UUID form; NotAuthorized for a private one of
 *   somebody else (rest-api.md 3.2, row 41)
 */
export function findVisible(directories: Directories, caller: Caller, params: AlgorithmParams): Found {
  const found = findAny(directories, params)
  const isVisible = isPublic(found.entry) || isOwn(directories.directory, caller, found.entry.ownerId)
  if (!isVisible && caller.kind !== 'admin') throw new ApiError('NotAuthorized')
  return found
}

/** The algorithm, for its owner and their members only. @throws as {@link findVisible} */
export function findOwn(directories: Directories, caller: Caller, params: AlgorithmParams): Found {
  const found = findAny(directories, params)
  if (!isOwn(directories.directory, caller, found.entry.ownerId)) throw new ApiError('NotAuthorized')
  return found
}

/** The algorithm, for changing it: needs the management right as well. @throws as {@link findVisible} */
export function findManaged(directories: Directories, caller: Caller, params: AlgorithmParams): Found {
  const found = findAny(directories, params)
  requireManager(directories.directory, caller, found.entry.ownerId)
  return found
}

/** @throws NotAuthorized unless the caller may manage what `ownerId` owns */
export function requireManager(directory: AccountDirectory, caller: Caller, ownerId: string): AccountEntry {
  const mayManage = caller.kind === 'key' && caller.rights.allowAlgoManagement
  if (!mayManage || !isOwn(directory, caller, ownerId)) throw new ApiError('NotAuthorized')
  return caller.account
}

/** Source that is open may be read by every account (runtime.md 1.4). */
export function mayReadSource(directory: AccountDirectory, caller: Caller, entry: CatalogEntry): boolean {
  return entry.settings.sourceVisibility === 'open' || isOwn(directory, caller, entry.ownerId)
}

function findAny(directories: Directories, params: AlgorithmParams): Found {
  const found = lookUp(directories, params)
  if (found) return found
  throw new ApiError(params.id === undefined ? 'AlgorithmNameDoesNotExist' : 'AlgorithmIdDoesNotExist')
}
