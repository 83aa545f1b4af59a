/**
 * Creation of an algorithm (rest-api.md 3.2, row 38; runtime.md 1.2, 1.3). It becomes visible in one commit, when its
 * repository and first commit are there; what a crash leaves before that is swept at the next start.
 */
import { randomUUID } from 'node:crypto'
import { ApiError } from '@algorist/contract/errors.ts'
import { isAlgorithmName } from '@algorist/contract/names.ts'
import type { NewAlgorithm } from '@algorist/contract/operations/algorithms.ts'
import { recordBuild } from '../builds/records.ts'
import type { AccountEntry, Caller } from '../caller.ts'
import { isUniqueViolation } from '../db/violations.ts'
import { enabledLanguages } from '../environments/enabled.ts'
import { chooseEnvironment } from '../environments/environments.ts'
import { requireInternal } from '../scms/scms.ts'
import type { Services } from '../services.ts'
import { EVERYTHING, latestRelease } from '../versions/releases.ts'
import { requireManager } from './access.ts'
import { firstCommitFiles } from './first-commit.ts'
import { insertAlgorithm } from './queries.ts'
import type { AlgorithmRecord } from './records.ts'
import type { Shown } from './render.ts'
import {
  type AlgorithmSettings,
  checkSettings,
  initialSettings,
  mergeDetails,
  mergeSettings,
  withEnvironment,
} from './settings.ts'
import { checkWarmWorkers } from './warm-workers.ts'

type Uses = Pick<
  Services,
  | 'log'
  | 'db'
  | 'directory'
  | 'catalog'
  | 'repositories'
  | 'builds'
  | 'languages'
  | 'lackingLanguages'
  | 'workerLimits'
  | 'warmWorkersPerAccount'
  | 'disk'
>

/**
 * Creates an algorithm with a repository, a first commit and a first build, which runs in the background.
 * @throws UserNotFound, NotAuthorized, AlgorithmNameHasBeenTaken, MissingRequiredFields, InsufficientStorage and those
 *   of the environment
 */
export async function createAlgorithm(
  services: Uses,
  caller: Caller,
  ownerName: string | undefined,
  request: NewAlgorithm,
): Promise<Shown> {
  const owner = services.directory.byName(ownerName ?? '')
  if (!owner) throw new ApiError('UserNotFound')
  const author = requireManager(services.directory, caller, owner)
  await requireInternal(services, request.source?.scm || undefined)
  const languages = await enabledLanguages(services)
  const { algorithm, chosen } = newAlgorithm({ ...services, languages }, owner, request)
  if (services.catalog.byName(owner.id, algorithm.name)) throw new ApiError('AlgorithmNameHasBeenTaken')
  services.disk.requireRoom()

  const commitSha = await services.repositories.create(algorithm, {
    message: request.source?.initial_commit_message || 'Algorithmia initial commit',
    author: { name: owner.name, email: author.email },
    files: await firstCommitFiles({
      owner: owner.name,
      name: algorithm.name,
      chosen,
      license: algorithm.settings.license,
    }),
  })
  const build = await recordAlgorithm(services, algorithm, { commitSha, createdBy: author.id })
  await services.catalog.refresh(algorithm.id)
  services.builds.start(build)
  const entry = services.catalog.byId(algorithm.id)
  return { algorithm, owner, release: entry && (await latestRelease(services.db, entry, EVERYTHING)) }
}

function newAlgorithm(services: Uses, owner: AccountEntry, request: NewAlgorithm) {
  const { name, settings: wanted = {} } = request
  if (!isAlgorithmName(name)) {
    throw new ApiError('InputValidationError', `name: expected a letter, then letters, digits or _, got '${name}'`)
  }
  const chosen = chooseEnvironment(services, wanted)
  if (!chosen)
    throw new ApiError('MissingRequiredFields', 'settings: expected algorithm_environment or language, got neither')
  const merged = mergeSettings(initialSettings, { ...wanted, algorithm_callability: 'private' }, services.workerLimits)
  checkWarmWorkers(services, { ownerId: owner.id, count: wanted.warm_workers })
  const isOpenByLicense = wanted.source_visibility === undefined && merged.license !== 'apl'
  const visible: AlgorithmSettings = isOpenByLicense ? { ...merged, sourceVisibility: 'open' } : merged
  const settings = withEnvironment(visible, chosen, wanted.package_set)
  checkSettings(settings)
  const algorithm: AlgorithmRecord = {
    id: randomUUID(),
    ownerId: owner.id,
    name,
    language: chosen.language.id,
    environmentId: chosen.environment.id,
    details: mergeDetails({ label: name }, request.details),
    settings,
    sampleInput: request.version_info?.sample_input ?? null,
  }
  return { algorithm, chosen }
}

/** Algorithm and first build in one commit; before it nothing is to be seen. */
async function recordAlgorithm(
  { db, repositories, log }: Uses,
  algorithm: AlgorithmRecord,
  { commitSha, createdBy }: { commitSha: string; createdBy: string },
) {
  const { id: algorithmId, language } = algorithm
  try {
    return await db.transaction().execute(async (transaction) => {
      await insertAlgorithm(transaction, algorithm, createdBy)
      return recordBuild(transaction, { algorithmId, commitSha, language, requestedBy: createdBy })
    })
  } catch (error) {
    await repositories
      .remove(algorithmId)
      .catch((err: unknown) => log.warn({ err, algorithmId }, 'a repository is left'))
    if (isUniqueViolation(error, 'algorithms.owner_id,name_lower')) throw new ApiError('AlgorithmNameHasBeenTaken')
    throw error
  }
}
