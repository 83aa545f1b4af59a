/** What callers are told when a storage does not do as asked: one table for hosted data and connectors. */
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import { DriverError, type DriverProblem } from '../drivers/driver.ts'

const ERROR_NAMES: Readonly<Record<DriverProblem, ErrorName>> = {
  'not-found': 'DataNotFound',
  'not-empty': 'DirectoryNotEmpty',
  'invalid-marker': 'InvalidMarker',
  'invalid-path': 'InvalidDataPath',
  denied: 'StorageRefused',
  unavailable: 'StorageFailed',
  'timed-out': 'StorageTimedOut',
  busy: 'ServiceUnavailable',
  full: 'InsufficientStorage',
  'wrong-size': 'PayloadTooLarge',
}

/** Their own message goes to the caller: clients compare it (rest-api.md 5.12), or it says all there is. */
const FIXED: ReadonlySet<DriverProblem> = new Set(['not-found', 'not-empty', 'invalid-marker'])

const BUSY_RETRY_SECONDS = '5'

/** The error for the caller; anything but a DriverError is returned as it is. */
export function storageError(error: unknown): unknown {
  if (!(error instanceof DriverError)) return error
  const { problem, message } = error
  return new ApiError(ERROR_NAMES[problem], FIXED.has(problem) ? undefined : message, {
    cause: error,
    headers: problem === 'busy' ? { 'Retry-After': BUSY_RETRY_SECONDS } : {},
    members: problem === 'not-empty' ? { deleted: 0 } : {},
  })
}

/** Runs `action` with the errors of a storage as callers are told them. @throws ApiError */
export async function withStorageErrors<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw storageError(error)
  }
}
