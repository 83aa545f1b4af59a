/**
 * What a call leaves to tell, for the call log, usage and insights. One place sees every call, however it came and however
 * it ended: the runner's door.
 */
import type { CallOutcome, CallRequest, Runner, WorkerKey } from '@algorist/runner/types.ts'
import type { Catalog, CatalogEntry } from '../algorithms/catalog.ts'

export interface CallTrace {
  /** Who asked for what; its body is not to be kept. */
  readonly request: CallRequest
  /** Calls that were refused never ran and leave no trace. */
  readonly outcome: Exclude<CallOutcome, { kind: 'refused' }>
  /** Such as 1.2.0, or the commit of an unpublished build. */
  readonly version: string
  /** True when the version has insights enabled. */
  readonly hasInsights: boolean
  readonly endedAt: Date
}

/** Is called between a call's end and its reply: it must neither wait nor throw. */
export type TraceReceiver = (trace: CallTrace) => void

/** The same runner; everybody in the list hears of every call that ran. */
export function tracing(runner: Runner, catalog: Pick<Catalog, 'byId'>, receivers: readonly TraceReceiver[]): Runner {
  return {
    ...runner,
    async call(request) {
      const outcome = await runner.call(request)
      if (outcome.kind !== 'refused') {
        const trace = { request, outcome, endedAt: new Date(), ...whatRan(catalog, request.worker.key) }
        for (const receive of receivers) receive(trace)
      }
      return outcome
    },
  }
}

/** What there is to know of the build that a call ran. */
export type Ran = Pick<CallTrace, 'version' | 'hasInsights'>

/** By build id. An entry is never changed, so what was found for it holds as long as it does. */
const known = new WeakMap<CatalogEntry, Map<string, Ran>>()

/** One look-up, for a build that ran before. */
export function whatRan(catalog: Pick<Catalog, 'byId'>, { algorithmId, buildId }: WorkerKey): Ran {
  const algorithm = catalog.byId(algorithmId)
  if (!algorithm) return { version: buildId, hasInsights: false }
  const ofAlgorithm = known.get(algorithm) ?? new Map<string, Ran>()
  known.set(algorithm, ofAlgorithm)
  const ran = ofAlgorithm.get(buildId) ?? find(algorithm, buildId)
  ofAlgorithm.set(buildId, ran)
  return ran
}

function find({ versions, builds, settings }: CatalogEntry, buildId: string): Ran {
  const published = versions.find((version) => version.buildId === buildId)
  if (published) {
    const { major, minor, revision, insightsEnabled } = published
    return { version: `${major}.${minor}.${revision}`, hasInsights: insightsEnabled }
  }
  for (const [commit, build] of builds) {
    if (build.buildId === buildId) return { version: commit, hasInsights: settings.insightsEnabled }
  }
  return { version: buildId, hasInsights: false }
}
