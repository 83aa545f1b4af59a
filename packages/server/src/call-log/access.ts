/** Who may read the calls of an algorithm: those who manage it, and administrators. */
import { type AlgorithmParams, type Directories, type Found, findAny, findVisible } from '../algorithms/access.ts'
import type { Caller } from '../caller.ts'
import { administers, denied, hasManagementRight, mayReadCalls } from '../permissions.ts'

/**
 * The algorithm, for those who may read its calls.
 * @throws AlgorithmNameDoesNotExist, or AlgorithmIdDoesNotExist for the UUID form; NotAuthorized
 */
export function findLogged(directories: Directories, caller: Caller, params: AlgorithmParams): Found {
  if (administers(caller, 'see')) return findAny(directories, params)
  const found = findVisible(directories, caller, params)
  if (mayReadCalls(directories.directory, caller, found.owner.id)) return found
  if (!hasManagementRight(caller)) throw denied('the key has no right to manage algorithms (allow_algo_management)')
  throw denied(`its calls are for ${found.owner.name}`)
}
