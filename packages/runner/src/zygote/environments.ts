/**
 * The templates of environments (decision 0044): one per account and language, started for its first worker. Owns how many
 * there are and how long they live. One with forks is never ended, since they end with it.
 */
import { join } from 'node:path'
import type { Language } from '../languages.ts'
import { commonEnvironment, hostUid, RELAY_PORT } from '../launch.ts'
import { HIDDEN } from '../sandbox/bubblewrap.ts'
import type { Namespaces } from '../sandbox/network/networks.ts'
import type { SandboxSpec } from '../sandbox/sandbox.ts'
import type { WorkerSpec } from '../types.ts'
import type { ZygotesOptions } from '../zygote.ts'
import { type Environment, startEnvironment } from './environment.ts'
import { mostProcesses } from './host-pids.ts'
import { isUnused, sparesOf, type TemplateCounts } from './unused.ts'

/** Mount points of the template's forks. */
const MOUNT_POINT_BYTES = 4096
/** A template that did not start is tried again after so long. */
const RETRY_MS = 30_000

export interface Environments {
  /** Runs `use` with the template that this worker is to be forked from; null when there is none, and none may start. */
  with<Result>(
    spec: WorkerSpec,
    language: Language,
    use: (environment: Environment) => Promise<Result>,
  ): Promise<Result | null>
  /** Ends those that have had no fork since then, a time as `performance.now()` gives it. */
  endUnused(sinceMs: number): void
  counts(): TemplateCounts
  close(): Promise<void>
}

interface Entry {
  readonly starting: Promise<Environment | null>
  readonly startedAtMs: number
  /** Null until it runs, and when it could not be started. */
  environment: Environment | null
  /** Launches that are using it. */
  users: number
  usedAtMs: number
}

export function createEnvironments(ground: ZygotesOptions): Environments {
  const entries = new Map<string, Entry>()
  const ending = new Set<Promise<void>>()
  let made = 0
  let isClosed = false

  function entryFor(spec: WorkerSpec, language: Language): Entry | null {
    const name = `${spec.key.accountId} ${language.id}`
    const known = entries.get(name)
    if (known !== undefined && isGood(known)) return known
    if (known !== undefined) remove(name, known)
    if (isClosed || !makeRoom()) return null
    const starting = start(spec, language)
    const nowMs = performance.now()
    const entry: Entry = { starting, startedAtMs: nowMs, environment: null, users: 0, usedAtMs: nowMs }
    void starting.then((environment) => {
      entry.environment = environment
    })
    entries.set(name, entry)
    return entry
  }

  function isGood({ environment, startedAtMs, users }: Entry): boolean {
    if (environment !== null) return !environment.template.isGone
    return users > 0 || performance.now() - startedAtMs < RETRY_MS
  }

  /** Ends the one that was used least recently when there are as many as there may be. */
  function makeRoom(): boolean {
    if (entries.size < ground.limits.environmentTemplates) return true
    const [oldest] = unused().sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs)
    if (oldest === undefined) return false
    remove(...oldest)
    return true
  }

  const unused = () => [...entries].filter(([, { users, environment }]) => users === 0 && hasNoWorker(environment))

  function remove(name: string, { environment }: Entry): void {
    entries.delete(name)
    if (environment !== null) void end(environment)
  }

  function end(environment: Environment): Promise<void> {
    const ended = environment
      .close()
      .catch((error: Error) => ground.log.warn({ reason: error.message }, 'a template left something behind'))
      .finally(() => ending.delete(ended))
    ending.add(ended)
    return ended
  }

  function start(spec: WorkerSpec, language: Language): Promise<Environment | null> {
    const { sandbox, folders, log, limits, pressure } = ground
    const uid = hostUid(ground, spec.hostUid)
    const folder = join(folders.run, `${folders.prefix}z${(made++).toString(36)}`)
    return startEnvironment({
      ...{ sandbox, folder, uid, log },
      spec: templateSpec(ground, language, { uid, folder }),
      connect: ({ pid, outer }) => ground.networks.attach('full', uid, namespacesOf(pid, outer)),
      supply: { size: limits.readyForks, nextPort: () => RELAY_PORT, mayKeep: () => !pressure.isShort() },
    }).catch((error: Error) => {
      log.warn({ language: language.id, reason: error.message }, 'workers are not forked: no template')
      return null
    })
  }

  function endUnused(sinceMs: number): void {
    const all = unused()
    const names = new Set(all.map(([name]) => name))
    for (const [name, entry] of entries) if (!names.has(name)) entry.usedAtMs = performance.now()
    for (const [name, entry] of all) if (entry.usedAtMs <= sinceMs) remove(name, entry)
  }

  return {
    async with(spec, language, use) {
      const entry = entryFor(spec, language)
      if (entry === null) return null
      entry.users++
      try {
        const environment = await entry.starting
        return environment === null ? null : await use(environment)
      } finally {
        entry.users--
        entry.usedAtMs = performance.now()
      }
    },
    endUnused,
    counts() {
      const running = [...entries.values()].flatMap(({ environment }) => environment ?? [])
      return {
        templates: running.length,
        readyForks: running.reduce((sum, { supplies }) => sum + sparesOf(Object.values(supplies)), 0),
        memoryBytes: running.reduce((sum, { group }) => sum + group.memoryBytes(), 0),
      }
    },
    async close() {
      isClosed = true
      const all = await Promise.all([...entries.values()].map(({ starting }) => starting))
      for (const environment of all) if (environment !== null) void end(environment)
      await Promise.all(ending)
    },
  }
}

/** One that has not started or has ended has none. */
function hasNoWorker(environment: Environment | null): boolean {
  return environment === null || isUnused(environment.template, Object.values(environment.supplies))
}

/** Where a fork's network is, and the user namespace that it belongs to. */
function namespacesOf(pid: number, outer: number | null): Namespaces {
  return { user: `/proc/${pid}/fd/${outer}`, network: `/proc/${pid}/ns/net` }
}

function templateSpec(
  { limits, folders, files }: ZygotesOptions,
  language: Language,
  { uid, folder }: { readonly uid: number | null; readonly folder: string },
): Omit<SandboxSpec, 'output'> {
  return {
    purpose: 'template',
    isTemplate: true,
    binds: [
      { source: join(files.languages.get(language.id) ?? '', 'bridge'), target: '/opt/bridge' },
      { source: folders.artifacts, target: '/tmp/artifacts' },
      { source: folder, target: '/tmp/zygote', writable: true },
      // Its own network leads nowhere; forks that have none are not shown it.
      { source: join(files.etc, 'resolv.conf'), target: '/etc/resolv.conf' },
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
