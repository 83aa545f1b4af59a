/** What became of former workers, so that whoever waits for the start of a new one can be told why there is none. */
import type { StartCause, WorkerSpec } from './types.ts'

/** How the last worker ended, as far as the next start is due to it. */
export type LastEnd = Extract<StartCause, 'evicted' | 'recycled' | 'crashed'>

export interface StartHistory {
  /** Why a worker of this version and caller is started now. */
  causeOf(spec: WorkerSpec, hasOthers: boolean): StartCause
  /** A worker of it ended, or is to end after its call. */
  noteEnd(spec: WorkerSpec, how: LastEnd): void
}

/** By algorithm and caller: what was started of it. A kilobyte each at most. */
const MOST_KNOWN = 10_000
const MOST_BUILDS = 8

export function createStartHistory(): StartHistory {
  /** Longest unused first, as are the builds; null: none has ended. */
  const known = new Map<string, Map<string, LastEnd | null>>()

  function causeOf(spec: WorkerSpec, hasOthers: boolean): StartCause {
    const builds = known.get(callerOf(spec)) ?? new Map<string, LastEnd | null>()
    const cause = hasOthers ? 'scaled' : whyNone(spec, builds)
    touch(builds, buildOf(spec), builds.get(buildOf(spec)) ?? null, MOST_BUILDS)
    touch(known, callerOf(spec), builds, MOST_KNOWN)
    return cause
  }

  function noteEnd(spec: WorkerSpec, how: LastEnd): void {
    const builds = known.get(callerOf(spec))
    if (builds?.has(buildOf(spec))) builds.set(buildOf(spec), how)
  }

  return { causeOf, noteEnd }
}

function whyNone(spec: WorkerSpec, builds: ReadonlyMap<string, LastEnd | null>): StartCause {
  const lastEnd = builds.get(buildOf(spec))
  if (lastEnd !== undefined) return lastEnd ?? 'first'
  if (builds.size === 0) return 'first'
  // The same build with another network or other limits: its settings changed.
  const isSameBuild = [...builds.keys()].some((each) => each.startsWith(`${spec.key.buildId} `))
  return isSameBuild ? 'recycled' : 'deployed'
}

const callerOf = ({ key }: WorkerSpec) => `${key.accountId} ${key.algorithmId} ${key.rights}`

const buildOf = ({ key, network, limits }: WorkerSpec) => `${key.buildId} ${network} ${JSON.stringify(limits) ?? ''}`

/** Makes it the last, and keeps so many. */
function touch<Value>(map: Map<string, Value>, name: string, value: Value, most: number): void {
  map.delete(name)
  map.set(name, value)
  const [eldest] = map.keys()
  if (map.size > most && eldest !== undefined) map.delete(eldest)
}
