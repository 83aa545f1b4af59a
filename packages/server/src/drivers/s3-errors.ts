/** What goes wrong with S3, in the words of drivers: which problem it is and what its owner can do. Never with secrets. */
import { DriverError, type DriverProblem } from './driver.ts'

/** Where a request went. */
export interface S3Place {
  readonly host: string
  /** As configured. */
  readonly region: string
  readonly bucket?: string | undefined
  /** Of whoever runs the server, so that it has to be there. */
  readonly isOwnBucket: boolean
}

/** What is known of a failure; all of it may be missing. */
interface Failure {
  /** Of S3, such as `NoSuchKey`, or of the system, such as `ECONNREFUSED`. */
  readonly code: string
  readonly status: number | undefined
  readonly requestId: string | undefined
  /** That the provider would have wanted. */
  readonly region: string | undefined
}

type Explain = (place: S3Place, failure: Failure) => string

const wrongRegion: Explain = ({ bucket, region: configured, host }, { region }) => {
  const expected = region === undefined ? 'another region' : `the region '${region}'`
  return `${nameOf(bucket)} at ${host} wants ${expected}, not '${configured}'; correct the region`
}
const expired: Explain = ({ host }) => `The session token has expired or is not valid at ${host}; give new credentials`
const unknownKey: Explain = ({ host }) => `${host} does not know the access key id; correct it`
const wrongSecret: Explain = ({ host }) => `${host} says that the secret access key is not that of the id; correct it`
const notAllowed: Explain = ({ host, bucket }) =>
  `${host} does not allow this with these credentials (${nameOf(bucket)}); allow it there or use others`
const refused: Explain = ({ host }, { code, status }) =>
  `${host} refused the request (${code}, ${status}); see whether credentials and region are right`
const clockDiffers: Explain = ({ host }) => `The clock of this server and that of ${host} differ too much; correct it`
const comeBack: Explain = ({ host }) => `${host} has too many requests; try again later`
const failed: Explain = ({ host }, { code, status }) =>
  `${host} failed (${[code, status].filter(Boolean).join(', ')}); try again later`
const tooLong: Explain = () => 'The path is not one that this storage can have; use a shorter or simpler one'
const tooLarge: Explain = ({ host }) => `The file is larger than ${host} takes`
const isFull: Explain = ({ host }) => `${host} has no room for more; delete something or enlarge the quota`
const noFile: Explain = () => 'There is no such file'
const noAnswer: Explain = ({ host }) => `${host} did not answer in time; try again later`
const noName: Explain = ({ host }) => `There is no address for ${host}; correct the endpoint or the region`
const noConnection: Explain = ({ host }, { code }) =>
  `No connection to ${host} (${code}); see whether the endpoint is right and the storage runs`
const untrusted: Explain = ({ host }, { code }) => `The certificate of ${host} is not trusted (${code})`

const causes: readonly (readonly [DriverProblem, Explain, readonly string[]])[] = [
  ['not-found', noFile, ['NoSuchKey', 'NotFound', 'NoSuchVersion']],
  [
    'denied',
    wrongRegion,
    ['PermanentRedirect', 'TemporaryRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'],
  ],
  ['denied', expired, ['ExpiredToken', 'ExpiredTokenException', 'InvalidToken', 'TokenRefreshRequired']],
  ['denied', unknownKey, ['InvalidAccessKeyId', 'InvalidClientTokenId']],
  ['denied', wrongSecret, ['SignatureDoesNotMatch']],
  ['denied', notAllowed, ['AccessDenied', 'AllAccessDisabled', 'AccountProblem', 'MethodNotAllowed', 'NotSignedUp']],
  ['denied', clockDiffers, ['RequestTimeTooSkewed', 'RequestExpired']],
  ['busy', comeBack, ['SlowDown', 'ServiceUnavailable', 'TooManyRequests', 'Throttling', 'RequestLimitExceeded']],
  ['invalid-path', tooLong, ['KeyTooLongError', 'InvalidBucketName', 'InvalidURI', 'XMinioInvalidObjectName']],
  ['wrong-size', tooLarge, ['EntityTooLarge']],
  ['full', isFull, ['XMinioStorageFull', 'QuotaExceeded', 'InsufficientStorage', 'InsufficientCapacity']],
  ['timed-out', noAnswer, ['TimeoutError', 'RequestTimeout', 'ETIMEDOUT', 'ESOCKETTIMEDOUT']],
  ['unavailable', noName, ['ENOTFOUND', 'EAI_AGAIN']],
  ['unavailable', noConnection, ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'EHOSTUNREACH', 'ENETUNREACH']],
  [
    'unavailable',
    untrusted,
    ['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ],
]

/** For answers without a code that is known, such as those to HEAD, which have no body. */
const causesByStatus: Readonly<Record<number, readonly [DriverProblem, Explain]>> = {
  301: ['denied', wrongRegion],
  307: ['denied', wrongRegion],
  400: ['denied', refused],
  401: ['denied', notAllowed],
  403: ['denied', notAllowed],
  404: ['not-found', noFile],
  408: ['timed-out', noAnswer],
  429: ['busy', comeBack],
  503: ['busy', comeBack],
  507: ['full', isFull],
}

/** Whatever the SDK threw, as a DriverError; one that it is already stays as it is. */
export function asDriverError(error: unknown, place: S3Place): DriverError {
  if (error instanceof DriverError) return error
  const ofGate = fromGate(error)
  if (ofGate) return ofGate
  const failure = failureOf(error)
  const cause = new Error(summaryOf(failure))
  if (failure.code === 'NoSuchBucket') return withoutBucket(place, cause)
  const byCode = causes.find(([, , codes]) => codes.includes(failure.code))
  const [problem, explain] = byCode ?? causesByStatus[failure.status ?? 0] ?? ['unavailable', failed]
  return new DriverError(problem, explain(place, failure), cause)
}

function withoutBucket({ bucket, host, isOwnBucket }: S3Place, cause: Error): DriverError {
  const message = `There is no ${nameOf(bucket)} at ${host}; create it there or correct the name`
  return new DriverError(isOwnBucket ? 'unavailable' : 'not-found', message, cause)
}

const nameOf = (bucket: string | undefined): string => (bucket === undefined ? 'the account' : `bucket '${bucket}'`)

/** The SDK's errors have more members than their types tell; none is relied on. */
function failureOf(error: unknown): Failure {
  const { name, code, Region, $metadata, $response, errors } = (error ?? {}) as Readonly<Record<string, unknown>>
  // Of a host with several addresses.
  if (Array.isArray(errors) && errors.length > 0) return failureOf(errors[0])
  const { httpStatusCode, requestId } = ($metadata ?? {}) as Readonly<Record<string, unknown>>
  const { headers } = ($response ?? {}) as { headers?: Readonly<Record<string, unknown>> }
  const region = textOf(Region) ?? textOf(headers?.['x-amz-bucket-region'])
  return {
    code: textOf(code) ?? textOf(name) ?? 'Error',
    status: typeof httpStatusCode === 'number' ? httpStatusCode : undefined,
    requestId: textOf(requestId),
    region: region !== undefined && /^[a-z0-9-]{1,40}$/.test(region) ? region : undefined,
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** For logs: the SDK's own error may quote the request. */
function summaryOf({ code, status, requestId }: Failure): string {
  return [code, status && `status ${status}`, requestId && `request ${requestId}`].filter(Boolean).join(', ')
}

/** Errors of the gate that connections go through are worded for whoever chose the address, and say what to do. */
function fromGate(error: unknown): DriverError | undefined {
  if (!(error instanceof Error && error.name === 'EgressError')) return undefined
  const { problem } = error as { problem?: unknown }
  return new DriverError(problem === 'TimedOut' ? 'timed-out' : 'unavailable', error.message)
}
