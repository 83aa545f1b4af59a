/**
 * Programs that are started ahead (decision 0072), for languages whose processes cannot be forked once they run: a fork of
 * our template has started the language's bridge in its own namespaces, and it waits there for an algorithm. It is held to a
 * worker's limits, in a group of its own, from its first instruction on. Forks that wait to be Python workers have that group
 * as well (decision 0074).
 */
import type { Language } from '../languages.ts'
import { commonEnvironment } from '../launch.ts'
import type { WorkerLimits } from '../limits.ts'
import { accountOf, type ProcessGroup, type ProcessGroups } from '../sandbox/groups/groups.ts'
import type { Network } from '../sandbox/network/networks.ts'
import type { WorkerSpec } from '../types.ts'
import type { Secrets } from '../worker-secrets.ts'
import { childrenOf } from './host-pids.ts'
import { processLimits } from './process-limits.ts'
import type { Prepared, Template } from './template.ts'

export interface HoldOptions {
  readonly groups: ProcessGroups
  readonly limits: WorkerLimits
  /** Host uid of the forks, or null for the server's own. */
  readonly uid: number | null
}

export interface AheadOptions extends HoldOptions {
  readonly language: Language
  readonly command: readonly string[]
}

/** Does with a fork that nobody has asked for what can be done then; returns the group that it is in. */
export type StartAhead = (template: Template, fork: Prepared, network: Network | null) => Promise<ProcessGroup>

/** Starts the language's program in forks that have nothing yet. */
export function createStartAhead({ language, command, ...options }: AheadOptions): StartAhead {
  return async (template, fork, network) => {
    const group = await hold(options, fork, network)
    const { limits } = options
    template.start(fork, { command, env: commonEnvironment(language), limits: processLimits(limits, group) })
    return group
  }
}

/**
 * Puts forks into the groups that they will have as workers: moving a process may take the kernel 10 ms, more than all the
 * rest. Undefined where groups are none of the kernel's: that takes no time there, and who waits would be watched for nothing.
 */
export function holdAhead(options: HoldOptions): { startAhead?: StartAhead } {
  if (options.groups.kind === 'watch') return {}
  return { startAhead: (_, fork, network) => hold(options, fork, network) }
}

async function hold({ groups, limits, uid }: HoldOptions, fork: Prepared, network: Network | null) {
  const group = releasedOnce(groups.open(limits, 'worker', accountOf(uid, 'worker')))
  try {
    await admitFork(group, fork, network)
    // What it has started already is its worker, which waits as well.
    for (const pid of childrenOf(fork.pid)) await group.admit(pid)
    return group
  } catch (error) {
    group.release()
    throw error
  }
}

/** Nothing that is counted has run yet. */
export async function admitFork(group: ProcessGroup, fork: Prepared, network: Network | null): Promise<void> {
  for (const pid of [...(network?.processes ?? []), fork.pid]) await group.admit(pid)
}

/** A fork may end while it is taken, and then both sides release what it had. */
function releasedOnce(group: ProcessGroup): ProcessGroup {
  let isReleased = false
  return {
    ...group,
    release() {
      if (!isReleased) group.release()
      isReleased = true
    },
  }
}

/** The same group for whom it is now: what was used before is left out of its processor time. */
export function countedFromNow(group: ProcessGroup): ProcessGroup {
  const before = group.processorMicroseconds() ?? 0
  return {
    ...group,
    usage() {
      const usage = group.usage()
      return { ...usage, cpuMicroseconds: Math.max(0, usage.cpuMicroseconds - before) }
    },
    processorMicroseconds() {
      const used = group.processorMicroseconds()
      return used === null ? null : used - before
    },
  }
}

/**
 * Whether a worker may be a program that was started ahead: its limits are those that all are started with.
 * What it may use is decided before a program starts, so that it never has had more.
 */
export function hasUsualLimits({ limits = {} }: WorkerSpec, usual: WorkerLimits): boolean {
  return Object.entries(limits).every(([name, value]) => {
    const most = (usual as unknown as Record<string, unknown>)[name]
    return typeof value !== 'number' || value <= 0 || typeof most !== 'number' || value >= most
  })
}

/** Variables that a program or its libraries read when they start: to who waits already they would come too late. */
const READ_AT_START = /^(NODE|UV|V8|LD|SSL|OPENSSL|MALLOC|GLIBC|ICU|LC|NLS)_|^(TZ|LANG|LANGUAGE|LOCPATH)$/

export function comesTooLate(secrets: Secrets): boolean {
  return Object.keys(secrets).some((name) => READ_AT_START.test(name))
}
