/**
 * Rules of versions: publish, list, show (rest-api.md 3.2, runtime.md 1.8). Numbers and the one-version-per-build rule
 * rest on unique indexes and on holding the algorithm while a number is chosen.
 */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import { isCommitSha, isUuid } from '@algorist/contract/names.ts'
import type { PublishRequest } from '@algorist/contract/operations/versions.ts'
import type { Marker, Page } from '@algorist/contract/page.ts'
import { compareVersions, parseSemanticVersion } from '@algorist/contract/version.ts'
import type { WorkerLimits } from '@algorist/runner/limits.ts'
import { type AlgorithmParams, type Found, findManaged, findVisible } from '../algorithms/access.ts'
import { showRelease } from '../algorithms/algorithms.ts'
import { type AlgorithmRecord, getRecord, holdAlgorithm, saveAlgorithm } from '../algorithms/records.ts'
import type { Shown } from '../algorithms/render.ts'
import { type AlgorithmSettings, checkSettings, mergeDetails, mergeSettings } from '../algorithms/settings.ts'
import { checkWarmWorkers } from '../algorithms/warm-workers.ts'
import type { Caller } from '../caller.ts'
import type { Database } from '../db/schema.ts'
import { isUniqueViolation } from '../db/violations.ts'
import { notify } from '../notifications/notifications.ts'
import { denied, looksInside } from '../permissions.ts'
import type { Services } from '../services.ts'
import { type Bump, bumpOf, chooseNumber } from './numbering.ts'
import {
  insertVersion,
  isOrganizationOwner,
  type ReleaseRow,
  readHighestVersion,
  readNewestRelease,
  readReleaseOfBuild,
  readReleaseOfCommit,
  readReleases,
  setVersionSampleOutput,
} from './queries.ts'
import {
  bareReleaseOfBuild,
  releaseOfBuild,
  releaseOfCommit,
  releaseOfUnbuilt,
  type Shows,
  showsTo,
} from './releases.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog'>
type PublishUses = Uses & Pick<Services, 'builds' | 'workerLimits' | 'warmWorkersPerAccount' | 'log'>

/**
 * Publishes a successful build, by default the newest.
 * @throws VersionAlreadyPublished, AlgorithmBuildNotFound for a `git_hash` without a successful build, NotAuthorized
 *   for a public version by a plain member, InputValidationError for a number or change that the rules do not allow
 */
export async function publishVersion(
  services: PublishUses,
  caller: Caller,
  params: AlgorithmParams,
  request: PublishRequest,
): Promise<Shown> {
  const found = findManaged(services, caller, params)
  const publisherId = caller.kind === 'anonymous' ? found.owner.id : caller.account.id
  const buildId = await recordVersion(services, found, request, publisherId).catch((error: unknown) => {
    if (isUniqueViolation(error, 'versions.build_id')) throw new ApiError('VersionAlreadyPublished')
    throw error
  })
  await services.catalog.refresh(found.entry.id)
  await tellMembers(services, found, { buildId, publisherId })
  await runSample(services, buildId, request)
  return showRelease(services, found, await releaseOfBuild(services.db, buildId))
}

/** The other members of the organization learn of a new version. */
async function tellMembers(
  services: PublishUses,
  { entry, owner }: Found,
  { buildId, publisherId }: { readonly buildId: string; readonly publisherId: string },
): Promise<void> {
  const version = services.catalog.byId(entry.id)?.versions.find((each) => each.buildId === buildId)
  const members = services.directory.membersOf(owner.id).filter(({ id }) => id !== publisherId)
  if (!version || members.length === 0) return
  const semantic_version = `${version.major}.${version.minor}.${version.revision}`
  const context = { algorithm_id: entry.id, username: owner.name, algoname: entry.name, semantic_version }
  await notify(
    services,
    members.map(({ id }) => id),
    { kind: 'version_published', context },
  )
}

/** Runs the sample input unless its output was given, or is known from the build (rest-api.md 3.2). */
async function runSample(
  { db, builds }: PublishUses,
  buildId: string,
  { version_info }: PublishRequest,
): Promise<void> {
  if (version_info?.sample_output !== undefined) return
  const release = await readReleaseOfBuild(db, buildId)
  if (!release?.version_id || (release.build_sample_output !== null && version_info?.sample_input === undefined)) return
  const sampleOutput = await builds.runSample(buildId)
  if (sampleOutput !== null) await setVersionSampleOutput(db, release.version_id, sampleOutput)
}

function recordVersion(
  services: PublishUses,
  found: Found,
  request: PublishRequest,
  publisherId: string,
): Promise<string> {
  const { id, ownerId } = found.entry
  checkWarmWorkers(services, { algorithmId: id, ownerId, count: request.settings?.warm_workers })
  return services.db.transaction().execute(async (transaction) => {
    const current = await holdAlgorithm(transaction, id)
    if (!current) throw new ApiError('AlgorithmNameDoesNotExist')
    const build = await buildToPublish(transaction, id, request.version_info?.git_hash)
    const next = changedBy(current, request, services.workerLimits)
    await checkPublisher(transaction, found, next.settings, publisherId)
    const number = await nextNumber(transaction, current.id, next.settings, request)
    await insertVersion(transaction, {
      id: randomUUID(),
      algorithm_id: id,
      build_id: build.id,
      ...number,
      callability: next.settings.callability,
      settings: JSON.stringify(next.settings),
      release_notes: request.version_info?.release_notes ?? null,
      sample_input: request.version_info?.sample_input ?? current.sampleInput,
      sample_output: request.version_info?.sample_output ?? null,
      published_by: publisherId,
      published_at: new Date().toISOString(),
    })
    await saveAlgorithm(transaction, next)
    return build.id
  })
}

async function buildToPublish(db: Database, algorithmId: string, gitHash: string | undefined): Promise<ReleaseRow> {
  const build = gitHash ? await successfulBuildOf(db, algorithmId, gitHash) : await newestSuccessful(db, algorithmId)
  if (build.version_id !== null) throw new ApiError('VersionAlreadyPublished')
  return build
}

async function successfulBuildOf(db: Database, algorithmId: string, gitHash: string): Promise<ReleaseRow> {
  const build = await readReleaseOfCommit(db, algorithmId, gitHash.toLowerCase())
  if (build?.status === 'succeeded' && build.artifact !== null) return build
  const reason = build?.status === 'succeeded' ? '; its files are no longer kept, so compile it again' : ''
  throw new ApiError('AlgorithmBuildNotFound', `There is no successful build of the commit '${gitHash}'${reason}`)
}

async function newestSuccessful(db: Database, algorithmId: string): Promise<ReleaseRow> {
  const build = await readNewestRelease(db, algorithmId)
  if (build?.status === 'succeeded') return build
  throw new ApiError('VersionAlreadyPublished', 'There is no successful build to publish; compile the algorithm first')
}

/** What a request says about settings holds for the version, and for the algorithm from now on. */
function changedBy(
  current: AlgorithmRecord,
  { details, settings, version_info }: PublishRequest,
  most: WorkerLimits,
): AlgorithmRecord {
  const insights = version_info?.insights_enabled ?? settings?.insights_enabled
  const next = mergeSettings(current.settings, { ...settings, insights_enabled: insights }, most)
  checkSettings(next)
  return {
    ...current,
    settings: next,
    details: mergeDetails(current.details, details),
    sampleInput: version_info?.sample_input ?? current.sampleInput,
  }
}

async function checkPublisher(
  db: Database,
  { owner }: Found,
  settings: AlgorithmSettings,
  publisherId: string,
): Promise<void> {
  if (settings.callability === 'private' || owner.kind === 'user') return
  // A key of the organization itself was made by one of its owners.
  if (publisherId === owner.id || (await isOrganizationOwner(db, owner.id, publisherId))) return
  throw denied('only an owner of the organization may publish a public version; publish it as private')
}

async function nextNumber(db: Database, algorithmId: string, settings: AlgorithmSettings, request: PublishRequest) {
  const highest = await readHighestVersion(db, algorithmId)
  const number = chooseNumber(highest, request.version_info)
  if (highest) checkBump(JSON.parse(highest.settings) as AlgorithmSettings, settings, bumpOf(highest, number))
  return number
}

/** Permissions change with a major version only, callability with a minor one at least (runtime.md 1.8). */
function checkBump(last: AlgorithmSettings, next: AlgorithmSettings, bump: Bump): void {
  const permissions = (['networkAccess', 'pipelineEnabled'] as const).filter((name) => last[name] !== next[name])
  if (permissions.length > 0 && bump !== 'major') {
    throw new ApiError('InputValidationError', 'Network access and pipelining can change with a major version only')
  }
  if (last.callability !== next.callability && bump === 'revision') {
    throw new ApiError('InputValidationError', 'Callability can change with a minor or major version only')
  }
}

export interface VersionFilters {
  readonly published: boolean | undefined
  readonly callable: boolean | undefined
}

/** Rows of a page, with what all of them have in common. */
export interface ReleaseRows {
  readonly found: Pick<Shown, 'algorithm' | 'owner'>
  readonly rows: readonly ReleaseRow[]
}

/**
 * Versions and unpublished builds, newest first, with one more than the limit when there is another page. Others than
 * the owner see public versions only.
 */
export async function listVersions(
  services: Uses,
  caller: Caller,
  params: AlgorithmParams,
  { published, callable, ...page }: VersionFilters & Page,
): Promise<ReleaseRows> {
  const { entry, owner } = findVisible(services, caller, params)
  const found = { algorithm: await getRecord(services.db, entry.id), owner }
  const seesAll = looksInside(services.directory, caller, entry.ownerId)
  // A filter for what the caller may not see finds nothing, and must not find everything instead.
  if (!seesAll && (published === false || callable === false)) return { found, rows: [] }
  const rows = await readReleases(services.db, {
    algorithmId: entry.id,
    limit: page.limit + 1,
    after: positionOf(page),
    isPublished: seesAll ? published : true,
    callability: !seesAll || callable ? 'public' : callable === false ? 'private' : undefined,
    hasUnbuilt: seesAll,
  })
  return { found, rows }
}

/** What the next page of {@link listVersions} starts after. */
export function markerOf({ released_at, number }: ReleaseRow): Marker {
  return { at: released_at, number }
}

function positionOf({ marker }: Page): { releasedAt: string; number: number } | undefined {
  if (marker === undefined) return undefined
  const { at, number } = marker
  if (typeof at !== 'string' || typeof number !== 'number') throw new ApiError('InvalidMarker')
  return { releasedAt: at, number }
}

/**
 * One release by full commit SHA, version number or version id. A commit means its newest successful build.
 * @throws VersionDoesNotExists also for what the caller may not see
 */
export async function getVersion(
  services: Uses,
  caller: Caller,
  params: AlgorithmParams & { readonly hash?: string },
): Promise<Shown> {
  const found = findVisible(services, caller, params)
  const shows = showsTo(services.directory, caller, found.entry.ownerId)
  const reference = (params.hash ?? '').toLowerCase()
  const release =
    shows.everyRelease && isCommitSha(reference)
      ? await releaseOfCommit(services.db, { algorithmId: found.entry.id, commitSha: reference, logs: shows.logs })
      : await releaseOfVersion(services.db, found, reference, shows)
  if (!release) throw new ApiError('VersionDoesNotExists')
  return showRelease(services, found, release)
}

async function releaseOfVersion(db: Database, { entry }: Found, reference: string, shows: Shows) {
  const number = parseSemanticVersion(reference)
  const version = entry.versions.findLast((candidate) => {
    if (!shows.everyRelease && candidate.callability !== 'public') return false
    if (number) return compareVersions(candidate, number) === 0
    return isUuid(reference) ? candidate.versionId === reference : candidate.commitSha === reference
  })
  if (!version) return shows.everyRelease ? unbuiltVersion(db, entry, reference, shows) : undefined
  return shows.logs ? releaseOfBuild(db, version.buildId) : bareReleaseOfBuild(db, version.buildId)
}

/** Calls do not find it, so the catalog has it not; who may look inside is shown what became of its build. */
function unbuiltVersion(db: Database, { id, unbuilt }: Found['entry'], reference: string, { logs }: Shows) {
  if (unbuilt.length === 0) return undefined
  const number = parseSemanticVersion(reference)
  if (!number && !isUuid(reference)) return undefined
  return releaseOfUnbuilt(db, { algorithmId: id, version: number ?? { id: reference }, logs })
}
