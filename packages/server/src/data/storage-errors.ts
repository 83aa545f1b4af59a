/** What callers are told when a storage does not do as asked: one table for hosted data and connectors. */
import { ApiError, type ErrorName } from '@algorist/contract/errors.ts'
import type { Logger } from 'pino'
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
  return apiError(ERROR_NAMES[problem], FIXED.has(problem) ? undefined : message, error)
}

function apiError(name: ErrorName, message: string | undefined, cause: DriverError): ApiError {
  const { problem } = cause
  return new ApiError(name, message, {
    cause,
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

const FOR_THE_OPERATOR: ReadonlySet<DriverProblem> = new Set(['denied', 'unavailable', 'timed-out', 'busy', 'full'])

/**
 * The same for the server's own storage: what is wrong with it goes into the log, since only the operator can mend it, and
 * its address is nobody else's business. Callers are told what kind of failure it is.
 */
export async function withOwnStorageErrors<T>(log: Logger, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (!(error instanceof DriverError && FOR_THE_OPERATOR.has(error.problem))) throw storageError(error)
    log.error({ err: error }, 'the storage of hosted data failed')
    throw apiError(error.problem === 'denied' ? 'StorageFailed' : ERROR_NAMES[error.problem], undefined, error)
  }
}
