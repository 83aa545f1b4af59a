/** Opens the runner, around which the server's own parts lie: session spaces, records of calls, held removals. */
import { resolve } from 'node:path'
import { type LanguagesHere, languagesHere, loadLanguages } from '@algorist/runner/languages.ts'
import { type GivenLimits, type RunnerLimits, resolveLimits } from '@algorist/runner/limits.ts'
import type { RunnerOptions } from '@algorist/runner/options.ts'
import { requireSandbox } from '@algorist/runner/require-sandbox.ts'
import { createRunner } from '@algorist/runner/runner.ts'
import type { Runner } from '@algorist/runner/types.ts'
import type { Logger } from 'pino'
import { holdingRunner } from '../backup/removal-hold.ts'
import { filesNamedIn } from '../build-environment.ts'
import { tracing } from '../calls/trace.ts'
import type { Config } from '../config.ts'
import { createPlatformConnections, type PlatformConnections } from '../http/platform-connections.ts'
import { nodeForAlgorithms } from '../node-location.ts'
import { secretsOf } from '../secrets/delivery.ts'
import type { Services } from '../services.ts'
import type { Ground } from './open-ground.ts'
import type { Records } from './open-records.ts'
import type { State } from './open-state.ts'

const LANGUAGES_FOLDER = resolve(import.meta.dirname, '../../../../languages')

export interface Running extends Pick<Services, 'runner' | 'languages' | 'lackingLanguages'> {
  /** Connections of algorithms to the platform API. */
  readonly connections: PlatformConnections
  readonly limits: RunnerLimits
}

interface RunnerNeeds {
  readonly ground: Ground
  readonly state: State
  readonly records: Records
  readonly sessionSpaces: Services['sessionSpaces']
}

/** @throws Error naming what the machine lacks when it cannot contain algorithms and no setting says that it need not */
export async function openRunner(needs: RunnerNeeds): Promise<Running> {
  const { ground, state, records, sessionSpaces } = needs
  const { config, closing, removals } = ground
  const { usable, lacking } = await findLanguages(ground)
  const connections = createPlatformConnections()
  const limits = givenLimits(config)
  const sandboxed = await createSandboxed(needs, connections, limits)
  const runner = holdingRunner(tracing(sessionSpaces.around(sandboxed), state.catalog, records.receivers), removals)
  closing.add('runner', () => runner.close({ graceMs: 0 }))
  // What waits is removed by the runner and by the store, so before they close.
  closing.add('held removals', removals.close)
  return { runner, languages: usable, lackingLanguages: lacking, connections, limits: resolveLimits(limits) }
}

/** What the others lack is in the log. */
async function findLanguages({ log }: Ground): Promise<LanguagesHere> {
  const found = languagesHere(await loadLanguages(LANGUAGES_FOLDER))
  for (const { id, lacks } of found.lacking) {
    log.info({ language: id, packages: lacks }, 'a language needs packages that this host lacks')
  }
  return found
}

/**
 * Tries the sandbox. Apart from `openRunner()`, since it takes long and needs nothing that changes: a server that this one is
 * to follow can go on meanwhile.
 *
 * @throws Error as `openRunner()` does
 */
export function tryRunner(ground: Ground): Promise<void> {
  return requireSandbox({ ...sandboxOf(ground), log: runnerLog(ground) })
}

function sandboxOf({
  config,
  folder,
}: Ground): Pick<RunnerOptions, 'home' | 'uidBase' | 'sandbox' | 'network' | 'zygotes'> {
  return {
    home: folder.folders.runner,
    uidBase: config.sandbox.uidBase,
    sandbox: config.sandbox.kind === 'bubblewrap' ? 'bubblewrap' : 'trusted',
    network: config.networks,
    zygotes: config.workers.templates,
  }
}

const runnerLog = ({ log }: Ground): Logger => log.child({ part: 'runner' })

async function createSandboxed(
  { ground, state, records }: RunnerNeeds,
  gate: PlatformConnections,
  limits: GivenLimits,
): Promise<Runner> {
  const { config, overlap } = ground
  return createRunner({
    ...sandboxOf(ground),
    isInspected: true,
    isShared: overlap.isShared,
    languagesFolder: LANGUAGES_FOLDER,
    node: await nodeForAlgorithms(),
    buildNetwork: { env: config.builds.environment, files: await filesNamedIn(config.builds.environment) },
    limits,
    gate,
    secretsOf: (spec) => secretsOf(state, spec),
    onUnclaimedUsage: records.onUnclaimedUsage,
    log: runnerLog(ground),
  })
}

function givenLimits({ calls, limits, workers, memoryLimitPercent, diskLimitPercent }: Config): GivenLimits {
  return {
    ...limits,
    memoryPercent: memoryLimitPercent,
    diskPercent: diskLimitPercent,
    ...(workers.perVersion === null ? {} : { workersPerVersion: workers.perVersion }),
    ...(workers.total === null ? {} : { workers: workers.total }),
    ...(workers.perAccount === null ? {} : { workersPerAccount: workers.perAccount }),
    idleMs: workers.idleMs,
    maxAgeMs: workers.maxAgeMs,
    readyForks: workers.readyForks,
    readyRuntimes: workers.readyRuntimes,
    waitingCalls: calls.waitingCalls,
    waitingBytes: calls.waitingBytes,
    waitMs: calls.waitingMs,
    answerBytes: calls.resultBytes,
  }
}
