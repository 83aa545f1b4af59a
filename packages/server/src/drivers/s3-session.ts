/** The SDK's client with nothing taken from its surroundings, and requests to it that end in bounded time. */
import type { Agent as HttpAgent } from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import type { S3, S3ClientConfig } from '@aws-sdk/client-s3'
import { DriverError } from './driver.ts'
import { asDriverError, type S3Place } from './s3-errors.ts'

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

export interface S3Timeouts {
  /** To a connection. */
  readonly connectMs: number
  /** Of one try until its answer begins, and between two pieces of a file that is read. */
  readonly idleMs: number
  /** Of all tries of a request that carries no content. */
  readonly totalMs: number
}

export interface S3SessionOptions {
  readonly region: string
  /** Address of a server that is not Amazon's, without a path. */
  readonly endpoint?: string | undefined
  /** `https://host/bucket/key` instead of `https://bucket.host/key`, which servers without DNS of their own need. */
  readonly forcePathStyle?: boolean | undefined
  readonly credentials: S3Credentials
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent }
  readonly timeouts?: Partial<S3Timeouts> | undefined
  /**
   * Whether the storage verifies a CRC-32 of what it is sent. Unless given, Amazon's does: others may refuse the header, and
   * what they get is protected by the signature or by TLS.
   */
  readonly hasChecksums?: boolean | undefined
}

/** As the SDK takes them with every call. */
interface CallOptions {
  readonly abortSignal: AbortSignal
  /** Of one try, in milliseconds until the answer begins. */
  readonly requestTimeout: number
}

export interface S3Request<T> {
  /** Where it goes, for messages. */
  readonly bucket?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** What each try may take longer than others. */
  readonly extraMs?: number | undefined
  /** The SDK's call with these options. */
  send(s3: S3, options: CallOptions): Promise<T>
}

export interface S3Session {
  readonly hasChecksums: boolean
  readonly timeouts: S3Timeouts
  /** @throws DriverError, or the reason of the signal */
  request<T>(request: S3Request<T>): Promise<T>
  /** As `request` throws it, for what fails later, such as a body that is cut off. */
  translate(error: unknown, bucket: string): unknown
}

const defaultTimeouts: S3Timeouts = { connectMs: 5_000, idleMs: 30_000, totalMs: 60_000 }
const maxTries = 3

export async function openS3Session(
  options: S3SessionOptions & { readonly ownBucket: string | undefined },
): Promise<S3Session> {
  const timeouts = { ...defaultTimeouts, ...options.timeouts }
  const endpoint = options.endpoint ?? amazonEndpoint(options.region)
  const hasChecksums = options.hasChecksums ?? options.endpoint === undefined
  const { S3 } = await import('@aws-sdk/client-s3')
  const s3 = new S3(clientConfig({ ...options, endpoint, hasChecksums }, timeouts))

  const placeOf = (bucket: string | undefined): S3Place => ({
    host: new URL(endpoint).host,
    region: options.region,
    bucket,
    isOwnBucket: bucket !== undefined && bucket === options.ownBucket,
  })
  return {
    hasChecksums,
    timeouts,
    async request({ bucket, signal, extraMs = 0, send }) {
      signal?.throwIfAborted()
      const limit = new AbortController()
      // Only until the answer begins: the body of a large file takes its time.
      const timer = setTimeout(() => limit.abort(), timeouts.totalMs + maxTries * extraMs)
      const abortSignal = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal
      try {
        return await send(s3, { abortSignal, requestTimeout: timeouts.idleMs + extraMs })
      } catch (error) {
        signal?.throwIfAborted()
        if (limit.signal.aborted) throw timedOut(placeOf(bucket).host, error)
        throw asDriverError(error, placeOf(bucket))
      } finally {
        clearTimeout(timer)
      }
    },
    translate: (error, bucket) => asDriverError(error, placeOf(bucket)),
  }
}

/** The SDK would ask the environment for an address otherwise. */
function amazonEndpoint(region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}

interface ClientOptions extends S3SessionOptions {
  readonly endpoint: string
  readonly hasChecksums: boolean
}

/** Every option that the SDK would look up in variables and files is given, so that it looks up none. */
function clientConfig(options: ClientOptions, { connectMs }: S3Timeouts): S3ClientConfig {
  const { region, endpoint, forcePathStyle = false, credentials, agents, hasChecksums } = options
  const checksums = hasChecksums ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED'
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  return {
    region,
    endpoint,
    forcePathStyle,
    credentials: sessionToken === undefined ? { accessKeyId, secretAccessKey } : { ...credentials, sessionToken },
    requestHandler: {
      httpAgent: agents.http,
      httpsAgent: agents.https,
      connectionTimeout: connectMs,
      throwOnRequestTimeout: true,
    },
    maxAttempts: maxTries,
    retryMode: 'standard',
    defaultsMode: 'standard',
    requestChecksumCalculation: checksums,
    // Ranges have none, and whoever keeps files has a checksum of its own.
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    followRegionRedirects: false,
    disableMultiregionAccessPoints: true,
    disableS3ExpressSessionAuth: true,
    useArnRegion: false,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    sigv4aSigningRegionSet: [region],
    authSchemePreference: ['aws.auth#sigv4'],
    userAgentAppId: 'algorist',
    customUserAgent: 'Algorist',
  }
}

function timedOut(host: string, cause: unknown): DriverError {
  return new DriverError('timed-out', `${host} did not answer in time; try again later`, cause)
}
