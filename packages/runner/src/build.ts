/**
 * Builds: checks a commit out, runs the language's build command over it, and seals the result as an artifact. Both steps
 * run sandboxed under the owner's uid; the second sees no repository. Owns the build folder from start to end.
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { BadTree, checkTree } from './artifacts.ts'
import { type BuildDependencies, prepareDependencies, WANTS_NEW_DEPENDENCIES } from './build-dependencies.ts'
import { type BuildLog, createBuildLog } from './build-log.ts'
import { type BuildPlace, checkOutSandbox, commandSandbox } from './build-sandboxes.ts'
import { runStep, StepFailed, type StepPlace } from './build-step.ts'
import { buildFields } from './containment.ts'
import type { DependencyLayers } from './dependency-layers.ts'
import { readDiskUse } from './disk.ts'
import { createPassable, removeTree, safeName } from './folders.ts'
import { type Ground, hostUid, makeOwnFolder } from './launch.ts'
import type { RunnerOptions } from './options.ts'
import { NetworkUnavailable } from './sandbox/network/networks.ts'
import type { BuildRequest, BuildResult } from './types.ts'

const CALM_POLL_MS = 1000

export interface BuildOptions {
  readonly onLog: (text: string) => void
  readonly signal?: AbortSignal
}

export interface BuilderOptions {
  readonly buildNetwork: RunnerOptions['buildNetwork']
  /** Where packages are kept between builds. */
  readonly layers: DependencyLayers
}

export interface Builder {
  build(request: BuildRequest, options: BuildOptions): Promise<BuildResult>
  running(): number
  /** Ends every build; they answer `failed`. */
  close(): Promise<void>
}

export function createBuilder(ground: Ground, { buildNetwork, layers }: BuilderOptions): Builder {
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

  async function steps(options: StepOptions): Promise<string> {
    const { request, folder, text, signal } = options
    const language = ground.languages.get(request.language)
    if (language === undefined) throw new StepFailed(`There is no language "${request.language}" on this server.`)
    await ground.files.prepare(language)
    const place: BuildPlace = { request, language, folder, uid: hostUid(ground, request.hostUid) }
    const at: StepPlace = { request, folder, uid: place.uid, text, signal }

    await checkOut(place, at)
    let dependencies = await dependenciesOf(place, { mayUseKept: true })
    if (dependencies.mounted?.isKept)
      text.line('The packages are those of an earlier build: what names them is unchanged.')
    let code = await runCommand(place, at, dependencies)
    if (code === WANTS_NEW_DEPENDENCIES && dependencies.mounted?.isKept) {
      text.line('The packages of the earlier build do not do; they are installed anew.')
      await checkOut(place, at)
      dependencies = await dependenciesOf(place, { mayUseKept: false })
      code = await runCommand(place, at, dependencies)
    }
    if (code !== 0) throw new StepFailed(`The build command ended with code ${code}; see the end of the log.`)
    signal.throwIfAborted()
    await ground.artifacts.seal(join(folder, 'tree'), request.buildId)
    await dependencies.keep()
    return request.buildId
  }

  /** The commit, and nothing else, in a new build folder. */
  async function checkOut(place: BuildPlace, at: StepPlace): Promise<void> {
    const { folder, uid, request } = place
    const { artifactBytes, artifactFiles } = ground.limits.build
    const tree = join(folder, 'tree')
    await removeTree(folder)
    await createPassable(folder)
    for (const own of [tree, join(folder, 'tmp'), join(folder, 'home')]) await makeOwnFolder(own, uid)
    const code = await runStep(ground, checkOutSandbox(ground, place), at)
    if (code !== 0) throw new StepFailed(`Could not check out ${request.source.commitSha}; see the log.`)
    await checkTree(tree, { maxBytes: artifactBytes, maxFiles: artifactFiles, allowsSystemLinks: false })
  }

  function dependenciesOf(place: BuildPlace, { mayUseKept }: { mayUseKept: boolean }): Promise<BuildDependencies> {
    return prepareDependencies(ground, place, { layers, buildNetwork, mayUseKept })
  }

  /** Many builds need nothing from elsewhere, so a build whose network cannot be had is tried without. */
  async function runCommand(place: BuildPlace, at: StepPlace, { mounted }: BuildDependencies): Promise<number> {
    const spec = commandSandbox(ground, place, { buildNetwork, dependencies: mounted })
    try {
      return await runStep(ground, spec, at)
    } catch (error) {
      if (!(error instanceof NetworkUnavailable)) throw error
      log.warn({ err: error, buildId: place.request.buildId }, 'a build has no network')
      at.text.line(`This build has no network: ${error.message}.`)
      return runStep(ground, { ...spec, network: 'none' }, at)
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
