/** How a call's path and a key's permissions name algorithms (rest-api.md 4.1 and 1.3). */
import { isUuid, NAME_PATTERN } from './names.ts'

export type AlgorithmReference =
  | {
      readonly kind: 'name' /** As written, maybe no valid name: look it up, never build a path of it. */
      readonly owner: string
      readonly name: string
    }
  | { readonly kind: 'id'; readonly id: string }

export interface AlgorithmPath {
  readonly algorithm: AlgorithmReference
  /** Decoded text for `parseVersionSelector`; undefined when none was given. */
  readonly selectorText: string | undefined
}

/**
 * Parses what follows `/v1/algo/` or `/v1/web/algo/` in the raw request target, query removed. Some clients leave
 * `algo://` in it, proxies make `algo:/` of that, and node adds a slash at the end.
 * @returns undefined when it cannot name an algorithm: wrong number of parts, an empty part, broken percent-encoding
 */
export function parseAlgorithmPath(rawPath: string): AlgorithmPath | undefined {
  const path = percentDecode(rawPath)
    ?.replace(/^algo:\/{1,2}/i, '')
    .replace(/\/$/, '')
  const [first = '', ...rest] = path?.split('/') ?? []
  const byId = isUuid(first)
  const [name = '', ...selector] = byId ? [first, ...rest] : rest
  if (first === '' || name === '' || selector.length > 1 || selector[0] === '') return undefined
  const algorithm: AlgorithmReference = byId
    ? { kind: 'id', id: first.toLowerCase() }
    : { kind: 'name', owner: first, name }
  return { algorithm, selectorText: selector[0] }
}

/** `algo://owner/name`, or with `/selector`, as error messages and links name an algorithm. */
export const formatAlgorithmUri = (owner: string, name: string, selectorText?: string): string =>
  `algo://${owner}/${name}${selectorText ? `/${selectorText}` : ''}`

/** True for the three forms a key permission may have: `algo://*`, `algo://owner/*`, `algo://owner/name/*`. */
export const isAclPattern = (pattern: string): boolean => aclPattern.test(pattern)

const aclPattern = new RegExp(`^algo://(?:\\*|(?:${NAME_PATTERN}/){1,2}\\*)$`)

/** May a key with these patterns call the algorithm? An empty list allows nothing; case does not matter. */
export function matchesAcl(acl: readonly string[], ownerName: string, algorithmName: string): boolean {
  const owner = `algo://${ownerName}/*`.toLowerCase()
  const algorithm = `algo://${ownerName}/${algorithmName}/*`.toLowerCase()
  return acl.some((entry) => {
    const pattern = entry.toLowerCase()
    return pattern === 'algo://*' || pattern === owner || pattern === algorithm
  })
}

function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
