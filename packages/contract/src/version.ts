/**
 * Semantic versions and the selectors that callers pick a version with (rest-api.md 4.2). Which versions exist and who
 * may see them is decided elsewhere.
 */
import { isCommitSha } from './names.ts'

export interface SemanticVersion {
  readonly major: number
  readonly minor: number
  readonly revision: number
}

export type VersionPart = keyof SemanticVersion

/** `range` without `minor` means any version of the major; a range never means a private version. */
export type VersionSelector =
  | { readonly kind: 'latest' }
  | { readonly kind: 'latestPrivate' }
  | { readonly kind: 'hash'; readonly hash: string }
  | { readonly kind: 'exact'; readonly version: SemanticVersion }
  | { readonly kind: 'range'; readonly major: number; readonly minor?: number }

// Nine digits fit every integer column we store them in.
const numberText = /^(?:0|[1-9]\d{0,8})$/
const wildcardText = /^[*xX]$/

/** Parses `1.2.3`; anything else, leading zeros included, is undefined. */
export function parseSemanticVersion(text: string): SemanticVersion | undefined {
  const parts = text.split('.')
  if (parts.length !== 3 || !parts.every((part) => numberText.test(part))) return undefined
  const [major = 0, minor = 0, revision = 0] = parts.map(Number)
  return { major, minor, revision }
}

export const formatVersion = ({ major, minor, revision }: SemanticVersion): string => `${major}.${minor}.${revision}`

/** Negative, zero or positive, for `sort`: lowest version first. */
export const compareVersions = (a: SemanticVersion, b: SemanticVersion): number =>
  a.major - b.major || a.minor - b.minor || a.revision - b.revision

/** The version after the highest published one, or the first: 1.0.0, 0.1.0 or 0.0.1 (rest-api.md 3.2). */
export function bumpVersion(highest: SemanticVersion | undefined, part: VersionPart): SemanticVersion {
  const { major, minor, revision } = highest ?? { major: 0, minor: 0, revision: 0 }
  if (part === 'major') return { major: major + 1, minor: 0, revision: 0 }
  if (part === 'minor') return { major, minor: minor + 1, revision: 0 }
  return { major, minor, revision: revision + 1 }
}

/**
 * Parses the version part of a call path, already percent-decoded and without its trailing slash.
 * @returns undefined when the text can match no version, such as an abbreviated hash
 */
export function parseVersionSelector(text: string | undefined): VersionSelector | undefined {
  if (text === undefined || text === '' || text === 'latest') return { kind: 'latest' }
  if (text === 'latestPrivate') return { kind: 'latestPrivate' }
  if (isCommitSha(text)) return { kind: 'hash', hash: text.toLowerCase() }
  const version = parseSemanticVersion(text)
  return version ? { kind: 'exact', version } : parseRange(text)
}

/** `1`, `1.*`, `1.*.*`, `1.2` and `1.2.*`; `x` is another `*`. */
function parseRange(text: string): VersionSelector | undefined {
  const parts = text.split('.')
  if (parts.length > 3) return undefined
  while (parts.length > 1 && wildcardText.test(parts.at(-1) ?? '')) parts.pop()
  if (parts.length > 2 || !parts.every((part) => numberText.test(part))) return undefined
  const [major = 0, minor] = parts.map(Number)
  return minor === undefined ? { kind: 'range', major } : { kind: 'range', major, minor }
}
