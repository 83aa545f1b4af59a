/** The number of the next version (rest-api.md 3.2, VersionRequest; runtime.md 1.8, 7 A–D). */
import { ApiError } from '@algorist/contract/errors.ts'
import {
  bumpVersion,
  compareVersions,
  formatVersion,
  parseSemanticVersion,
  type SemanticVersion,
  type VersionPart,
} from '@algorist/contract/version.ts'

/** How much a version differs from the one before it. */
export type Bump = VersionPart

export interface NumberRequest {
  readonly version_type?: string | undefined
  /** Older name of `version_type`. */
  readonly type?: string | undefined
  readonly semantic_version?: string | undefined
}

/** In any case of letters; `patch` is the word of older documents. */
const bumps: ReadonlyMap<string, Bump> = new Map([
  ['major', 'major'],
  ['minor', 'minor'],
  ['default', 'minor'],
  ['', 'minor'],
  ['revision', 'revision'],
  ['patch', 'revision'],
])

/**
 * The number that a request asks for, over the highest version there is.
 * @throws InputValidationError for an unknown type, and for an explicit number that is none or not higher
 */
export function chooseNumber(highest: SemanticVersion | undefined, request: NumberRequest = {}): SemanticVersion {
  if (request.semantic_version) return explicitNumber(highest, request.semantic_version)
  const type = request.version_type ?? request.type ?? ''
  const bump = bumps.get(type.toLowerCase())
  if (bump) return bumpVersion(highest, bump)
  throw new ApiError('InputValidationError', `version_type: expected major, minor or revision, got '${type}'`)
}

/** What kind of step leads from one version to a higher one. */
export function bumpOf(before: SemanticVersion, after: SemanticVersion): Bump {
  if (after.major !== before.major) return 'major'
  return after.minor !== before.minor ? 'minor' : 'revision'
}

function explicitNumber(highest: SemanticVersion | undefined, text: string): SemanticVersion {
  const number = parseSemanticVersion(text)
  if (!number)
    throw new ApiError('InputValidationError', `semantic_version: expected a number such as 1.2.3, got '${text}'`)
  if (highest && compareVersions(number, highest) <= 0) {
    const last = formatVersion(highest)
    throw new ApiError('InputValidationError', `semantic_version: expected a number higher than ${last}, got '${text}'`)
  }
  return number
}
