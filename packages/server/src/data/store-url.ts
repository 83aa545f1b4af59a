/**
 * Where hosted data is kept, as the operator writes it (`ALGORIST_DATA_STORE`):
 * `s3://KEY:SECRET@bucket/prefix?region=eu-west-1&endpoint=https://s3.example.com&path-style=true`.
 */
import type { S3Credentials } from '../drivers/s3-session.ts'

/** All that a driver needs but the agents of its connections. */
export interface S3Store {
  readonly kind: 's3'
  readonly bucket: string
  /** What the keys begin with, without slashes at its ends; may be empty. */
  readonly prefix: string
  readonly region: string
  /** Undefined: Amazon's of the region. The operator chose it, so it may be on a private address. */
  readonly endpoint: string | undefined
  readonly forcePathStyle: boolean
  readonly credentials: S3Credentials
}

export const STORE_URL_EXPECTED = 's3://KEY:SECRET@bucket/prefix?region=…, percent-encoded'

const OPTIONS = ['region', 'endpoint', 'path-style', 'session-token']

/** Undefined when the text is not such an address; an option that is not known is a mistake as well. */
export function parseStoreUrl(given: string): S3Store | undefined {
  const [, key, secret, bucket, path = '', query = ''] =
    /^s3:\/\/([^:/@?#]+):([^:/@?#]+)@([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(given) ?? []
  const accessKeyId = decode(key)
  const secretAccessKey = decode(secret)
  const prefix = decode(path.replace(/^\/+|\/+$/g, ''))
  const options = parseOptions(query)
  if (!accessKeyId || !secretAccessKey || bucket === undefined || prefix === undefined || !options) return undefined
  const { endpoint, region, forcePathStyle, sessionToken } = options
  return {
    ...{ kind: 's3', bucket, prefix, region, endpoint, forcePathStyle },
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
  }
}

type Options = Pick<S3Store, 'region' | 'endpoint' | 'forcePathStyle'> & Pick<S3Credentials, 'sessionToken'>

function parseOptions(query: string): Options | undefined {
  const options = new URLSearchParams(query)
  const names = [...options.keys()]
  if (!names.every((name, index) => OPTIONS.includes(name) && names.indexOf(name) === index)) return undefined
  const endpoint = parseEndpoint(options.get('endpoint'))
  // Other servers rarely look at the region, but every signature names one.
  const region = options.get('region') ?? (endpoint === undefined ? '' : 'us-east-1')
  const pathStyle = options.get('path-style') ?? String(endpoint !== undefined)
  const isSound = endpoint !== null && /^[a-z0-9-]{1,40}$/.test(region) && ['true', 'false'].includes(pathStyle)
  if (!isSound) return undefined
  return {
    ...{ region, endpoint, forcePathStyle: pathStyle === 'true' },
    sessionToken: options.get('session-token') ?? undefined,
  }
}

/** Null when it is wrong. */
function parseEndpoint(text: string | null): string | undefined | null {
  if (text === null) return undefined
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol)) return null
  const isBare = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password
  return isBare ? url.origin : null
}

/** Undefined when it is not percent-encoding of UTF-8. */
function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text)
  } catch {
    return undefined
  }
}
