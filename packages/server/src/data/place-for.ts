/** Which place a data address means: hosted data, or a connector of the caller. */
import type { DataTarget } from '@algorist/contract/data-uri.ts'
import { ApiError } from '@algorist/contract/errors.ts'
import type { Caller } from '../caller.ts'
import { openConnectorPlace } from '../connectors/connector-place.ts'
import type { Services } from '../services.ts'
import { createHostedPlace, type HostedUses } from './hosted-place.ts'
import type { DataPlace } from './place.ts'

/** @throws ApiError DataNotFound for a connector that the caller has not */
export function createPlaceFor(
  services: HostedUses & Pick<Services, 'connectors'>,
): (caller: Caller, target: DataTarget) => DataPlace | Promise<DataPlace> {
  return (caller, { protocol, label }) => {
    if (protocol !== 'data') return openConnectorPlace(services, caller, { protocol, label })
    if (label !== undefined) throw new ApiError('DataNotFound', 'Hosted data has no labels: data://…')
    return createHostedPlace(services, caller)
  }
}
