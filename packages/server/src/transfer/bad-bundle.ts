/** A bundle that cannot be imported as it is. */
import { ApiError } from '@algorist/contract/errors.ts'

/** @param reason what is wrong with it, and where known what to do */
export function badBundle(reason: string): ApiError {
  return new ApiError('InvalidRequest', `The bundle cannot be imported: ${reason}`)
}
