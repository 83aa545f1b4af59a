/**
 * Workers forked from templates (design.md 5, decision 0044): one template per account and language, and one per version
 * and caller from the second worker on. Owns which launches are forked and when templates make room; what a fork is given
 * is zygote/launch-fork.ts, and what happens in it is the language's (languages/python3/bridge/algorist_zygote).
 */
import type { Language } from './languages.ts'
import { type Ground, hostUid, type Launched } from './launch.ts'
import type { ZygoteMode } from './options.ts'
import type { ProcessGroups } from './sandbox/groups/groups.ts'
import type { Networks } from './sandbox/network/networks.ts'
import type { IdentityOfWorker, RecycleFilter, TemplateStats, WorkerSpec } from './types.ts'
import { comesTooLate, hasUsualLimits } from './zygote/ahead.ts'
import { createEnvironments, type Wanted } from './zygote/environments.ts'
import { launchFork } from './zygote/launch-fork.ts'
import { createVersions } from './zygote/versions.ts'

export interface Zygotes {
  /** A forked worker, or null when this one is not to be forked or cannot be. Never rejects. */
  launch(spec: WorkerSpec, language: Language, identity: IdentityOfWorker): Promise<Launched | null>
  /** Starts what the first worker of an account will be forked from, where there is room for it. */
  prepare(wanted: Wanted, language: Language): void
  /** A worker has loaded, and takes so much memory. */
  loaded(spec: WorkerSpec, bytes: number): void
  /** Forks no more from versions that match: what they have loaded is no longer right. */
  recycle(filter: RecycleFilter): void
  stats(): TemplateStats
  close(): Promise<void>
}

export interface ZygotesOptions extends Omit<Ground, 'zygotes'> {
  readonly groups: ProcessGroups
  readonly networks: Networks
  readonly mode: Exclude<ZygoteMode, 'off'>
}

const LONGEST_SWEEP_MS = 5000

export function createZygotes(ground: ZygotesOptions): Zygotes {
  const { limits, pressure, log } = ground
  const environments = createEnvironments(ground)
  const versions = ground.mode === 'version' ? createVersions(ground) : null
  const sweeper = setInterval(
    () => endUnused(performance.now() - limits.idleMs),
    Math.min(LONGEST_SWEEP_MS, limits.idleMs / 4),
  ).unref()
  let isClosed = false

  pressure.onSample(() => {
    // What nobody uses goes before idle workers do: they would have to load again, these only save time.
    if (pressure.isShort()) endUnused(Number.POSITIVE_INFINITY)
  })

  /** Versions first, since an environment is used as long as one of its versions lives. */
  function endUnused(sinceMs: number): void {
    versions?.endUnused(sinceMs)
    environments.endUnused(sinceMs)
  }

  async function launch(spec: WorkerSpec, language: Language, identity: IdentityOfWorker) {
    if (isClosed || !canBeForked(spec, language)) return null
    const isAhead = language.zygote === null
    return environments.with(spec, language, async (environment) => {
      // Whoever cannot be told them is told why when it is started by itself.
      const secrets = isAhead ? await ground.secretsOf(spec).catch(() => null) : null
      if (isAhead && (secrets === null || comesTooLate(secrets))) return null
      const given = { ground, spec, language, uid: hostUid(ground, spec.hostUid), identity }
      const options = secrets === null ? given : { ...given, secrets }
      const fork = isAhead ? null : await versions?.launch(environment, options)
      if (fork) return fork
      const { template, supplies } = environment
      return launchFork({ ...options, template, supply: supplies[spec.network] }).catch((error: Error) => {
        log.warn({ worker: spec.key, reason: error.message }, 'a worker is not forked: its fork failed')
        return null
      })
    })
  }

  function prepare(wanted: Wanted, language: Language): void {
    const hasTemplate = language.zygote !== null || canStartAhead(language)
    if (!isClosed && hasTemplate && hasOwnNetwork(wanted) && !pressure.isShort()) environments.prepare(wanted, language)
  }

  function canBeForked(spec: WorkerSpec, language: Language): boolean {
    const hasTemplate = language.zygote !== null || (canStartAhead(language) && hasUsualLimits(spec, limits.worker))
    return hasTemplate && hasOwnNetwork(spec)
  }

  /** A fork always has a network of its own. */
  function hasOwnNetwork({ network }: Pick<WorkerSpec, 'network'>): boolean {
    const isInHostNetwork = network === 'full' && ground.fullSharesHost
    return ground.sandbox.mode === 'bubblewrap' && !isInHostNetwork
  }

  function canStartAhead(language: Language): boolean {
    if (language.ahead === null || limits.readyRuntimes === 0 || language.code !== 'read-only') return false
    return ground.languages.get('python3') !== undefined
  }

  function stats(): TemplateStats {
    const [ofEnvironments, ofVersions] = [environments.counts(), versions?.counts()]
    return {
      environments: ofEnvironments.templates,
      versions: ofVersions?.templates ?? 0,
      readyForks: ofEnvironments.readyForks + (ofVersions?.readyForks ?? 0),
      readyRuntimes: ofEnvironments.readyRuntimes,
      runtimeBytes: ofEnvironments.runtimeBytes,
      memoryBytes: ofEnvironments.memoryBytes + (ofVersions?.memoryBytes ?? 0),
    }
  }

  async function close(): Promise<void> {
    isClosed = true
    clearInterval(sweeper)
    await environments.close()
    await versions?.settled()
  }

  return {
    ...{ launch, prepare, stats, close },
    loaded: (spec, bytes) => versions?.loaded(spec, bytes),
    recycle: (filter) => versions?.recycle(filter),
  }
}
