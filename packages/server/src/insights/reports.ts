/** What running calls have reported so far, in memory until they end. */
import type { CallIdentity } from '@algorist/runner/types.ts'
import { type Metrics, mergeMetrics, type SentMetric } from './metrics.ts'

export interface Reports {
  /** Adds to what the call has reported, all of it or nothing. @throws ApiError InputValidationError */
  add(call: Pick<CallIdentity, 'requestId' | 'deadlineAtMs'>, sent: readonly SentMetric[]): void
  /** What the call reported, which is forgotten. */
  take(requestId: string): Metrics | undefined
  /** Forgets calls whose end nobody told of: those that were refused after a worker had loaded for them. */
  sweep(nowMs: number): void
}

interface Report {
  readonly metrics: Metrics
  readonly deadlineAtMs: number
}

/** A call ends at its deadline, or a moment later. */
const GRACE_MS = 60_000
/** Far more than calls can run; with the limits of one call it bounds the memory. */
const MAX_CALLS = 10_000

export function createReports(): Reports {
  const reports = new Map<string, Report>()
  return {
    add({ requestId, deadlineAtMs }, sent) {
      const metrics = mergeMetrics(reports.get(requestId)?.metrics, sent)
      if (metrics.size === 0 || (reports.size >= MAX_CALLS && !reports.has(requestId))) return
      reports.set(requestId, { metrics, deadlineAtMs })
    },
    take(requestId) {
      const report = reports.get(requestId)
      if (report !== undefined) reports.delete(requestId)
      return report?.metrics
    },
    sweep(nowMs) {
      for (const [requestId, { deadlineAtMs }] of reports) {
        if (deadlineAtMs + GRACE_MS < nowMs) reports.delete(requestId)
      }
    },
  }
}
