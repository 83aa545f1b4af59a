/** Finds algorithms for those who may see, read and manage them, as permissions.ts says; calls have a way of their own. */
import { ApiError } from '@algorist/contract/errors.ts'
import { isUuid } from '@algorist/contract/names.ts'
import type { AccountDirectory } from '../accounts/directory.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import { denied, hasManagementRight, isVisible, mayManage, mayReadBuildLogs, mayReadSource } from '../permissions.ts'
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

/**
 * The algorithm, for reading about it.
 * @throws AlgorithmNameDoesNotExist, or AlgorithmIdDoesNotExist for the UUID form; NotAuthorized for a private one of
 *   somebody else (rest-api.md 3.2, row 41)
 */
export function findVisible(directories: Directories, caller: Caller, params: AlgorithmParams): Found {
  const found = findAny(directories, params)
  if (!isVisible(directories.directory, caller, found.entry)) throw denied()
  return found
}

/** The algorithm, for those who may read its source. @throws as {@link findVisible} */
export function findReadable(directories: Directories, caller: Caller, params: AlgorithmParams): Found {
  const found = findAny(directories, params)
  if (mayReadSource(directories.directory, caller, found.entry)) return found
  findVisible(directories, caller, params)
  throw denied('its source is closed')
}

/** The algorithm, for those who may read the logs of its builds. @throws as {@link findVisible} */
export function findWithLogs(directories: Directories, caller: Caller, params: AlgorithmParams): Found {
  const found = findVisible(directories, caller, params)
  if (mayReadBuildLogs(directories.directory, caller, found.entry.ownerId)) return found
  throw denied(hasManagementRight(caller) ? `build logs are for ${found.owner.name}` : NO_RIGHT)
}

/** The algorithm, for changing it: needs the management right as well. @throws as {@link findVisible} */
export function findManaged(directories: Directories, caller: Caller, params: AlgorithmParams): Found {
  const found = findVisible(directories, caller, params)
  requireManager(directories.directory, caller, found.owner)
  return found
}

const NO_RIGHT = 'the key has no right to manage algorithms (allow_algo_management)'

/** @throws NotAuthorized unless the caller may manage what `owner` owns */
export function requireManager(directory: AccountDirectory, caller: Caller, owner: AccountEntry): AccountEntry {
  if (caller.kind === 'key' && mayManage(directory, caller, owner.id)) return caller.account
  if (!hasManagementRight(caller)) throw denied(NO_RIGHT)
  throw denied(`only ${owner.name}${owner.kind === 'user' ? '' : ', its owners and members'} may do this`)
}

/** The algorithm, whoever asks. @throws AlgorithmNameDoesNotExist, or AlgorithmIdDoesNotExist for the UUID form */
export function findAny(directories: Directories, params: AlgorithmParams): Found {
  const found = lookUp(directories, params)
  if (found) return found
  throw new ApiError(params.id === undefined ? 'AlgorithmNameDoesNotExist' : 'AlgorithmIdDoesNotExist')
}
