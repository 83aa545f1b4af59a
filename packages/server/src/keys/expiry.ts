/** When a key stops working, as clients say it. */
import { ApiError } from '@algorist/contract/errors.ts'

/** ISO time for the database; null for never. @throws ApiError InputValidationError for a time that is none or is over */
export function expiryOf(text: string | undefined): string | null {
  if (text === undefined || text === '') return null
  const time = new Date(text)
  if (Number.isNaN(time.getTime()) || time.getTime() <= Date.now()) {
    throw new ApiError(
      'InputValidationError',
      `expires_at: expected a time to come, such as 2030-01-31T00:00:00Z, got '${text}'`,
    )
  }
  return time.toISOString()
}
