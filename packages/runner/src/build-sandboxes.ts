/** The sandboxes of a build's two steps: check-out, which sees the repository, and the language's command, which does not. */
import { join } from 'node:path'
import type { StepSpec } from './build-step.ts'
import type { Language } from './languages.ts'
import { commonEnvironment, type Ground } from './launch.ts'
import type { RunnerOptions } from './options.ts'
import { hostMounts, languageMounts } from './runtime-files.ts'
import type { Bind } from './sandbox/sandbox.ts'
import type { BuildRequest } from './types.ts'

const SMALL_TMPFS_BYTES = 64 * 1024 * 1024

/**
 * Puts the files of one commit into the working directory. Nothing that a repository contains is run: no hooks, filters,
 * submodules or LFS, and no configuration but this.
 */
const CHECK_OUT = `set -e
exec 2>&1
repository="$1"
commit="$2"
git() { /usr/bin/git -c safe.directory='*' -c core.hooksPath=/dev/null -c core.bare=true -c core.symlinks=true --git-dir="$repository" "$@"; }
git cat-file -e "$commit^{commit}" || { echo "The repository has no commit $commit."; exit 1; }
export GIT_INDEX_FILE="$HOME/index"
git read-tree "$commit"
git -c core.bare=false --work-tree=. checkout-index --all --force --quiet
`

export interface BuildPlace {
  readonly request: BuildRequest
  readonly language: Language
  /** Has `tree`, `tmp` and `home`, writable by `uid`. */
  readonly folder: string
  readonly uid: number | null
}

/** `/opt/dependencies` of a build (PROTOCOL.md): an empty folder of it, or what an earlier one left. */
export interface Dependencies {
  readonly source: string
  readonly isKept: boolean
}

export function checkOutSandbox(ground: Ground, place: BuildPlace): StepSpec {
  const { repository, commitSha } = place.request.source
  return {
    ...common(ground, place, [{ source: repository, target: '/opt/source.git' }]),
    network: 'none',
    env: {
      HOME: '/home/algo',
      PATH: '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
    },
    command: ['/bin/sh', '-c', CHECK_OUT, 'check-out', '/opt/source.git', commitSha],
  }
}

export interface CommandOptions {
  readonly buildNetwork: RunnerOptions['buildNetwork']
  /** Null when nothing is kept of this build. */
  readonly dependencies: Dependencies | null
}

export function commandSandbox(ground: Ground, place: BuildPlace, options: CommandOptions): StepSpec {
  const { language, request } = place
  const { buildNetwork, dependencies } = options
  const binds: Bind[] = [
    { source: ground.files.languages.get(language.id) ?? '', target: '/opt/language' },
    ...languageMounts(ground.files, language),
    ...hostMounts(language.build_mounts),
    ...ground.files.certificates.filter(
      ({ target }) => !target.startsWith('/usr/') && !target.startsWith('/etc/ssl/certs/'),
    ),
    ...(dependencies === null ? [] : [dependenciesBind(dependencies)]),
  ]
  return {
    ...common(ground, place, binds),
    network: 'build',
    env: {
      ...commonEnvironment(language),
      ...buildNetwork.env,
      ALGORIST_ALGORITHM: request.algorithm.name,
      ...(dependencies === null ? {} : { ALGORIST_DEPENDENCIES: dependencies.isKept ? 'kept' : 'new' }),
    },
    command: ['/bin/sh', '-c', 'exec "$@" 2>&1', 'build', ...language.build],
  }
}

function dependenciesBind({ source, isKept }: Dependencies): Bind {
  const bind: Bind = { source, target: '/opt/dependencies' }
  return isKept ? bind : { ...bind, writable: true }
}

/** What both steps have: the writable tree, and scratch space on disk, since packages can be larger than memory. */
function common(ground: Ground, { folder, uid }: BuildPlace, more: Bind[]) {
  const scratch: Bind[] = [
    { source: join(folder, 'tree'), target: '/opt/algorithm', writable: true },
    { source: join(folder, 'tmp'), target: '/tmp', writable: true },
    { source: join(folder, 'home'), target: '/home/algo', writable: true },
  ]
  return {
    purpose: 'build' as const,
    binds: [...scratch, ...more],
    tmpfs: [{ target: '/run', sizeBytes: SMALL_TMPFS_BYTES }],
    uid,
    cwd: '/opt/algorithm',
    stdin: 'null' as const,
    socket: false,
    limits: ground.limits.build,
  }
}
