/** Rules of algorithms: show, change, delete, list (rest-api.md 3.2). create.ts has their beginning. */
import { ApiError } from '@algorist/contract/errors.ts'
import type { AlgorithmChange } from '@algorist/contract/operations/algorithms.ts'
import type { AlgorithmRow } from '@algorist/contract/shapes/algorithm.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import { chooseEnvironment } from '../environments/environments.ts'
import { type LogEntry, type LogRange, readLog } from '../git/log.ts'
import { administers, denied, isPublic, looksInside, mayDeletePublic } from '../permissions.ts'
import { internalScm } from '../scms/scms.ts'
import { deleteSecretsOf } from '../secrets/removal.ts'
import type { Services } from '../services.ts'
import { EVERYTHING, latestRelease, type Shows, showsTo } from '../versions/releases.ts'
import { type AlgorithmParams, type Found, findAny, findManaged, findReadable, findVisible } from './access.ts'
import { deleteAlgorithmRows, hasPublicVersion } from './queries.ts'
import { type AlgorithmRecord, changeAlgorithm, getRecord, holdAlgorithm } from './records.ts'
import type { Shown } from './render.ts'
import { checkSettings, mergeDetails, mergeSettings, withEnvironment } from './settings.ts'
import { checkWarmWorkers } from './warm-workers.ts'

type Uses = Pick<
  Services,
  | 'log'
  | 'db'
  | 'directory'
  | 'catalog'
  | 'repositories'
  | 'builds'
  | 'runner'
  | 'languages'
  | 'lackingLanguages'
  | 'workerLimits'
  | 'warmWorkersPerAccount'
  | 'secretBox'
>

/** The algorithm with its newest build, or for others with its newest public version. */
export async function getAlgorithm(services: Uses, caller: Caller, params: AlgorithmParams): Promise<Shown> {
  const { entry, owner } = findVisible(services, caller, params)
  const algorithm = await getRecord(services.db, entry.id)
  return showLatest(services, { algorithm, owner, shows: showsTo(services.directory, caller, entry.ownerId) })
}

async function showLatest(
  { db, catalog }: Uses,
  { algorithm, owner, shows }: { algorithm: AlgorithmRecord; owner: AccountEntry; shows: Shows },
): Promise<Shown> {
  const entry = catalog.byId(algorithm.id)
  return { algorithm, owner, release: entry && (await latestRelease(db, entry, shows)) }
}

/**
 * Changes what the request names. License and visibility of the source hold at once for everything, the rest for
 * unpublished builds, and for versions from the next one on (runtime.md 1.8). A request that has settings, even none of
 * them, replaces all workers of the algorithm: calls after it have new ones, those that run finish.
 * @throws InputValidationError, and those of the environment
 */
export async function updateAlgorithm(
  services: Uses,
  caller: Caller,
  params: AlgorithmParams,
  change: AlgorithmChange,
): Promise<Shown> {
  const { entry, owner } = findManaged(services, caller, params)
  const algorithm = await changeAlgorithm(services, entry.id, (current) => {
    const chosen = chooseEnvironment(services, change.settings ?? {})
    if (chosen && chosen.language.id !== current.language) {
      throw new ApiError(
        'InputValidationError',
        `The language cannot be changed; this algorithm is written in ${current.language}`,
      )
    }
    const merged = mergeSettings(current.settings, change.settings, services.workerLimits)
    checkWarmWorkers(services, {
      algorithmId: current.id,
      ownerId: current.ownerId,
      count: change.settings?.warm_workers,
    })
    const settings = chosen ? withEnvironment(merged, chosen, change.settings?.package_set) : merged
    checkSettings(settings)
    return {
      ...current,
      settings,
      environmentId: chosen?.environment.id ?? current.environmentId,
      details: mergeDetails(current.details, change.details),
      sampleInput: change.version_info?.sample_input ?? current.sampleInput,
    }
  })
  if (change.settings !== undefined) await services.runner.recycle({ algorithmId: entry.id })
  return showLatest(services, { algorithm, owner, shows: EVERYTHING })
}

/**
 * Deletes an algorithm with everything that belongs to it.
 * @throws NotAuthorized once a version is public, except for administrators (rest-api.md 3.2, row 43)
 */
export async function deleteAlgorithm(services: Uses, caller: Caller, params: AlgorithmParams): Promise<void> {
  const isAdmin = mayDeletePublic(caller)
  // What is public belongs to nobody alone: its owner may not delete it, so whoever runs the server must be able to.
  const { entry } = isAdmin ? findVisible(services, caller, params) : findManaged(services, caller, params)
  const artifacts = await services.db.transaction().execute(async (transaction) => {
    if (!(await holdAlgorithm(transaction, entry.id))) throw new ApiError('AlgorithmNameDoesNotExist')
    if (!isAdmin && (await hasPublicVersion(transaction, entry.id))) {
      throw denied('it has a public version, and only an administrator may delete it')
    }
    await deleteSecretsOf(transaction, services, entry.id)
    return deleteAlgorithmRows(transaction, entry.id)
  })
  services.catalog.remove(entry.id)
  services.builds.cancel(entry.id)
  await removeFiles(services, entry.id, artifacts)
}

/** The algorithm is gone already; files that cannot be removed cost disk space and nothing else. */
async function removeFiles(
  { runner, repositories, log }: Uses,
  algorithmId: string,
  artifacts: string[],
): Promise<void> {
  try {
    await runner.recycle({ algorithmId })
    await repositories.remove(algorithmId)
    for (const artifact of artifacts) await runner.removeArtifact(artifact)
  } catch (err) {
    log.warn({ err, algorithmId }, 'files of a deleted algorithm are left')
  }
}

/** Algorithms of an account that the caller may see. @throws UserNotFound */
export function listOwnedAlgorithms(
  { directory, catalog }: Pick<Services, 'directory' | 'catalog'>,
  caller: Caller,
  ownerName: string | undefined,
): AlgorithmRow[] {
  const owner = directory.byName(ownerName ?? '') ?? directory.byId((ownerName ?? '').toLowerCase())
  if (!owner) throw new ApiError('UserNotFound')
  const seesAll = administers(caller, 'see') || looksInside(directory, caller, owner.id)
  return catalog
    .ofOwner(owner.id)
    .filter((entry) => seesAll || isPublic(entry))
    .map(({ id, name }) => ({ id, algoname: name, username: owner.name }))
}

/**
 * Commits of the repository, for those who may read the source.
 * @throws AlgorithmNotFound when one of the two commits is not in the repository
 */
export async function getCommitLog(
  services: Pick<Services, 'directory' | 'catalog' | 'repositories'>,
  caller: Caller,
  params: AlgorithmParams,
  range: LogRange,
): Promise<readonly LogEntry[]> {
  const { entry } = findReadable(services, caller, params)
  const commits = await readLog(services.repositories, entry, range)
  if (!commits) throw new ApiError('AlgorithmNotFound', 'The repository has no such commit')
  return commits
}

/** State of the repository's connection; the built-in host is always connected. */
export function getScmStatus(
  services: Pick<Services, 'directory' | 'catalog'>,
  caller: Caller,
  params: AlgorithmParams,
) {
  if (administers(caller, 'see')) findAny(services, params)
  else findVisible(services, caller, params)
  return { scm_connection_status: internalScm.enabled ? ('active' as const) : ('provider_internal_error' as const) }
}

/** What a rendering of one release of an algorithm needs; the caller has been checked. */
export async function showRelease(
  services: Pick<Services, 'db'>,
  { entry, owner }: Found,
  release: Shown['release'],
): Promise<Shown> {
  return { algorithm: await getRecord(services.db, entry.id), owner, release }
}
