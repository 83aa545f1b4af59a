/**
 * The templates of versions (decision 0044): one per version, caller and limits, loaded when a second worker is wanted.
 * Owns their life; nobody waits for one, and one that fails costs nobody a worker.
 */
import { type Launched, RELAY_PORT } from '../launch.ts'
import { matches } from '../pools.ts'
import { killGroup } from '../sandbox/sandbox.ts'
import { seccompFilter } from '../sandbox/seccomp/filter.ts'
import type { RecycleFilter, WorkerSpec } from '../types.ts'
import type { Environment } from './environment.ts'
import { type ForkOptions as AllForkOptions, launchFork } from './launch-fork.ts'
import type { Template } from './template.ts'
import { FORK_NAMESPACES, loadVersion } from './version.ts'

/** Forks of one version share a loopback, so each has a port of its own, below those that the kernel gives away. */
const FIRST_PORT = 10_000
const PORTS = 20_000

export type ForkOptions = Omit<AllForkOptions, 'template' | 'port' | 'filter' | 'hasSecrets'>

export interface Versions {
  /** A fork of the version's template, or null while there is none. Never rejects. */
  launch(environment: Environment, options: ForkOptions): Promise<Launched | null>
  /** Ends templates that match: what they have loaded is no longer right. */
  recycle(filter: RecycleFilter): void
}

interface Entry {
  readonly spec: WorkerSpec
  state: 'one worker' | 'loading' | 'not forked' | { readonly template: Template; readonly launched: Launched }
}

/** `hasMemoryGroup` is what the system-call filter depends on. */
export function createVersions(hasMemoryGroup: boolean): Versions {
  const entries = new Map<string, Entry>()
  const filter = seccompFilter({ hasMemoryGroup, unshares: FORK_NAMESPACES })
  let ports = 0

  async function launch(environment: Environment, options: ForkOptions): Promise<Launched | null> {
    const { spec, uid } = options
    const name = JSON.stringify([uid, spec.key, spec.limits])
    const entry = entries.get(name)
    if (entry === undefined) entries.set(name, { spec, state: 'one worker' })
    else if (typeof entry.state === 'object' && !entry.state.template.isGone) return fork(entry, options)
    else if (entry.state === 'one worker' || typeof entry.state === 'object') void load(entry, environment, options)
    return null
  }

  async function fork(entry: Entry, options: ForkOptions): Promise<Launched | null> {
    if (typeof entry.state === 'string') return null
    const { template, launched } = entry.state
    try {
      const port = FIRST_PORT + (ports++ % PORTS)
      return await launchFork({ ...options, template, port, hasSecrets: true })
    } catch (error) {
      // Its template has run author code, so it may do anything, except for keeping others from their workers.
      options.ground.log.warn(
        { worker: entry.spec.key, reason: (error as Error).message },
        'version is not forked any more',
      )
      entry.state = 'not forked'
      killGroup(launched.child)
      return null
    }
  }

  async function load(entry: Entry, environment: Environment, options: ForkOptions): Promise<void> {
    const { limits, log } = options.ground
    const worker = entry.spec.key
    entry.state = 'loading'
    try {
      const launched = await launchFork({ ...options, template: environment.template, port: RELAY_PORT, filter })
      for (const stream of [launched.output.stdout, launched.output.stderr]) stream.resume()
      launched.child.once('close', () => void launched.release())
      const template = await loadVersion(launched, environment.arrivals, limits.loadTimeoutMs)
      entry.state = { template, launched }
      if ([...entries.values()].includes(entry)) log.debug({ worker }, 'version can be forked')
      else end(entry)
    } catch (error) {
      entry.state = 'not forked'
      log.info({ worker, reason: (error as Error).message }, 'version is not forked')
    }
  }

  function end({ state }: Entry): void {
    if (typeof state === 'string') return
    state.template.gone()
    killGroup(state.launched.child)
  }

  function recycle(filter: RecycleFilter): void {
    for (const [name, entry] of entries) {
      if (!matches(filter, entry.spec.key)) continue
      entries.delete(name)
      end(entry)
    }
  }

  return { launch, recycle }
}
