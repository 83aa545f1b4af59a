/** Whether the documents of a bundle fit together. Each fits its form already. */
import type { BundleAlgorithm } from '@algorist/contract/shapes/owner-bundle.ts'
import { formatVersion } from '@algorist/contract/version.ts'
import { badBundle } from './bad-bundle.ts'
import { folderOf } from './entry-names.ts'
import type { Inventory } from './inventory.ts'

/** @param name of its entry @throws ApiError InvalidRequest */
export function checkAlgorithm(algorithm: BundleAlgorithm, name: string): void {
  const { builds, versions } = algorithm
  if (algorithm.name !== name) throw badBundle(`the document of ${name} is about ${algorithm.name}`)
  requireUnique(builds, ({ number }) => number, `builds of ${name}`)
  requireUnique(versions, formatVersion, `versions of ${name}`)
  requireUnique(versions, (version) => version.build_id, `versions of one build of ${name}`)
  const ids = new Set(builds.map(({ id }) => id))
  const lost = versions.find(({ build_id }) => !ids.has(build_id))
  if (lost) throw badBundle(`version ${formatVersion(lost)} of ${name} has no build`)
}

/** @param repositories names of the algorithms that come with one @throws ApiError InvalidRequest */
export function checkAlgorithms(inventory: Inventory, repositories: ReadonlySet<string>): void {
  const { account, algorithms, keys, collections } = inventory
  requireUnique(algorithms, ({ name }) => name.toLowerCase(), 'algorithms of one name')
  requireUnique(keys, ({ digest }) => digest, 'keys')
  requireUnique(
    [account, ...keys, ...collections, ...algorithms.flatMap((each) => [each, ...each.builds, ...each.versions])],
    ({ id }) => id,
    'things of one id',
  )
  const names = new Set(algorithms.map(({ name }) => name))
  const without = algorithms.find(({ name }) => !repositories.has(name))
  if (without) throw badBundle(`${without.name} has no repository`)
  const strange = repositories.difference(names).values().next().value
  if (strange !== undefined) throw badBundle(`the repository of ${strange} belongs to nothing`)
  if ((account.kind === 'organization') !== (account.organization !== undefined)) {
    throw badBundle('organizations have organization details, and users have none')
  }
  if (account.kind === 'user' && account.members.length > 0) throw badBundle('a user has no members')
}

/** @param folders that have files @throws ApiError InvalidRequest */
export function checkCollections({ algorithms, collections }: Inventory, folders: ReadonlySet<string>): void {
  requireUnique(
    collections,
    (each) => folderOf({ algorithm: undefined, ...each }).toLowerCase(),
    'collections of one name',
  )
  const names = new Set(algorithms.map(({ name }) => name))
  for (const { name, algorithm } of collections) {
    if (algorithm === undefined) continue
    const isKnown = names.has(algorithm) && (name === 'temp' || name === 'perm')
    if (!isKnown) throw badBundle(`the collection ${name} of the algorithm ${algorithm} belongs to nothing`)
  }
  const known = new Set(collections.map((each) => folderOf({ algorithm: undefined, ...each })))
  const strange = folders.difference(known).values().next().value
  if (strange !== undefined) throw badBundle(`${strange} belongs to no collection`)
}

function requireUnique<T>(items: readonly T[], keyOf: (item: T) => string | number, what: string): void {
  const seen = new Set<string | number>()
  for (const item of items) {
    const key = keyOf(item)
    if (seen.has(key)) throw badBundle(`two ${what}: ${key}`)
    seen.add(key)
  }
}
