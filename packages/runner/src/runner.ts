/**
 * The runner: builds and calls in sandboxes on this machine. Composes its parts in the order of a version's life (build →
 * start → call → stop) and owns their closing; each part's rules are in its own file.
 */
import { createArtifactStore } from './artifacts.ts'
import { createBuilder } from './build.ts'
import { createContainment } from './containment.ts'
import { createDependencyLayers } from './dependency-layers.ts'
import { prepareFolders } from './folders.ts'
import { loadLanguages } from './languages.ts'
import type { Ground } from './launch.ts'
import { resolveLimits } from './limits.ts'
import type { Logger, RunnerOptions } from './options.ts'
import { createPools } from './pools.ts'
import { createPressure } from './pressure.ts'
import { createProcessors } from './processors.ts'
import { lazyRegistries } from './registries.ts'
import { requireSandbox } from './require-sandbox.ts'
import { stageRuntimeFiles } from './runtime-files.ts'
import { createBubblewrap } from './sandbox/bubblewrap.ts'
import { chooseGroups } from './sandbox/groups/choose.ts'
import type { ProcessGroups } from './sandbox/groups/groups.ts'
import { chooseNetworks } from './sandbox/network/choose.ts'
import { createTrusted } from './sandbox/trusted.ts'
import type { Runner } from './types.ts'
import { checkedSecrets } from './worker-secrets.ts'
import { createZygotes } from './zygote.ts'

/** Grace for running calls when `close` is given none. */
const GRACE_MS = 10_000

/**
 * Starts a runner on its folders.
 * @throws Error naming what the machine lacks when the sandbox cannot work and `trusted` was not asked for
 */
export async function createRunner(options: RunnerOptions): Promise<Runner> {
  const { home, uidBase, gate, log } = options
  const limits = resolveLimits(options.limits)
  const folders = await prepareFolders(home, options.isShared)
  if (!options.isInspected) await requireSandbox(options)
  const languages = await loadLanguages(options.languagesFolder)
  const files = await stageRuntimeFiles(folders.runtime, languages, options)
  const groups = await chooseGroups(options.groups)
  tellGroups(groups, log)
  const networks = chooseNetworks({
    network: options.network,
    registries: lazyRegistries(languages, options.node),
    buildEnvironment: options.buildNetwork.env,
    etcFolder: files.etc,
    onWarning: (error, message) => log.warn({ err: error }, message),
  })
  const pressure = createPressure({ memoryPercent: limits.memoryPercent, log, readShare: options.readMemoryShare })
  const containment = createContainment(log)
  const base: Omit<Ground, 'zygotes'> = {
    folders,
    files,
    languages: new Map(languages.map((language) => [language.id, language])),
    artifacts: createArtifactStore({
      folders,
      maxBytes: limits.build.artifactBytes,
      maxFiles: limits.build.artifactFiles,
      takesOwnership: uidBase !== null,
    }),
    sandbox:
      options.sandbox === 'trusted'
        ? createTrusted(groups)
        : createBubblewrap({ etcFolder: files.etc, groups, networks }),
    gate,
    limits,
    uidBase,
    fullSharesHost: options.network?.full === 'host',
    log,
    contained: containment.report,
    pressure,
    processors: createProcessors({ readIdleMs: options.readIdleMs }),
    onUnclaimedUsage: options.onUnclaimedUsage ?? (() => {}),
    secretsOf: checkedSecrets(options.secretsOf),
  }
  const { zygotes: zygoteMode = 'off' } = options
  const zygotes = zygoteMode === 'off' ? null : createZygotes({ ...base, groups, networks, mode: zygoteMode })
  const ground: Ground = { ...base, zygotes }
  const layers = createDependencyLayers({
    folders,
    maxBytes: limits.build.keptPackagesBytes,
    takesOwnership: uidBase !== null,
    log,
  })
  const builder = createBuilder(ground, { buildNetwork: options.buildNetwork, layers })
  const pools = createPools(ground)
  let isClosing = false

  return {
    build(request, buildOptions) {
      if (isClosing) return Promise.resolve({ status: 'failed', reason: 'The server is shutting down.' })
      const { accountId, hostUid, network } = request
      const language = ground.languages.get(request.language)
      if (network !== undefined && language !== undefined) zygotes?.prepare({ accountId, hostUid, network }, language)
      return builder.build(request, buildOptions)
    },
    call: pools.call,
    cancel: pools.cancel,
    async recycle(filter) {
      zygotes?.recycle(filter)
      await pools.recycle(filter)
    },
    keepWarm: pools.keepWarm,
    removeArtifact: ground.artifacts.remove,
    isInUse: pools.isInUse,
    measureArtifact: ground.artifacts.sizeOf,
    keepArtifacts: ground.artifacts.keepOnly,
    trimPackages: layers.trim,
    stats: () => ({ ...pools.stats(), runningBuilds: builder.running(), contained: containment.counts() }),
    templates: () => zygotes?.stats() ?? null,
    async close({ graceMs = GRACE_MS } = {}) {
      isClosing = true
      pressure.close()
      await Promise.all([builder.close(), pools.close(graceMs)])
      await zygotes?.close()
      await ground.sandbox.close()
    },
  }
}

function tellGroups({ kind, gaps, passedOver }: ProcessGroups, log: Logger): void {
  if (gaps.length === 0) log.info({ kind }, 'limits of sandboxes are held by control groups')
  else log.warn({ kind, gaps, passedOver }, 'limits of sandboxes are not all held')
}
