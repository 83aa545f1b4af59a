/**
 * Builds: checks a commit out, runs the language's build command over it, and seals the result as an artifact. Both steps
 * run sandboxed under the owner's uid; the second sees no repository. Owns the build folder from start to end.
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { BadTree, checkTree } from './artifacts.ts'
import { type BuildLog, createBuildLog } from './build-log.ts'
import { runStep, StepFailed, type StepPlace, type StepSpec } from './build-step.ts'
import { buildFields } from './containment.ts'
import { readDiskUse } from './disk.ts'
import { createPassable, removeTree, safeName } from './folders.ts'
import type { Language } from './languages.ts'
import { commonEnvironment, type Ground, hostUid, makeOwnFolder } from './launch.ts'
import type { RunnerOptions } from './options.ts'
import { languageMounts } from './runtime-files.ts'
import { NetworkUnavailable } from './sandbox/network/networks.ts'
import type { Bind } from './sandbox/sandbox.ts'
import type { BuildRequest, BuildResult } from './types.ts'

const CALM_POLL_MS = 1000
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

export interface BuildOptions {
  readonly onLog: (text: string) => void
  readonly signal?: AbortSignal
}

export interface Builder {
  build(request: BuildRequest, options: BuildOptions): Promise<BuildResult>
  running(): number
  /** Ends every build; they answer `failed`. */
  close(): Promise<void>
}

export function createBuilder(ground: Ground, buildNetwork: RunnerOptions['buildNetwork']): Builder {
  const { log } = ground
  const closing = new AbortController()
  const builds = new Set<Promise<BuildResult>>()

  function build(request: BuildRequest, options: BuildOptions): Promise<BuildResult> {
    const running = run(request, options).finally(() => builds.delete(running))
    builds.add(running)
    return running
  }

  async function run(request: BuildRequest, { onLog, signal }: BuildOptions): Promise<BuildResult> {
    const stopped = AbortSignal.any([closing.signal, ...(signal === undefined ? [] : [signal])])
    const clock = createClock(Math.min(request.timeoutMs, ground.limits.build.timeoutMs))
    const text = createBuildLog(ground.limits.build.logBytes, onLog)
    const folder = join(ground.folders.builds, safeName(request.buildId))
    let result: BuildResult
    try {
      await waitForRoom(stopped)
      clock.start()
      const artifact = await steps({ request, folder, text, signal: AbortSignal.any([stopped, clock.signal]) })
      result = { status: 'succeeded', artifact }
    } catch (error) {
      result = { status: 'failed', reason: reasonOf(error, { request, stopped, clock }) }
    }
    clock.stop()
    text.line(result.status === 'succeeded' ? 'Build succeeded' : `Build failed: ${result.reason}`)
    text.end()
    await removeTree(folder).catch((error) => log.error({ err: error, folder }, 'build folder stays'))
    return result
  }

  /** Waits while the machine is short of memory. @throws StepFailed when the disk is nearly full */
  async function waitForRoom(stopped: AbortSignal): Promise<void> {
    while (ground.pressure.isShort()) await pause(CALM_POLL_MS, undefined, { signal: stopped, ref: false })
    const { share } = await readDiskUse(ground.folders.builds)
    if (share * 100 < ground.limits.diskPercent) return
    throw new StepFailed('The disk of the server is nearly full; nothing is built until there is room.')
  }

  function reasonOf(error: unknown, when: { request: BuildRequest; stopped: AbortSignal; clock: Clock }): string {
    const { request, stopped, clock } = when
    if (stopped.aborted) return 'The build was stopped.'
    if (clock.signal.aborted) {
      ground.contained('time', buildFields(request))
      return `The build took longer than ${clock.timeoutMs / 1000} s and was ended.`
    }
    if (error instanceof StepFailed || error instanceof BadTree) return error.message
    log.error({ err: error, buildId: request.buildId }, 'build failed for a reason of the server')
    return 'The server could not run the build; its log has the reason.'
  }

  async function steps({ request, folder, text, signal }: StepOptions): Promise<string> {
    const language = ground.languages.get(request.language)
    if (language === undefined) throw new StepFailed(`There is no language "${request.language}" on this server.`)
    const uid = hostUid(ground, request.hostUid)
    const tree = join(folder, 'tree')
    await removeTree(folder)
    await createPassable(folder)
    for (const own of [tree, join(folder, 'tmp'), join(folder, 'home')]) await makeOwnFolder(own, uid)
    const place: Place = { request, language, folder, uid }

    const at: StepPlace = { request, folder, uid, text, signal }
    const { artifactBytes, artifactFiles } = ground.limits.build
    const checkedOut = await runStep(ground, checkOutSandbox(place), at)
    if (checkedOut !== 0) throw new StepFailed(`Could not check out ${request.source.commitSha}; see the log.`)
    await checkTree(tree, { maxBytes: artifactBytes, maxFiles: artifactFiles, allowsSystemLinks: false })
    const built = await runBuild(place, at)
    if (built !== 0) throw new StepFailed(`The build command ended with code ${built}; see the end of the log.`)
    signal.throwIfAborted()
    await ground.artifacts.seal(tree, request.buildId)
    return request.buildId
  }

  /** Many builds need nothing from elsewhere, so a build whose network cannot be had is tried without. */
  async function runBuild(place: Place, at: StepPlace): Promise<number> {
    try {
      return await runStep(ground, buildSandbox(place), at)
    } catch (error) {
      if (!(error instanceof NetworkUnavailable)) throw error
      log.warn({ err: error, buildId: place.request.buildId }, 'a build has no network')
      at.text.line(`This build has no network: ${error.message}.`)
      return runStep(ground, { ...buildSandbox(place), network: 'none' }, at)
    }
  }

  function checkOutSandbox({ request, uid, folder }: Place): StepSpec {
    const { repository, commitSha } = request.source
    return {
      ...buildGround(folder, uid, [{ source: repository, target: '/opt/source.git' }]),
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

  function buildSandbox({ request, language, folder, uid }: Place): StepSpec {
    const binds: Bind[] = [
      { source: ground.files.languages.get(language.id) ?? '', target: '/opt/language' },
      ...languageMounts(ground.files, language),
      ...ground.files.certificates.filter(
        ({ target }) => !target.startsWith('/usr/') && !target.startsWith('/etc/ssl/certs/'),
      ),
    ]
    return {
      ...buildGround(folder, uid, binds),
      network: 'build',
      env: { ...commonEnvironment(language), ...buildNetwork.env, ALGORIST_ALGORITHM: request.algorithm.name },
      command: ['/bin/sh', '-c', 'exec "$@" 2>&1', 'build', ...language.build],
    }
  }

  /** What both steps have: the writable tree, and scratch space on disk, since packages can be larger than memory. */
  function buildGround(folder: string, uid: number | null, more: Bind[]) {
    const scratch: Bind[] = [
      { source: join(folder, 'tree'), target: '/opt/algorithm', writable: true },
      { source: join(folder, 'tmp'), target: '/tmp', writable: true },
      { source: join(folder, 'home'), target: '/home/algo', writable: true },
    ]
    const tmpfs = [{ target: '/run', sizeBytes: SMALL_TMPFS_BYTES }]
    const limits = ground.limits.build
    return {
      purpose: 'build' as const,
      binds: [...scratch, ...more],
      tmpfs,
      uid,
      cwd: '/opt/algorithm',
      stdin: 'null' as const,
      socket: false,
      limits,
    }
  }

  async function close(): Promise<void> {
    closing.abort()
    await Promise.all(builds)
  }

  return { build, running: () => builds.size, close }
}

/** Time that a build has, counted from when it starts. */
interface Clock {
  readonly timeoutMs: number
  readonly signal: AbortSignal
  start(): void
  stop(): void
}

function createClock(timeoutMs: number): Clock {
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  return {
    timeoutMs,
    signal: abort.signal,
    start() {
      timer = setTimeout(() => abort.abort(), timeoutMs)
    },
    stop: () => clearTimeout(timer),
  }
}

interface StepOptions {
  readonly request: BuildRequest
  readonly folder: string
  readonly text: BuildLog
  readonly signal: AbortSignal
}

interface Place {
  readonly request: BuildRequest
  readonly language: Language
  readonly folder: string
  readonly uid: number | null
}
