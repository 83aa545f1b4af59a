/** Opens repositories, the queue of builds, and the way in which a push becomes a build. */
import { createHostUids } from '../accounts/host-uids.ts'
import { authenticateBasic } from '../accounts/passwords.ts'
import { keepReadme } from '../algorithms/readme.ts'
import { holdingRepositories } from '../backup/removal-hold.ts'
import { createAlgorithmGitHost } from '../builds/push.ts'
import { type BuildQueue, createBuildQueue } from '../builds/queue.ts'
import { createSampleRun } from '../calls/sample.ts'
import type { GitHost } from '../git/http-backend.ts'
import { createRepositories, type Repositories } from '../git/repositories.ts'
import type { Services } from '../services.ts'
import type { Ground } from './open-ground.ts'
import type { State } from './open-state.ts'

export type Building = Pick<Services, 'repositories' | 'builds'>

/** What other processes may use is not swept. */
export async function openBuilds(ground: Ground, state: State, runner: Services['runner']): Promise<Building> {
  const { closing, overlap } = ground
  const repositories = await openRepositories(ground, state)
  if (!overlap.isShared) await repositories.sweep(state.catalog.ids())
  const builds = openQueue(ground, state, { runner, repositories })
  closing.add('builds', builds.close)
  if (!overlap.isShared) await builds.sweep()
  return { repositories, builds }
}

async function openRepositories(
  { config, log, folder, removals }: Ground,
  { directory }: State,
): Promise<Repositories> {
  const repositories = await createRepositories({
    folder: folder.folders.repositories,
    log,
    uidOf: createHostUids(directory, config.sandbox.uidBase),
  })
  return holdingRepositories(repositories, removals)
}

function openQueue(
  { config, log, disk, overlap }: Ground,
  { db, catalog, directory }: State,
  { runner, repositories }: Pick<Services, 'runner' | 'repositories'>,
): BuildQueue {
  return createBuildQueue({
    ...{ db, log, runner, catalog, directory, repositories },
    parallel: config.builds.parallel,
    timeoutMs: config.builds.timeoutMs,
    hasRoom: () => !disk.isFull(),
    stopElsewhere: (buildId, note) => overlap.askOthers({ kind: 'stop build', buildId, note }),
    onChange: async (algorithmId) => {
      if (overlap.isLeaving()) await overlap.tellServer({ kind: 'changed', algorithmId })
    },
    onHeadBuild: (algorithmId, commitSha) => keepReadme({ db, catalog, repositories }, algorithmId, commitSha),
    runSample: createSampleRun({ db, catalog, directory, runner }),
  })
}

/** Takes pushes, each of which makes a build. */
export function openGitHost({ closing }: Ground, services: Services): GitHost {
  const gitHost = createAlgorithmGitHost(services, {
    authenticateBasic: (name, password, address) => authenticateBasic(services, { name, password, address }),
  })
  closing.add('git', async () => gitHost.close())
  return gitHost
}
