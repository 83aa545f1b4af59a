/**
 * The templates of versions (decision 0044): one per pool of workers, loaded when a second worker is wanted of
 * what takes much memory. Owns their life; nobody waits for one, and one that fails costs nobody a worker.
 */
import type { Launched } from '../launch.ts'
import { workerLimits } from '../limits.ts'
import { matches, poolKeyOf } from '../pools.ts'
import { killGroup } from '../sandbox/sandbox.ts'
import { seccompFilter } from '../sandbox/seccomp/filter.ts'
import type { IdentityOfWorker, RecycleFilter, WorkerSpec } from '../types.ts'
import type { ZygotesOptions } from '../zygote.ts'
import { holdAhead } from './ahead.ts'
import type { TemplateCounts } from './counts.ts'
import type { Environment } from './environment.ts'
import { FORK_NAMESPACES } from './fork-namespaces.ts'
import { type ForkOptions as AllForkOptions, launchFork } from './launch-fork.ts'
import { createSupply, type Supply } from './supply.ts'
import type { Template } from './template.ts'
import { loadVersion } from './version.ts'

/** What has not ended after so long is not waited for. */
const SETTLE_MS = 2000
/** How long it is remembered that a version has one worker, or cannot be forked. */
const REMEMBERED_MS = 3_600_000

export type ForkOptions = Omit<AllForkOptions, 'template' | 'supply' | 'filter' | 'hasSecrets'>

export interface Versions {
  /** A fork of the version's template, or null while there is none. Never rejects. */
  launch(environment: Environment, options: ForkOptions): Promise<Launched | null>
  /** A worker has loaded, and takes so much memory. */
  loaded(spec: WorkerSpec, bytes: number): void
  /** Forks no more from templates that match: what they have loaded is no longer right. They end with their last fork. */
  recycle(filter: RecycleFilter): void
  /** Ends those that have had no fork since then, a time as `performance.now()` gives it. */
  endUnused(sinceMs: number): void
  counts(): TemplateCounts
  /** Resolves when what templates used is told; the templates have ended. */
  settled(): Promise<void>
}

interface Loaded {
  readonly template: Template
  readonly supply: Supply
  readonly launched: Launched
}

/** What a template is loaded with: by the fork and for the call of a worker that starts. */
interface Wanted {
  readonly environment: Environment
  readonly options: ForkOptions
}

interface Entry {
  readonly spec: WorkerSpec
  state: 'not loaded' | 'loading' | 'not forked' | Loaded
  /** Of its workers; 0 until one has loaded. */
  workerBytes: number
  /** Set by the second worker. */
  wanted: Wanted | null
  usedAtMs: number
}

/** `hasMemoryGroup` is what the system-call filter depends on. */
export function createVersions({ limits, log, pressure, onUnclaimedUsage, ...ground }: ZygotesOptions): Versions {
  const entries = new Map<string, Entry>()
  /** No longer forked from; some of their forks run. */
  const retired = new Set<Loaded>()
  const releases = new Set<Promise<void>>()
  const hasMemoryGroup = ground.groups.kind === 'cgroup1' || ground.groups.kind === 'cgroup2'
  const filter = seccompFilter({ hasMemoryGroup, unshares: FORK_NAMESPACES })

  async function launch(environment: Environment, options: ForkOptions): Promise<Launched | null> {
    const name = poolKeyOf(options.spec)
    const known = entries.get(name)
    if (known === undefined) {
      const usedAtMs = performance.now()
      entries.set(name, { spec: options.spec, state: 'not loaded', workerBytes: 0, wanted: null, usedAtMs })
      return null
    }
    known.usedAtMs = performance.now()
    if (isLoaded(known) && !known.state.template.isGone()) return fork(known, known.state, options)
    if (isLoaded(known)) forget(known)
    known.wanted = { environment, options: { ...options, identity: atFirst(options.identity) } }
    loadIfWorthIt(known)
    return null
  }

  function loaded(spec: WorkerSpec, bytes: number): void {
    const entry = entries.get(poolKeyOf(spec))
    if (entry === undefined) return
    entry.workerBytes = Math.max(entry.workerBytes, bytes)
    loadIfWorthIt(entry)
  }

  function loadIfWorthIt(entry: Entry): void {
    const { state, wanted, workerBytes } = entry
    if (state !== 'not loaded' || wanted === null || wanted.environment.template.isGone()) return
    if (workerBytes === 0 || workerBytes < limits.sharedMemoryBytes) return
    // The worker that starts beside it takes as much.
    if (pressure.isShort() || pressure.roomBytes() < 2 * workerBytes || !makeRoom(entry)) return
    entry.wanted = null
    void load(entry, wanted)
  }

  async function fork(entry: Entry, loaded: Loaded, options: ForkOptions): Promise<Launched | null> {
    const { template, supply } = loaded
    try {
      const launched = await launchFork({ ...options, template, supply, hasSecrets: true })
      launched.child.once('close', () => {
        entry.usedAtMs = performance.now()
        endWhenUnused(loaded)
      })
      return launched
    } catch (error) {
      if (retired.has(loaded)) return null
      // Its template has run author code, so it may do anything, except for keeping others from their workers.
      log.warn({ worker: entry.spec.key, reason: (error as Error).message }, 'version is not forked any more')
      entry.state = 'not forked'
      end(loaded)
      return null
    }
  }

  async function load(entry: Entry, { environment, options }: Wanted): Promise<void> {
    const worker = entry.spec.key
    let isLoading = true
    entry.state = 'loading'
    try {
      const { template: from, supplies } = environment
      const launched = await launchFork({
        ...{ ...options, template: from, supply: supplies[entry.spec.network], filter },
        // What it does later, for instance while it forks, is for no call.
        identity: () => (isLoading ? options.identity() : null),
      })
      for (const stream of [launched.output.stdout, launched.output.stderr]) stream.resume()
      const released = new Promise((closed) => launched.child.once('close', closed))
        .then(() => release(entry, launched))
        .finally(() => releases.delete(released))
      releases.add(released)
      const template = await loadVersion(launched, environment.arrivals, limits.loadTimeoutMs)
      isLoading = false
      const own = workerLimits(limits.worker, entry.spec.limits)
      const supply = createSupply({
        ...{ template, size: limits.readyForks, mayKeep: () => !pressure.isShort() },
        ...holdAhead({ groups: ground.groups, limits: own, uid: options.uid }),
      })
      entry.state = { template, supply, launched }
      if ([...entries.values()].includes(entry)) log.debug({ worker }, 'version can be forked')
      else end(entry.state)
    } catch (error) {
      entry.state = 'not forked'
      log.info({ worker, reason: (error as Error).message }, 'version is not forked')
    }
  }

  /** What author code has used in a template is nobody's call, and its caller's all the same. */
  async function release({ spec }: Entry, { group, release: releaseAll }: Launched): Promise<void> {
    const cpuMicroseconds = group.processorMicroseconds()
    if (cpuMicroseconds !== null) onUnclaimedUsage(spec, { cpuMicroseconds, peakMemoryBytes: group.peakMemoryBytes() })
    await releaseAll().catch(() => {})
  }

  /** Ends the one that was used least recently when there are as many as there may be. */
  function makeRoom(forEntry: Entry): boolean {
    const others = [...entries.values()].filter((entry) => entry !== forEntry)
    const taken = others.filter((entry) => entry.state === 'loading' || isLoaded(entry))
    if (taken.length < limits.versionTemplates) return true
    const [oldest] = taken
      .filter(isLoaded)
      .filter(isIdle)
      .sort((a, b) => a.usedAtMs - b.usedAtMs)
    if (oldest === undefined) return false
    endEntry(oldest)
    return true
  }

  const isIdle = ({ state }: LoadedEntry) => !state.template.isInUse()

  /** The next worker that starts by itself has it loaded again. */
  function endEntry(entry: LoadedEntry): void {
    end(entry.state)
    forget(entry)
  }

  function forget(entry: Entry): void {
    entry.state = 'not loaded'
  }

  function end({ template, supply, launched }: Loaded): void {
    void supply.close()
    template.gone()
    killGroup(launched.child)
  }

  function endWhenUnused(loaded: Loaded): void {
    if (!retired.has(loaded) || loaded.template.isInUse()) return
    retired.delete(loaded)
    end(loaded)
  }

  function recycle(which: RecycleFilter): void {
    for (const [name, entry] of entries) {
      if (!matches(which, entry.spec.key)) continue
      entries.delete(name)
      if (!isLoaded(entry)) continue
      void entry.state.supply.close()
      retired.add(entry.state)
      endWhenUnused(entry.state)
    }
  }

  function endUnused(sinceMs: number): void {
    const nowMs = performance.now()
    // Those whose last fork ended before it was a worker.
    for (const loaded of retired) endWhenUnused(loaded)
    for (const [name, entry] of entries) {
      if (isLoaded(entry) && !isIdle(entry)) entry.usedAtMs = nowMs
      else if (isLoaded(entry) && entry.usedAtMs <= sinceMs) endEntry(entry)
      else if (entry.state !== 'loading' && nowMs - entry.usedAtMs >= REMEMBERED_MS) entries.delete(name)
    }
  }

  function counts(): TemplateCounts {
    const all = [...retired, ...[...entries.values()].filter(isLoaded).map(({ state }) => state)]
    return {
      templates: all.length,
      readyForks: all.reduce((sum, { supply }) => sum + supply.spares(), 0),
      memoryBytes: all.reduce((sum, { launched }) => sum + launched.group.memoryBytes(), 0),
    }
  }

  async function settled(): Promise<void> {
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, SETTLE_MS)
    await Promise.race([Promise.all(releases), late.promise])
    clearTimeout(timer)
  }

  return { launch, loaded, recycle, endUnused, counts, settled }
}

type LoadedEntry = Entry & { readonly state: Loaded }

/** Who it is for now, whatever the worker has become by the time that this is asked. */
function atFirst(identity: IdentityOfWorker): IdentityOfWorker {
  const first = identity()
  return () => first
}

const isLoaded = (entry: Entry): entry is LoadedEntry => typeof entry.state === 'object'
