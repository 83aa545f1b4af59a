/**
 * Which algorithm and which build a call means, and whether this caller may run it. Reads only memory.
 * An algorithm that the caller may not see is not found, so that nobody learns of its existence (design: the edge).
 */
import { formatAlgorithmUri, matchesAcl, parseAlgorithmPath } from '@algorist/contract/algorithm-reference.ts'
import { ApiError } from '@algorist/contract/errors.ts'
import { compareVersions, parseVersionSelector, type VersionSelector } from '@algorist/contract/version.ts'
import type { AccountDirectory } from '../accounts/directory.ts'
import type { Catalog, CatalogEntry, CatalogVersion } from '../algorithms/catalog.ts'
import type { OwnLimits } from '../algorithms/limits.ts'
import type { AlgorithmSettings } from '../algorithms/settings.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import { isOwn, isPublic, mayCallPrivate } from '../permissions.ts'

/** A build chosen to answer a call, with the settings in force for it. */
export interface Target {
  readonly algorithm: CatalogEntry
  readonly owner: AccountEntry
  readonly buildId: string
  readonly artifact: string
  readonly language: string
  readonly networkAccess: 'isolated' | 'full'
  readonly pipelineEnabled: boolean
  readonly limits?: OwnLimits
  /** The caller owns the algorithm, or is an owner or member of the organization that does. */
  readonly isOwn: boolean
}

export interface ResolveOptions {
  readonly catalog: Catalog
  readonly directory: AccountDirectory
}

/** A caller that has been authenticated; anonymous callers are refused before anything is looked up. */
export type KnownCaller = Exclude<Caller, { kind: 'anonymous' | 'admin' }>

/**
 * Resolves the part of the raw path behind `/v1/algo/`. Throws AlgorithmCallNotFound (404) and NotAuthorized (403)
 * as rest-api.md 4.2 and 4.7 say.
 */
export function resolveTarget({ catalog, directory }: ResolveOptions, caller: KnownCaller, rawPath: string): Target {
  const path = parseAlgorithmPath(rawPath)
  if (!path) throw new ApiError('AlgorithmCallNotFound', `algorithm algo://${readable(rawPath)} not found`)
  const { algorithm: reference, selectorText } = path
  const named = reference.kind === 'id' ? reference.id : `${reference.owner}/${reference.name}`
  const notFound = (reason = '') =>
    new ApiError(
      'AlgorithmCallNotFound',
      `algorithm algo://${named}${selectorText ? `/${selectorText}` : ''} not found${reason}`,
    )

  const entry = reference.kind === 'id' ? catalog.byId(reference.id) : byName(reference.owner, reference.name)
  const owner = entry && directory.byId(entry.ownerId)
  if (!entry || !owner) throw notFound()
  const mayUsePrivate = mayCallPrivate(directory, caller, entry.ownerId)
  if (!mayUsePrivate && !isPublic(entry)) throw notFound()
  checkRights(caller, owner.name, entry.name)

  const selector = parseVersionSelector(selectorText)
  const chosen = selector && choose(entry, selector, mayUsePrivate)
  if (!chosen) throw notFound(mayUsePrivate && selector ? whyNot(entry, selector, owner.name) : '')
  return { algorithm: entry, owner, isOwn: isOwn(directory, caller, entry.ownerId), ...chosen }

  function byName(ownerName: string, name: string): CatalogEntry | undefined {
    const account = directory.byName(ownerName)
    return account && catalog.byName(account.id, name)
  }
}

/** For those who may call everything of it. */
function whyNot({ name, forgotten, unbuilt }: CatalogEntry, selector: VersionSelector, owner: string): string {
  if (selector.kind === 'latest') return ': it has no public version'
  if (selector.kind === 'exact' && unbuilt.some((version) => compareVersions(version, selector.version) === 0)) {
    const { major, minor, revision } = selector.version
    const address = `GET /v1/algorithms/${owner}/${name}/versions/${major}.${minor}.${revision}`
    return `: this version was imported and is not built here, or its build failed; ${address} shows its build`
  }
  if (selector.kind !== 'hash') return ''
  const compile = `POST /v1/algorithms/${owner}/${name}/compile with {"commitSha":"${selector.hash}"}`
  if (forgotten.has(selector.hash)) return `: the files of this build are no longer kept; build it again by ${compile}`
  return `: this commit has no build; if the repository has it, build it by ${compile}`
}

function checkRights(caller: KnownCaller, ownerName: string, name: string): void {
  const patterns = caller.kind === 'key' ? caller.rights.algoAcl : caller.call.rights.algorithms
  if (!matchesAcl(patterns, ownerName, name)) {
    throw new ApiError(
      'NotAuthorized',
      `Caller is not authorized to perform the operation: the key's permissions do not include ${formatAlgorithmUri(ownerName, name)}`,
    )
  }
}

type Choice = Omit<Target, 'algorithm' | 'owner' | 'isOwn'>

function choose(entry: CatalogEntry, selector: VersionSelector, mayUsePrivate: boolean): Choice | undefined {
  switch (selector.kind) {
    case 'latest':
      return newest(entry.versions.filter(isForAll))
    case 'latestPrivate':
      if (!mayUsePrivate) throw new ApiError('NotAuthorized')
      return newest(entry.versions.filter((version) => !isForAll(version)))
    case 'exact':
      return entry.versions.find(
        (version) => compareVersions(version, selector.version) === 0 && (mayUsePrivate || isForAll(version)),
      )
    case 'range':
      return newest(
        entry.versions.filter(
          (version) =>
            isForAll(version) &&
            version.major === selector.major &&
            (selector.minor === undefined || version.minor === selector.minor),
        ),
      )
    case 'hash': {
      if (!mayUsePrivate) throw new ApiError('NotAuthorized')
      const build = entry.builds.get(selector.hash)
      return build && { ...build, ...inForce(entry.settings) }
    }
  }
}

const isForAll = (version: CatalogVersion): boolean => version.callability === 'public'

/** The settings that hold for calls of unpublished builds. */
export function inForce({ networkAccess, pipelineEnabled, limits }: AlgorithmSettings) {
  return { networkAccess, pipelineEnabled, ...(limits === undefined ? {} : { limits }) }
}

/** The catalog keeps versions in ascending order. */
function newest(versions: readonly CatalogVersion[]): CatalogVersion | undefined {
  return versions.at(-1)
}

function readable(rawPath: string): string {
  return rawPath.replace(/[^\x21-\x7e]/g, '').slice(0, 200)
}
