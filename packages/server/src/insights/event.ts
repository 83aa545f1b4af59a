/** The event of one call: a flat JSON object, of exactly these members and the call's own metrics (platform.md 5.1). */
import type { CallTrace } from '../calls/trace.ts'
import type { Metrics } from './metrics.ts'

export interface InsightEvent {
  readonly requestId: string
  readonly algorithmId: string
  /** Account that owns the algorithm. */
  readonly ownerId: string
  /** When the call ended, ISO 8601 in UTC. */
  readonly endedAt: string
  /** The event as it is on the wire. */
  readonly text: string
}

/** One event per call, with metrics and without. */
export function eventOf(trace: CallTrace, metrics: Metrics | undefined): InsightEvent {
  const { identity, worker, requestId } = trace.request
  const endedAt = trace.endedAt.toISOString()
  const own = JSON.stringify({
    request_id: requestId,
    session_id: identity.sessionId.replace(/^req-/, 'rses-'),
    time: `${endedAt.slice(0, -1)}000`,
    duration_milliseconds: Math.round(trace.outcome.timing.runMs),
    algorithm_owner: worker.algorithm.owner,
    algorithm_name: worker.algorithm.name,
    algorithm_version: trace.version,
  })
  const { algorithmId, algorithmOwnerId: ownerId } = identity
  return { requestId, algorithmId, ownerId, endedAt, text: metrics === undefined ? own : before(metrics, own) }
}

/** As text, since a metric may have any name, `__proto__` too. */
function before(metrics: Metrics, own: string): string {
  const members = [...metrics].map(([name, value]) => `${JSON.stringify(name)}:${value}`)
  return `{${members.join(',')},${own.slice(1)}`
}
