/**
 * The templates of environments (decision 0044): one per account and language, started for its first worker. Owns how many
 * there are and how long they live. One with forks is never ended, since they end with it.
 */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Language } from '../languages.ts'
import { commonEnvironment, hostUid } from '../launch.ts'
import { languageMounts } from '../runtime-files.ts'
import { HIDDEN } from '../sandbox/bubblewrap.ts'
import type { Namespaces } from '../sandbox/network/networks.ts'
import type { Bind, SandboxSpec } from '../sandbox/sandbox.ts'
import type { NetworkAccess, TemplateStats, WorkerSpec } from '../types.ts'
import type { ZygotesOptions } from '../zygote.ts'
import { createStartAhead, holdAhead } from './ahead.ts'
import { sparesOf, type TemplateCounts } from './counts.ts'
import { type Environment, startEnvironment } from './environment.ts'
import { mostProcesses } from './host-pids.ts'

/** Mount points of the template's forks. */
const MOUNT_POINT_BYTES = 4096
/** A template that did not start is tried again after so long. */
const RETRY_MS = 30_000
/** Where the program is whose forks start others. Nobody sees it any more once they have moved in. */
const FORKING = '/tmp/forking'
const FORKING_LANGUAGE = 'python3'

/** What is known of a worker before there is one. */
export interface Wanted {
  readonly accountId: string
  readonly hostUid: number
  readonly network: NetworkAccess
}

export interface Environments {
  /**
   * Runs `use` with the template that this worker is to be forked from. Null when there is none and none may start, and
   * while it starts: a worker that starts by itself is as fast, and the template is for those who come later.
   */
  with<Result>(
    spec: WorkerSpec,
    language: Language,
    use: (environment: Environment) => Promise<Result>,
  ): Promise<Result | null>
  /** Starts the template of an account and language that has none, where no other has to end for it. */
  prepare(wanted: Wanted, language: Language): void
  /** Ends those that have had no fork since then, a time as `performance.now()` gives it. */
  endUnused(sinceMs: number): void
  counts(): TemplateCounts & Pick<TemplateStats, 'readyRuntimes' | 'runtimeBytes'>
  close(): Promise<void>
}

interface Entry {
  readonly starting: Promise<Environment | null>
  readonly startedAtMs: number
  readonly isAhead: boolean
  /** The networks that its workers have. */
  readonly networks: Set<NetworkAccess>
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
  const closing = new AbortController()
  const { limits } = ground

  function entryFor(wanted: Wanted, language: Language): Entry | null {
    const name = `${wanted.accountId} ${language.id}`
    const known = entries.get(name)
    if (known !== undefined && isGood(known)) return known
    if (known !== undefined) remove(name, known)
    if (isClosed || !makeRoom()) return null
    return enter(name, wanted, language, limits.headStartMs)
  }

  function enter(name: string, { hostUid, network }: Wanted, language: Language, waitMs: number): Entry {
    const starting = start(hostUid, language, waitMs)
    const nowMs = performance.now()
    const entry: Entry = {
      // One that starts is not idle, however long that takes.
      ...{ starting, startedAtMs: nowMs, environment: null, users: 0, usedAtMs: Number.POSITIVE_INFINITY },
      ...{ isAhead: language.ahead !== null, networks: new Set([network]) },
    }
    void starting.then((environment) => {
      entry.environment = environment
      entry.usedAtMs = performance.now()
      for (const network of entry.networks) environment?.supplies[network].fill()
    })
    entries.set(name, entry)
    return entry
  }

  function isGood({ environment, startedAtMs, users }: Entry): boolean {
    if (environment !== null) return !environment.template.isGone()
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

  /** One that still starts ends as soon as it has started. */
  function remove(name: string, { starting }: Entry): void {
    entries.delete(name)
    const ended = starting
      .then((environment) => environment?.close())
      .catch((error: Error) => ground.log.warn({ reason: error.message }, 'a template left something behind'))
      .finally(() => ending.delete(ended))
    ending.add(ended)
  }

  async function start(account: number, language: Language, waitMs: number): Promise<Environment | null> {
    const { sandbox, folders, log, pressure, groups } = ground
    const { ahead } = language
    await delay(waitMs, undefined, { signal: closing.signal, ref: false }).catch(() => {})
    if (isClosed) return null
    const uid = hostUid(ground, account)
    const folder = join(folders.run, `${folders.prefix}z${(made++).toString(36)}`)
    try {
      // The first build of a language asks for its template before it makes the language's copy.
      await ground.files.prepare(language)
      return await startEnvironment({
        ...{ sandbox, folder, uid, log },
        spec: templateSpec(ground, language, { uid, folder }),
        connect: ({ pid, outer }) => ground.networks.attach('full', uid, namespacesOf(pid, outer)),
        supply: {
          mayKeep: () => !pressure.isShort(),
          ...(ahead === null
            ? { size: limits.readyForks, ...holdAhead({ groups, limits: limits.worker, uid }) }
            : {
                size: limits.readyRuntimes,
                startAhead: createStartAhead({ groups, limits: limits.worker, uid, language, command: ahead }),
              }),
        },
      })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.warn({ language: language.id, reason }, 'workers are not forked: no template')
      return null
    }
  }

  function endUnused(sinceMs: number): void {
    const all = unused()
    const names = new Set(all.map(([name]) => name))
    for (const [name, entry] of entries) if (!names.has(name)) entry.usedAtMs = performance.now()
    for (const [name, entry] of all) if (entry.usedAtMs <= sinceMs) remove(name, entry)
    for (const { isAhead, environment } of entries.values()) {
      // They take the memory of a worker each, so they go where idle workers would.
      if (isAhead && environment !== null) dropUnused(environment, sinceMs)
    }
  }

  return {
    async with(spec, language, use) {
      const { hostUid, network } = spec
      const entry = entryFor({ accountId: spec.key.accountId, hostUid, network }, language)
      if (entry === null) return null
      entry.networks.add(spec.network)
      if (entry.environment === null && (entry.isAhead || limits.headStartMs > 0)) return null
      entry.users++
      try {
        const environment = await entry.starting
        return environment === null ? null : await use(environment)
      } finally {
        entry.users--
        entry.usedAtMs = performance.now()
      }
    },
    prepare(wanted, language) {
      const name = `${wanted.accountId} ${language.id}`
      if (!isClosed && !entries.has(name) && entries.size < limits.environmentTemplates)
        enter(name, wanted, language, 0)
    },
    endUnused,
    counts() {
      const running = [...entries.values()].flatMap(({ environment }) => environment ?? [])
      const ahead = [...entries.values()].flatMap(({ environment, isAhead }) =>
        isAhead ? Object.values(environment?.supplies ?? {}) : [],
      )
      return {
        readyRuntimes: sparesOf(ahead),
        runtimeBytes: ahead.reduce((sum, supply) => sum + supply.programBytes(), 0),
        templates: running.length,
        readyForks: running.reduce((sum, { supplies }) => sum + sparesOf(Object.values(supplies)), 0),
        memoryBytes: running.reduce((sum, { group }) => sum + group.memoryBytes(), 0),
      }
    },
    async close() {
      isClosed = true
      closing.abort()
      for (const each of entries) remove(...each)
      await Promise.all(ending)
    },
  }
}

/** One that has not started or has ended has none. */
function hasNoWorker(environment: Environment | null): boolean {
  return environment === null || !environment.template.isInUse()
}

function dropUnused({ supplies }: Environment, sinceMs: number): void {
  for (const supply of Object.values(supplies)) if (supply.takenAtMs() <= sinceMs) supply.drop()
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
  const forking: Bind[] =
    language.zygote === null
      ? [{ source: join(files.languages.get(FORKING_LANGUAGE) ?? '', 'bridge'), target: FORKING }]
      : []
  const runtimes = ['/usr/bin/python3', '-s', '-B', `${FORKING}/runtimes.py`]
  return {
    purpose: 'template',
    isTemplate: true,
    binds: [
      ...languageMounts(files, language),
      ...forking,
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
    command: [...(language.zygote ?? runtimes), ...HIDDEN],
    stdin: 'null',
    socket: true,
    // Never lower than a fork's: limits of processes can only go down.
    limits: { ...limits.worker, processes: mostProcesses() },
  }
}
