/**
 * What calls need to know of algorithms, in memory: names, current settings, versions, builds by commit. Read from SQL
 * at start and entry by entry after each commit that changes one, so that a call costs no query (design: hot path).
 * It decides nothing; rules and SQL stay with the features.
 */
import { compareVersions, type SemanticVersion } from '@algorist/contract/version.ts'
import type { NetworkAccess } from '@algorist/runner/types.ts'
import type { Database } from '../db/schema.ts'
import { type CatalogRows, readAllCatalogRows, readCatalogRows } from './catalog-queries.ts'
import type { OwnLimits } from './limits.ts'
import type { AlgorithmSettings, Callability } from './settings.ts'

/** A build that can be run. */
export interface CatalogBuild {
  readonly buildId: string
  readonly artifact: string
  readonly language: string
}

/** A published build with the settings that were in force then. */
export interface CatalogVersion extends CatalogBuild {
  readonly versionId: string
  readonly commitSha: string
  readonly major: number
  readonly minor: number
  readonly revision: number
  readonly callability: Callability
  readonly networkAccess: NetworkAccess
  readonly pipelineEnabled: boolean
  readonly insightsEnabled: boolean
  readonly limits?: OwnLimits
  readonly publishedAt: string
}

export interface CatalogEntry {
  readonly id: string
  readonly ownerId: string
  /** Stored spelling. */
  readonly name: string
  /** Current settings; in force for calls of unpublished builds. */
  readonly settings: AlgorithmSettings
  /** Lowest first. */
  readonly versions: readonly CatalogVersion[]
  /** Published, and without a build that can run: imported ones until they are built here. */
  readonly unbuilt: readonly SemanticVersion[]
  /** The newest successful build of each commit, by full SHA. */
  readonly builds: ReadonlyMap<string, CatalogBuild>
  /** Commits that were built and whose files are no longer kept. */
  readonly forgotten: ReadonlySet<string>
}

export interface Catalog {
  byId(id: string): CatalogEntry | undefined
  /** Matches in any case (rule H17). */
  byName(ownerId: string, name: string): CatalogEntry | undefined
  /** Entries of one owner, by name. */
  ofOwner(ownerId: string): readonly CatalogEntry[]
  /** Entries whose owners want workers ready. */
  wantedWarm(): readonly CatalogEntry[]
  /** Ids of all entries. */
  ids(): ReadonlySet<string>
  /** How often an entry has been put or removed: while this stays the same, so does all that was read. */
  changes(): number
  put(entry: CatalogEntry): void
  remove(id: string): void
  /** Reads one entry again; to be awaited before a change is acknowledged. Removes it when it is gone. */
  refresh(id: string): Promise<void>
  /** Calls back whenever an entry was read again. */
  onRefresh(refreshed: () => void): void
}

/** Loads the catalog. */
export async function createCatalog(db: Database): Promise<Catalog> {
  const entries = new Map<string, CatalogEntry>()
  const owners = new Map<string, Map<string, CatalogEntry>>()
  const warm = new Set<string>()
  const listeners: (() => void)[] = []
  const refreshes = new Map<string, Promise<void>>()
  let changes = 0

  function put(entry: CatalogEntry): void {
    remove(entry.id)
    entries.set(entry.id, entry)
    if (entry.settings.warmWorkers !== undefined) warm.add(entry.id)
    const ofOwner = owners.get(entry.ownerId) ?? new Map<string, CatalogEntry>()
    owners.set(entry.ownerId, ofOwner.set(entry.name.toLowerCase(), entry))
  }

  function remove(id: string): void {
    changes++
    const entry = entries.get(id)
    if (!entry) return
    entries.delete(id)
    warm.delete(id)
    owners.get(entry.ownerId)?.delete(entry.name.toLowerCase())
  }

  async function read(id: string): Promise<void> {
    const [entry] = assemble(await readCatalogRows(db, id))
    if (entry) put(entry)
    else remove(id)
    for (const refreshed of listeners) refreshed()
  }

  for (const entry of assemble(await readAllCatalogRows(db))) put(entry)

  return {
    byId: (id) => entries.get(id) ?? entries.get(id.toLowerCase()),
    byName: (ownerId, name) => owners.get(ownerId)?.get(name.toLowerCase()),
    ofOwner: (ownerId) => [...(owners.get(ownerId)?.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1)),
    wantedWarm: () => [...warm].flatMap((id) => entries.get(id) ?? []),
    ids: () => new Set(entries.keys()),
    changes: () => changes,
    put,
    remove,
    refresh(id) {
      // One after the other, so that an older reading never replaces a newer one.
      const before = refreshes.get(id) ?? Promise.resolve()
      const reading = before.catch(() => {}).then(() => read(id))
      refreshes.set(id, reading)
      const forget = () => {
        if (refreshes.get(id) === reading) refreshes.delete(id)
      }
      reading.then(forget, forget)
      return reading
    },
    onRefresh: (refreshed) => void listeners.push(refreshed),
  }
}

function assemble({ algorithms, builds, versions }: CatalogRows): CatalogEntry[] {
  const buildsOf = Map.groupBy(builds, (build) => build.algorithm_id)
  const versionsOf = Map.groupBy(versions, (version) => version.algorithm_id)
  return algorithms.map((algorithm) => {
    const runnable = new Map<string, CatalogBuild>()
    const forgotten = new Set<string>()
    const byId = new Map<string, CatalogBuild & { commitSha: string }>()
    for (const { id, commit_sha, artifact, language } of buildsOf.get(algorithm.id) ?? []) {
      if (artifact === null) {
        forgotten.add(commit_sha)
        continue
      }
      const build = { buildId: id, artifact, language }
      runnable.set(commit_sha, build)
      byId.set(id, { ...build, commitSha: commit_sha })
    }
    const unbuilt: SemanticVersion[] = []
    const published = (versionsOf.get(algorithm.id) ?? []).flatMap((row): CatalogVersion[] => {
      const build = byId.get(row.build_id)
      if (!build) {
        unbuilt.push({ major: row.major, minor: row.minor, revision: row.revision })
        return []
      }
      const { networkAccess, pipelineEnabled, insightsEnabled, limits } = JSON.parse(row.settings) as AlgorithmSettings
      const { major, minor, revision, callability } = row
      const number = { major, minor, revision }
      return [
        {
          ...build,
          versionId: row.id,
          ...number,
          callability,
          networkAccess,
          pipelineEnabled,
          insightsEnabled,
          ...(limits === undefined ? {} : { limits }),
          publishedAt: row.published_at,
        },
      ]
    })
    return {
      id: algorithm.id,
      ownerId: algorithm.owner_id,
      name: algorithm.name,
      settings: JSON.parse(algorithm.settings) as AlgorithmSettings,
      versions: published.sort(compareVersions),
      unbuilt,
      builds: runnable,
      forgotten,
    }
  })
}
