/** May this kind of caller use this operation at all? Rules about the object itself stay with the feature. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { Operation, Who } from '@algorist/contract/operation.ts'
import { type Caller, isAdministrator, isPerson, isViewer } from '../caller.ts'

/**
 * Throws NotAuthenticated for a caller without credentials and NotAuthorized for one of a kind that the operation
 * does not list. A running algorithm without a key of its own may use no management operation (design: platform API).
 */
export function checkWho(operation: Operation, caller: Caller): void {
  if (operation.who.includes('public')) return
  if (caller.kind === 'anonymous') throw new ApiError('NotAuthenticated')
  const mayView = operation.method === 'GET'
  if (!operation.who.some((who) => admits(who, caller, mayView))) throw new ApiError('NotAuthorized')
}

/** @param mayView those who only see what administrators see are let in: nothing is changed */
function admits(who: Who, caller: Caller, mayView: boolean): boolean {
  switch (who) {
    case 'key':
      return caller.kind === 'key' && caller.login !== 'session'
    case 'management':
      return caller.kind === 'key' && caller.login !== 'session' && caller.rights.allowAlgoManagement
    case 'admin':
      return isAdministrator(caller) || (mayView && isViewer(caller))
    case 'cookie':
      return isPerson(caller)
    case 'algorithm':
      return caller.kind === 'algorithm'
    default:
      return false
  }
}
