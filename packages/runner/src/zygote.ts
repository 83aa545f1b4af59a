/**
 * Workers forked from templates (design.md 5, decision 0044): one template per account and language, and one per version
 * and caller from the second worker on. Owns which launches are forked and how long templates live; what a fork is given
 * is zygote/launch-fork.ts, and what happens in it is the language's (languages/python3/bridge/algorist_zygote).
 */
import { join } from 'node:path'
import type { Language } from './languages.ts'
import { commonEnvironment, type Ground, hostUid, type Launched, RELAY_PORT } from './launch.ts'
import type { ZygoteMode } from './options.ts'
import { matches } from './pools.ts'
import { HIDDEN } from './sandbox/bubblewrap.ts'
import type { ProcessGroups } from './sandbox/groups/groups.ts'
import { killGroup, type SandboxSpec } from './sandbox/sandbox.ts'
import { seccompFilter } from './sandbox/seccomp/filter.ts'
import type { CallIdentity, RecycleFilter, WorkerSpec } from './types.ts'
import { type Environment, startEnvironment } from './zygote/environment.ts'
import { mostProcesses } from './zygote/host-pids.ts'
import { type ForkOptions as AllForkOptions, launchFork } from './zygote/launch-fork.ts'
import type { Template } from './zygote/template.ts'
import { FORK_NAMESPACES, loadVersion } from './zygote/version.ts'

export interface Zygotes {
  /** A forked worker, or null when this one is not to be forked. @throws Error when a fork failed */
  launch(spec: WorkerSpec, language: Language, identity: () => CallIdentity | null): Promise<Launched | null>
  /** Ends templates of versions that match: what they have loaded is no longer right. */
  recycle(filter: RecycleFilter): Promise<void>
  close(): Promise<void>
}

export interface ZygotesOptions extends Omit<Ground, 'zygotes'> {
  readonly groups: ProcessGroups
  readonly mode: Exclude<ZygoteMode, 'off'>
}

/** Mount points of the template's forks. */
const MOUNT_POINT_BYTES = 4096
/** Forks of one version share a loopback, so each has a port of its own, below those that the kernel gives away. */
const FIRST_PORT = 10_000
const PORTS = 20_000

type ForkOptions = Omit<AllForkOptions, 'template' | 'port' | 'filter'>

interface Version {
  readonly spec: WorkerSpec
  readonly template: Template
  readonly launched: Launched
}

export function createZygotes(ground: ZygotesOptions): Zygotes {
  const environments = new Map<string, Promise<Environment | null>>()
  /** Null: it was found that it cannot be forked. Undefined: it has had one worker. */
  const versions = new Map<string, Promise<Version | null> | undefined>()
  const hasMemoryGroup = ground.groups.kind === 'cgroup1' || ground.groups.kind === 'cgroup2'
  let made = 0
  let ports = 0
  let isClosed = false

  async function launch(spec: WorkerSpec, language: Language, identity: () => CallIdentity | null) {
    if (!canBeForked(spec, language) || isClosed) return null
    const uid = hostUid(ground, spec.hostUid)
    const environment = await environmentFor(language, uid)
    if (environment === null) return null
    const options = { ground, spec, language, uid, identity }
    const further = ground.mode === 'version' ? await forkVersion(environment, options) : null
    return further ?? launchFork({ ...options, template: environment.template, port: RELAY_PORT })
  }

  async function forkVersion(environment: Environment, options: ForkOptions): Promise<Launched | null> {
    const version = await versionFor(environment, options)
    if (version === null) return null
    try {
      return await launchFork({ ...options, template: version.template, port: FIRST_PORT + (ports++ % PORTS) })
    } catch (error) {
      // Its template has run author code, so it may do anything, except for keeping others from their workers.
      await giveUp(version, options, (error as Error).message)
      return null
    }
  }

  async function giveUp({ launched }: Version, { spec, ...options }: ForkOptions, reason: string): Promise<void> {
    ground.log.warn({ worker: spec.key, reason }, 'version is not forked any more')
    killGroup(launched.child)
    versions.set(nameOf({ spec, ...options }), Promise.resolve(null))
  }

  const nameOf = ({ uid, spec }: Pick<ForkOptions, 'uid' | 'spec'>) => JSON.stringify([uid, spec.key, spec.limits])

  /** Network `full` needs a namespace that the host connects, which a fork cannot make. */
  function canBeForked(spec: WorkerSpec, language: Language): boolean {
    return language.zygote !== null && ground.sandbox.mode === 'bubblewrap' && spec.network === 'isolated'
  }

  async function environmentFor(language: Language, uid: number | null): Promise<Environment | null> {
    const name = `${uid} ${language.id}`
    const running = await environments.get(name)
    if (running != null && !running.template.isGone) return running
    // While it was waited for, somebody else may have started a new one.
    const newer = environments.get(name)
    if (newer !== undefined && (await newer) !== running) return newer
    const starting = start(language, uid)
    environments.set(name, starting)
    await running?.close()
    return starting
  }

  async function start(language: Language, uid: number | null): Promise<Environment | null> {
    const { sandbox, folders, log } = ground
    const folder = join(folders.run, `z${(made++).toString(36)}`)
    const spec = templateSpec(ground, language, { uid, folder })
    return startEnvironment({ sandbox, spec, folder, uid, log }).catch((error: Error) => {
      log.warn({ language: language.id, reason: error.message }, 'workers are not forked: no template')
      return null
    })
  }

  /** The version's template from its second worker on: many versions never need one. */
  async function versionFor(environment: Environment, options: ForkOptions): Promise<Version | null> {
    const name = nameOf(options)
    if (!versions.has(name)) {
      versions.set(name, undefined)
      return null
    }
    const running = await versions.get(name)
    if (running === null) return null
    if (running !== undefined && !running.template.isGone) return running
    const newer = versions.get(name)
    if (newer !== undefined && (await newer) !== running) return newer
    const starting = load(environment, options).catch((error: Error) => {
      ground.log.warn({ worker: options.spec.key, reason: error.message }, 'version is not forked')
      return null
    })
    versions.set(name, starting)
    return starting
  }

  async function load(environment: Environment, options: ForkOptions): Promise<Version | null> {
    const filter = seccompFilter({ hasMemoryGroup, unshares: FORK_NAMESPACES })
    const launched = await launchFork({ ...options, template: environment.template, port: RELAY_PORT, filter })
    for (const stream of [launched.output.stdout, launched.output.stderr]) stream.resume()
    launched.child.once('close', () => void launched.release())
    const result = await loadVersion(launched, environment.arrivals)
    if ('template' in result) return { template: result.template, launched, spec: options.spec }
    ground.log.info({ worker: options.spec.key, reason: result.reason }, 'version is not forked')
    return null
  }

  async function recycle(filter: RecycleFilter): Promise<void> {
    for (const [name, loading] of versions) {
      const version = await loading
      if (version == null || !matches(filter, version.spec.key)) continue
      versions.delete(name)
      version.template.gone()
      killGroup(version.launched.child)
    }
  }

  async function close(): Promise<void> {
    isClosed = true
    const all = await Promise.all(environments.values())
    await Promise.all(all.map((environment) => environment?.close()))
  }

  return { launch, recycle, close }
}

function templateSpec(
  { limits, folders, files }: ZygotesOptions,
  language: Language,
  { uid, folder }: { readonly uid: number | null; readonly folder: string },
): Omit<SandboxSpec, 'output'> {
  return {
    purpose: 'worker',
    isTemplate: true,
    binds: [
      { source: join(files.languages.get(language.id) ?? '', 'bridge'), target: '/opt/bridge' },
      { source: folders.artifacts, target: '/tmp/artifacts' },
      { source: folder, target: '/tmp/zygote', writable: true },
    ],
    tmpfs: ['/tmp', '/opt/algorithm'].map((target) => ({ target, sizeBytes: MOUNT_POINT_BYTES })),
    network: 'none',
    uid,
    env: commonEnvironment(language),
    cwd: '/',
    command: [...(language.zygote ?? []), ...HIDDEN],
    stdin: 'null',
    socket: true,
    // Never lower than a fork's: limits of processes can only go down.
    limits: { ...limits.worker, processes: mostProcesses() },
  }
}
