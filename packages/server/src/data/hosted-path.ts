/** What a path of hosted data names (rest-api.md 5.2), by its form alone. */
import { ApiError } from '@algorist/contract/errors.ts'

export type Lifetime = 'temp' | 'perm'

/** What files are in. */
export type CollectionPath =
  /** `owner` is `.my` or a name. */
  | { readonly kind: 'named'; readonly owner: string; readonly name: string }
  | { readonly kind: 'session' }
  /** Of one caller and one algorithm; undefined is the one that is running. */
  | {
      readonly kind: 'algorithm'
      readonly algorithm: { readonly owner: string; readonly name: string } | undefined
      readonly lifetime: Lifetime
    }
  /** The default collection of the running algorithm. */
  | { readonly kind: 'default' }

export type HostedPath =
  | { readonly kind: 'root' }
  | { readonly kind: 'owner'; readonly owner: string }
  | { readonly kind: 'collection'; readonly collection: CollectionPath }
  | { readonly kind: 'file'; readonly collection: CollectionPath; readonly name: string }

const MAX_FILE_NAME_BYTES = 255
const COLLECTION_NAME = /^[a-zA-Z][a-zA-Z0-9_]{0,63}$/

/** @throws ApiError InvalidDataPath for what can be neither directory nor file */
export function parseHostedPath(path: string): HostedPath {
  if (path === '') return { kind: 'root' }
  const segments = path.split('/')
  const [first = '', second] = segments
  if (first === '.session') return inCollection({ kind: 'session' }, segments.slice(1))
  if (first === '.algo') return segments.length <= 3 ? ofRunningAlgorithm(segments) : ofAlgorithm(segments)
  if (second === undefined) return { kind: 'owner', owner: first }
  return inCollection({ kind: 'named', owner: first, name: second }, segments.slice(2))
}

/** `.algo/temp`, `.algo/perm` or `.algo/default`, with or without a file. */
function ofRunningAlgorithm([, name = '', ...rest]: string[]): HostedPath {
  if (name.toLowerCase() === 'default') return inCollection({ kind: 'default' }, rest)
  return inCollection({ kind: 'algorithm', algorithm: undefined, lifetime: parseLifetime(name) }, rest)
}

/** `.algo/{owner}/{algorithm}/temp` or `…/perm`, with or without a file. */
function ofAlgorithm([, owner = '', name = '', lifetime = '', ...rest]: string[]): HostedPath {
  return inCollection({ kind: 'algorithm', algorithm: { owner, name }, lifetime: parseLifetime(lifetime) }, rest)
}

function parseLifetime(name: string): Lifetime {
  const lifetime = name.toLowerCase()
  if (lifetime === 'temp' || lifetime === 'perm') return lifetime
  throw new ApiError(
    'InvalidDataPath',
    'Below .algo there are temp, perm and default, and OWNER/ALGORITHM/temp and OWNER/ALGORITHM/perm',
  )
}

function inCollection(collection: CollectionPath, [name, ...more]: string[]): HostedPath {
  if (more.length > 0) throw new ApiError('InvalidDataPath', 'A collection has files and no folders in it')
  if (name === undefined) return { kind: 'collection', collection }
  if (Buffer.byteLength(name) > MAX_FILE_NAME_BYTES) {
    throw new ApiError('InvalidDataPath', `A file name has at most ${MAX_FILE_NAME_BYTES} bytes as UTF-8`)
  }
  return { kind: 'file', collection, name }
}

/** @throws ApiError InputValidationError (rest-api.md 1.9; section 7, row 12) */
export function requireCollectionName(name: string): void {
  if (COLLECTION_NAME.test(name)) return
  throw new ApiError(
    'InputValidationError',
    'The name of a collection is a letter, then letters, digits or _, 64 characters at most',
  )
}
