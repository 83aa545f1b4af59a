/**
 * Gives one build its `/opt/dependencies` (PROTOCOL.md "Dependencies of a build"): what an earlier build of the account has
 * installed for the same files, or an empty folder that is kept when the build has succeeded.
 */
import { join } from 'node:path'
import type { BuildPlace, Dependencies } from './build-sandboxes.ts'
import { dependencyKey } from './dependency-key.ts'
import type { DependencyLayers } from './dependency-layers.ts'
import { type Ground, makeOwnFolder } from './launch.ts'
import type { RunnerOptions } from './options.ts'

/** Exit code of a build that cannot do with what was kept. */
export const WANTS_NEW_DEPENDENCIES = 75

export interface BuildDependencies {
  /** Null where the language keeps nothing, the commit names no packages, or there is no sandbox to mount it in. */
  readonly mounted: Dependencies | null
  /** Keeps what a build that has succeeded has put there. What goes wrong is logged, and the next build starts anew. */
  keep(): Promise<void>
}

export interface BuildDependenciesOptions {
  readonly layers: DependencyLayers
  readonly buildNetwork: RunnerOptions['buildNetwork']
  /** False once a build was given what is kept and could not do with it. */
  readonly mayUseKept: boolean
}

const NONE: BuildDependencies = { mounted: null, keep: async () => {} }

/** The commit is checked out in the build's `tree`, and nothing of it has run. */
export async function prepareDependencies(
  ground: Ground,
  place: BuildPlace,
  options: BuildDependenciesOptions,
): Promise<BuildDependencies> {
  const { language, request, folder, uid } = place
  const { layers, buildNetwork, mayUseKept } = options
  if (ground.sandbox.mode === 'trusted' || language.dependency_files.length === 0) return NONE
  const tree = join(folder, 'tree')
  const { commitSha } = request.source
  const key = await dependencyKey({ language, files: ground.files, buildNetwork, tree, commitSha })
  if (key === null) return NONE
  const kept = mayUseKept ? await layers.use(request.accountId, key, folder) : null
  if (kept !== null) return { mounted: { source: kept, isKept: true }, keep: async () => {} }
  const source = join(folder, 'dependencies')
  await makeOwnFolder(source, uid)
  return {
    mounted: { source, isKept: false },
    keep: () =>
      layers.keep(request.accountId, key, source).catch((error) => {
        ground.log.error({ err: error, buildId: request.buildId }, 'the packages of a build could not be kept')
      }),
  }
}
