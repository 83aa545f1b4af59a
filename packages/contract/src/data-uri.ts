/**
 * Where a data request points: connector and path, from any of the address forms that clients use (rest-api.md 5.1).
 * What the path means inside a connector is not known here.
 */
import { ApiError } from './errors.ts'

export type ConnectorProtocol = 'data' | 's3' | 'gs' | 'azureblob' | 'dropbox'

export interface DataTarget {
  readonly protocol: ConnectorProtocol
  /** Tells connectors of one protocol apart; undefined is the default one. */
  readonly label: string | undefined
  /** Decoded, without slashes at either end; empty is the root. */
  readonly path: string
}

type Connector = Pick<DataTarget, 'protocol' | 'label'>

/**
 * Parses the raw request target of a data route: `/v1/data…` or `/v1/connector/…`, query and all.
 * @throws ApiError InvalidDataPath (400) for a path that can name nothing, DataNotFound (404) for an unknown connector
 */
export function parseDataTarget(rawTarget: string): DataTarget {
  const [rawPath = ''] = rawTarget.split('?', 1)
  const [, route, rest = ''] = /^\/v1\/(data|connector)(?:\/(.*))?$/s.exec(rawPath) ?? []
  if (!route) throw new ApiError('InvalidDataPath')
  const text = decodePath(rest)
  if (text.includes('\0')) throw new ApiError('InvalidDataPath', 'A path cannot contain a NUL byte')
  const { connector, path } = route === 'data' ? splitUri(text) : splitSegment(text)
  return withoutRepetition(connector, cleanPath(connector, path))
}

/** `data://.my/foo/a.txt`, `s3+lab://bucket/key`. */
export const formatDataUri = ({ protocol, label, path }: DataTarget): string =>
  `${protocol}${label === undefined ? '' : `+${label}`}://${path}`

/** java and scala form-encode the whole path, slashes included; everyone else encodes segment by segment. */
function decodePath(rest: string): string {
  const isFormEncoded = !rest.includes('/') && /%2f/i.test(rest)
  if (isFormEncoded) return percentDecode(rest.replaceAll('+', ' '))
  return rest.split('/').map(decodeSegment).join('/')
}

function decodeSegment(segment: string): string {
  const decoded = percentDecode(segment)
  if (decoded.includes('/')) throw new ApiError('InvalidDataPath', 'A file name cannot contain a slash')
  return decoded
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new ApiError('InvalidDataPath', 'The path has broken percent-encoding or is not UTF-8', { cause })
  }
}

/** Below `/v1/data`: `s3+lab://bucket/key`, with one slash where a proxy collapsed two, or a path of hosted data. */
function splitUri(text: string): { connector: Connector; path: string } {
  const [, id, path = ''] = /^([a-z0-9]+(?:\+[a-z0-9_]+)?):\/{1,2}(.*)$/is.exec(text) ?? []
  return id === undefined ? { connector: hostedData, path: text } : { connector: requireConnector(id), path }
}

/** Below `/v1/connector`: the connector is the first segment; form-decoding made a space of its `+`. */
function splitSegment(text: string): { connector: Connector; path: string } {
  const [, id = '', path = ''] = /^([^/]*)\/?(.*)$/s.exec(text) ?? []
  return { connector: requireConnector(id.replaceAll(' ', '+')), path }
}

const hostedData: Connector = { protocol: 'data', label: undefined }

function parseConnector(id: string): Connector | undefined {
  const [, protocol, label] = /^(azureblob|data|dropbox|gs|s3)(?:\+([a-z0-9_]+))?$/i.exec(id) ?? []
  return protocol === undefined ? undefined : { protocol: protocol.toLowerCase() as ConnectorProtocol, label }
}

function requireConnector(id: string): Connector {
  const connector = parseConnector(id)
  if (!connector) throw new ApiError('DataNotFound', `There is no connector '${id}'`)
  return connector
}

/** Object stores may have keys with empty segments, so only hosted data collapses double slashes. */
function cleanPath({ protocol }: Connector, path: string): string {
  const trimmed = path.replace(/^\/+/, '').replace(/(?<!\/)\/+$/, '')
  const clean = protocol === 'data' ? trimmed.replace(/\/{2,}/g, '/') : trimmed
  if (clean.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw new ApiError('InvalidDataPath', "A path cannot contain '.' or '..'")
  }
  return clean
}

/** swift repeats `v1/connector/{connector}/` inside hosted data; the innermost connector is meant (rest-api.md 1.1). */
function withoutRepetition(connector: Connector, path: string): DataTarget {
  const [, id = '', rest = ''] = (connector.protocol === 'data' && /^v1\/connector\/([^/]+)\/(.+)$/s.exec(path)) || []
  const inner = parseConnector(id)
  return inner ? withoutRepetition(inner, rest) : { ...connector, path }
}
