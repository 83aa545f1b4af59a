/** Rules of builds: list, detail, log, compile, and what a push causes (runtime.md 1.4–1.6). */
import { ApiError } from '@algorist/contract/errors.ts'
import { isCommitSha } from '@algorist/contract/names.ts'
import type { Page } from '@algorist/contract/page.ts'
import type { Build } from '@algorist/contract/shapes/build.ts'
import { formatVersion } from '@algorist/contract/version.ts'
import { type AlgorithmParams, type Found, findManaged, findVisible, findWithLogs } from '../algorithms/access.ts'
import type { Caller } from '../caller.ts'
import { looksInside } from '../permissions.ts'
import type { Services } from '../services.ts'
import { type BuildRow, type BuildWithVersion, readBuildsPage, readBuildWithVersion, readLog } from './queries.ts'

type Uses = Pick<Services, 'db' | 'directory' | 'catalog' | 'repositories' | 'builds'>
type CompileUses = Uses & Pick<Services, 'disk'>

/**
 * Rows of a page, newest first, with one more than its limit when there is another page. Who may only call the
 * algorithm sees the builds that were published for everybody.
 */
export async function listBuilds(
  services: Uses,
  caller: Caller,
  params: AlgorithmParams,
  page: Page,
): Promise<BuildWithVersion[]> {
  const { entry } = findVisible(services, caller, params)
  const only = looksInside(services.directory, caller, entry.ownerId) ? undefined : publicBuilds(entry)
  const query = { algorithmId: entry.id, before: numberOf(page), limit: page.limit + 1, only }
  const rows = await readBuildsPage(services.db, query)
  await services.builds.known(entry.id)
  return rows
}

/** @throws AlgorithmBuildNotFound */
export async function getBuild(
  services: Uses,
  caller: Caller,
  params: AlgorithmParams & { buildId?: string },
): Promise<Build> {
  const { entry } = findVisible(services, caller, params)
  const seesAll = looksInside(services.directory, caller, entry.ownerId)
  const build = await readBuildWithVersion(services.db, entry.id, (params.buildId ?? '').toLowerCase())
  if (!build || !(seesAll || publicBuilds(entry).includes(build.id))) throw new ApiError('AlgorithmBuildNotFound')
  await services.builds.known(entry.id)
  return renderBuild(build)
}

/**
 * The log of a build that has ended; it quotes the source, so it is not for everybody who sees the algorithm.
 * @throws AlgorithmBuildNotFound, AlgorithmBuildLogsNotFound while the build runs
 */
export async function getBuildLogs(
  services: Uses,
  caller: Caller,
  params: AlgorithmParams & { buildId?: string },
): Promise<{ logs: string }> {
  const { entry } = findWithLogs(services, caller, params)
  const build = await readBuildWithVersion(services.db, entry.id, (params.buildId ?? '').toLowerCase())
  if (!build) throw new ApiError('AlgorithmBuildNotFound')
  const logs = build.status === 'in-progress' ? null : await readLog(services.db, build.id)
  if (logs === null) throw new ApiError('AlgorithmBuildLogsNotFound')
  return { logs }
}

/**
 * Builds a commit, by default the head of the default branch, and waits for the end, good or bad.
 * @throws InputValidationError for a commit that is not in the repository, InsufficientStorage
 */
export async function compile(
  services: CompileUses,
  caller: Caller,
  params: AlgorithmParams,
  commitSha: string | undefined,
): Promise<Found & { build: BuildRow }> {
  const found = findManaged(services, caller, params)
  const requestedBy = caller.kind === 'anonymous' ? found.owner.id : caller.account.id
  const sha = await commitToBuild(services, found, commitSha)
  services.disk.requireRoom()
  const enqueued = await services.builds.enqueue({ algorithmId: found.entry.id, commitSha: sha, requestedBy })
  const build = enqueued && (await services.builds.waitFor(enqueued.id))
  if (!build) throw new ApiError('AlgorithmNameDoesNotExist')
  return { ...found, build }
}

/**
 * Ends a build in progress; resolves when its end is recorded.
 * @throws AlgorithmBuildNotFound, AlreadyFinished when it ended by itself
 */
export async function cancelBuild(
  services: Uses,
  caller: Caller,
  params: AlgorithmParams & { buildId?: string },
): Promise<Build> {
  const { entry } = findManaged(services, caller, params)
  const find = () => readBuildWithVersion(services.db, entry.id, (params.buildId ?? '').toLowerCase())
  const build = await find()
  if (!build) throw new ApiError('AlgorithmBuildNotFound')
  const hasEnded = new ApiError('AlreadyFinished', 'The build has ended already')
  const name = caller.kind === 'anonymous' ? '' : caller.account.name
  const note = `The build was cancelled by ${name}.`
  if (build.status !== 'in-progress' || !(await services.builds.stop(build.id, note))) throw hasEnded
  const ended = await find()
  if (!ended) throw new ApiError('AlgorithmBuildNotFound')
  if (ended.status === 'succeeded') throw hasEnded
  return renderBuild(ended)
}

async function commitToBuild({ repositories }: Uses, { entry }: Found, commitSha: string | undefined): Promise<string> {
  if (!commitSha) {
    const head = await repositories.head(entry)
    if (head === null) throw new ApiError('InputValidationError', 'The repository has no commit on its master branch')
    return head
  }
  const sha = commitSha.toLowerCase()
  if (isCommitSha(sha) && (await repositories.hasCommit(entry, sha))) return sha
  throw new ApiError(
    'InputValidationError',
    `Expected commitSha to be a full commit id of this repository, got '${commitSha}'`,
  )
}

/** Build as replies show it (rest-api.md 2.2). */
export function renderBuild(build: BuildWithVersion): Build {
  const { major, minor, revision } = build
  const isPublished = major !== null && minor !== null && revision !== null
  return {
    build_id: build.id,
    status: build.status,
    commit_sha: build.commit_sha,
    started_at: build.started_at,
    ...(build.finished_at === null ? {} : { finished_at: build.finished_at }),
    ...(isPublished ? { version_info: { semantic_version: formatVersion({ major, minor, revision }) } } : {}),
    resource_type: 'algorithm_build',
  }
}

function publicBuilds({ versions }: Found['entry']): string[] {
  return versions.filter(({ callability }) => callability === 'public').map(({ buildId }) => buildId)
}

function numberOf({ marker }: Page): number | undefined {
  if (marker === undefined) return undefined
  if (typeof marker.number !== 'number') throw new ApiError('InvalidMarker')
  return marker.number
}
