/** Data in outside storage, as the data API shows it to one caller (rest-api.md 5.3). */
import { ApiError } from '@algorist/contract/errors.ts'
import type { Caller } from '../caller.ts'
import { requireDataRight } from '../data/access.ts'
import { createDriverPlace } from '../data/driver-place.ts'
import type { DataPlace } from '../data/place.ts'
import { withStorageErrors } from '../data/storage-errors.ts'
import { denied } from '../permissions.ts'
import type { Services } from '../services.ts'
import type { ConnectorAddress } from './open-connectors.ts'

/**
 * The connector is one of the account that calls; inside a run that is the account that called the algorithm, never its
 * author (runtime.md 4.5).
 *
 * @throws ApiError NotAuthenticated, DataNotFound when the account has no such connector
 */
export async function openConnectorPlace(
  { connectors }: Pick<Services, 'connectors'>,
  caller: Caller,
  address: ConnectorAddress,
): Promise<DataPlace> {
  if (caller.kind === 'anonymous') throw new ApiError('NotAuthenticated')
  const { driver, refusal } = await withStorageErrors(() => connectors.find(caller.account, address))
  return createDriverPlace({
    driver,
    requireRight(path, act) {
      requireDataRight(caller, act)
      const reason = refusal(path, act)
      if (reason !== undefined) throw denied(reason)
    },
  })
}
