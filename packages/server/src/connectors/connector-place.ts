/** Data in outside storage, as the data API shows it to one caller (rest-api.md 5.3). */
import { ApiError } from '@algorist/contract/errors.ts'
import type { Caller } from '../caller.ts'
import { createDriverPlace } from '../data/driver-place.ts'
import type { DataPlace } from '../data/place.ts'
import { withStorageErrors } from '../data/storage-errors.ts'
import { denied, mayReadData, mayWriteData } from '../permissions.ts'
import type { Services } from '../services.ts'
import type { ConnectorAddress } from './open-connectors.ts'

/**
 * The connector is one of the account that calls; inside a run that is the account that called the algorithm, never its
 * author (runtime.md 4.5).
 *
 * @throws ApiError NotAuthenticated, NotAuthorized for an admin key and for a caller without the right to read data,
 *   DataNotFound when the account has no such connector
 */
export async function openConnectorPlace(
  { connectors }: Pick<Services, 'connectors'>,
  caller: Caller,
  address: ConnectorAddress,
): Promise<DataPlace> {
  if (caller.kind === 'anonymous') throw new ApiError('NotAuthenticated')
  if (!mayReadData(caller) && !mayWriteData(caller)) throw denied()
  const { driver, mayRead, mayWrite } = await withStorageErrors(() => connectors.find(caller.account, address))
  return createDriverPlace({
    driver,
    mayRead: (path) => mayReadData(caller) && mayRead(path),
    mayWrite: (path) => mayWriteData(caller) && mayWrite(path),
  })
}
