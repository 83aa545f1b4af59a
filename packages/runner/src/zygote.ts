/**
 * Workers forked from templates (design.md 5, decision 0044): one template per account and language, and one per version
 * and caller from the second worker on. Owns which launches are forked and how long templates live; what a fork is given
 * is zygote/launch-fork.ts, and what happens in it is the language's (languages/python3/bridge/algorist_zygote).
 */
import { join } from 'node:path'
import type { Language } from './languages.ts'
import { commonEnvironment, type Ground, hostUid, type Launched, RELAY_PORT } from './launch.ts'
import type { ZygoteMode } from './options.ts'
import { HIDDEN } from './sandbox/bubblewrap.ts'
import type { ProcessGroups } from './sandbox/groups/groups.ts'
import type { SandboxSpec } from './sandbox/sandbox.ts'
import type { IdentityOfWorker, RecycleFilter, WorkerSpec } from './types.ts'
import { type Environment, startEnvironment } from './zygote/environment.ts'
import { mostProcesses } from './zygote/host-pids.ts'
import { launchFork } from './zygote/launch-fork.ts'
import { createVersions } from './zygote/versions.ts'

export interface Zygotes {
  /** A forked worker, or null when this one is not to be forked. @throws Error when a fork failed */
  launch(spec: WorkerSpec, language: Language, identity: IdentityOfWorker): Promise<Launched | null>
  /** Ends templates of versions that match: what they have loaded is no longer right. */
  recycle(filter: RecycleFilter): void
  close(): Promise<void>
}

export interface ZygotesOptions extends Omit<Ground, 'zygotes'> {
  readonly groups: ProcessGroups
  readonly mode: Exclude<ZygoteMode, 'off'>
}

/** Mount points of the template's forks. */
const MOUNT_POINT_BYTES = 4096
export function createZygotes(ground: ZygotesOptions): Zygotes {
  const environments = new Map<string, Promise<Environment | null>>()
  const hasMemoryGroup = ground.groups.kind === 'cgroup1' || ground.groups.kind === 'cgroup2'
  const versions = ground.mode === 'version' ? createVersions(hasMemoryGroup) : null
  let made = 0
  let isClosed = false

  async function launch(spec: WorkerSpec, language: Language, identity: IdentityOfWorker) {
    if (!canBeForked(spec, language) || isClosed) return null
    const uid = hostUid(ground, spec.hostUid)
    const environment = await environmentFor(language, uid)
    if (environment === null) return null
    const options = { ground, spec, language, uid, identity }
    return (
      (await versions?.launch(environment, options)) ??
      launchFork({ ...options, template: environment.template, port: RELAY_PORT })
    )
  }

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
    const folder = join(folders.run, `${folders.prefix}z${(made++).toString(36)}`)
    const spec = templateSpec(ground, language, { uid, folder })
    return startEnvironment({ sandbox, spec, folder, uid, log }).catch((error: Error) => {
      log.warn({ language: language.id, reason: error.message }, 'workers are not forked: no template')
      return null
    })
  }

  async function close(): Promise<void> {
    isClosed = true
    const all = await Promise.all(environments.values())
    await Promise.all(all.map((environment) => environment?.close()))
  }

  return { launch, recycle: (filter) => versions?.recycle(filter), close }
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
