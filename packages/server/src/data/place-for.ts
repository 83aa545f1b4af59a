/** Which place a data address means: hosted data, or a connector of the caller. */
import type { DataTarget } from '@algorist/contract/data-uri.ts'
import { ApiError } from '@algorist/contract/errors.ts'
import type { Caller } from '../caller.ts'
import { createHostedPlace, type HostedUses } from './hosted-place.ts'
import type { DataPlace } from './place.ts'

/** @throws ApiError DataNotFound for a connector that the caller has not */
export function createPlaceFor(services: HostedUses): (caller: Caller, target: DataTarget) => DataPlace {
  return (caller, { protocol, label }) => {
    if (protocol === 'data' && label === undefined) return createHostedPlace(services, caller)
    throw new ApiError('DataNotFound', `There is no connector ${protocol}${label === undefined ? '' : `+${label}`}`)
  }
}
