/** What Azure's answers mean, for whoever owns the connector. Errors of the SDK hold addresses with the SAS token, so none is kept. */
import { DriverError, type DriverProblem } from './driver.ts'
import { asConnectionError } from './provider-errors.ts'

/** Where a driver looks, without secrets. */
export interface AzurePlace {
  readonly container: string
  /** When the SAS token ends, as it says itself. */
  readonly expiresAt: Date | undefined
}

interface Answer {
  readonly status: number
  /** Such as `BlobNotFound`. */
  readonly code: string
}

/** Undefined when there was no answer. */
export function azureAnswer(error: unknown): Answer | undefined {
  const { statusCode, code, details } = (error ?? {}) as {
    statusCode?: unknown
    code?: unknown
    details?: { errorCode?: unknown }
  }
  if (typeof statusCode !== 'number') return undefined
  return { status: statusCode, code: [code, details?.errorCode].find((each) => typeof each === 'string') ?? '' }
}

const SERVICE = 'Azure Blob Storage'

/** By code. `%` is the container. */
const BY_CODE: Readonly<Record<string, readonly [DriverProblem, string]>> = {
  ContainerNotFound: ['not-found', 'There is no container %; correct the container name of the connector'],
  ContainerBeingDeleted: ['not-found', 'The container % is being deleted'],
  ContainerDisabled: ['denied', 'The container % is disabled; ask its owner'],
  AuthenticationFailed: [
    'denied',
    'Azure did not accept the SAS token; create a new one and put it into the connector',
  ],
  AuthorizationPermissionMismatch: [
    'denied',
    'The SAS token lacks a permission: it needs read, list, and for writing add, create, write and delete',
  ],
  AuthorizationResourceTypeMismatch: [
    'denied',
    'The SAS token does not cover what this takes; create one for the container and its blobs',
  ],
  AuthorizationServiceMismatch: ['denied', 'The SAS token is not for blobs; create one for the container'],
  AuthorizationProtocolMismatch: ['denied', 'The SAS token is for https alone; use https in the storage URI'],
  AuthorizationSourceIPMismatch: ['denied', 'The SAS token does not allow the address of this server'],
  AccountIsDisabled: ['denied', 'The storage account is disabled; ask its owner'],
  InsufficientAccountPermissions: ['denied', 'The SAS token does not allow this; create one with more permissions'],
  BlobArchived: ['denied', 'The file is in the archive tier; rehydrate it first'],
  BlobImmutableDueToPolicy: ['denied', 'A policy of the container protects this file from changes'],
  SnapshotsPresent: ['denied', 'The file has snapshots; delete those first'],
  InvalidBlobType: ['denied', 'There is a page or append blob of this name; delete it first'],
  InvalidBlockList: ['busy', 'The file was written by somebody else at the same time; write it again'],
  InvalidBlobOrBlock: ['busy', 'The file was written by somebody else at the same time; write it again'],
  InvalidUri: ['invalid-path', `${SERVICE} cannot have a file of this name; choose another`],
  InvalidResourceName: ['invalid-path', `${SERVICE} cannot have a file of this name; choose another`],
  InvalidRange: ['not-found', 'The file became shorter meanwhile; look again'],
  RequestBodyTooLarge: ['wrong-size', `The file is larger than ${SERVICE} takes`],
}

const BY_STATUS: Readonly<Record<number, readonly [DriverProblem, string]>> = {
  401: ['denied', 'Azure did not accept the SAS token; create a new one and put it into the connector'],
  403: ['denied', 'The SAS token does not allow this; create one that does, for the container %'],
  404: ['not-found', 'There is no such file in the container %'],
  // Another writer changed the blob while the SDK was reading it.
  412: ['unavailable', 'The file is locked by a lease, or was replaced meanwhile; try again'],
  429: ['busy', `${SERVICE} asks to slow down; try again later`],
  503: ['busy', `${SERVICE} asks to slow down; try again later`],
}

/** The DriverError for whatever the SDK or the connection says. */
export function asAzureError(error: unknown, { container, expiresAt }: AzurePlace): DriverError {
  const answer = azureAnswer(error)
  if (!answer) return asConnectionError(error, SERVICE)
  const { status, code } = answer
  const [problem, message] = BY_CODE[code] ?? BY_STATUS[status] ?? unexpected(answer)
  if (problem === 'denied' && expiresAt && expiresAt.getTime() <= Date.now()) {
    const message = `The SAS token expired at ${expiresAt.toISOString()}; create a new one and put it into the connector`
    return new DriverError('denied', message)
  }
  return new DriverError(problem, message.replace('%', container))
}

function unexpected({ status, code }: Answer): readonly [DriverProblem, string] {
  return ['unavailable', `${SERVICE} answered with status ${status}${code && ` (${code})`}; try again later`]
}
