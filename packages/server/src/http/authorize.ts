/** May these credentials use this operation at all? Rules about the object itself stay with the feature. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { Operation } from '@algorist/contract/operation.ts'
import type { Caller } from '../caller.ts'
import { admits, denied, needed } from '../permissions.ts'

/**
 * Throws NotAuthenticated for a caller without credentials and NotAuthorized for one of a kind that the operation
 * does not list. A running algorithm without a key of its own may use no management operation (design: platform API).
 */
export function checkWho(operation: Operation, caller: Caller): void {
  if (admits(operation, caller)) return
  throw caller.kind === 'anonymous' ? new ApiError('NotAuthenticated') : denied(needed(operation))
}
