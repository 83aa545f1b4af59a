/**
 * Insights from report to sink: metrics that running calls report, one event for each call of a version with insights when
 * it ends, whether it reported or failed. Nothing here makes a call wait or fail.
 */
import type { CallIdentity } from '@algorist/runner/types.ts'
import type { Logger } from 'pino'
import type { Catalog } from '../algorithms/catalog.ts'
import { type TraceReceiver, whatRan } from '../calls/trace.ts'
import { eventOf } from './event.ts'
import { mergeMetrics, type SentMetric } from './metrics.ts'
import { createOutbox } from './outbox.ts'
import { createReports } from './reports.ts'
import type { InsightSink } from './sink.ts'

export interface InsightCollector {
  /**
   * Takes what a running call reports; kept only when its version has insights.
   * @throws ApiError InputValidationError as metrics.ts says, whether kept or not
   */
  report(call: CallIdentity | undefined, sent: readonly SentMetric[]): void
  /** Hears of every call that ended. */
  readonly receive: TraceReceiver
  close(): Promise<void>
}

export interface InsightCollectorOptions {
  readonly catalog: Pick<Catalog, 'byId'>
  readonly sink: InsightSink
  readonly log: Logger
}

const SWEEP_MS = 60_000

export function createInsightCollector({ catalog, sink, log }: InsightCollectorOptions): InsightCollector {
  const reports = createReports()
  const outbox = createOutbox({ sink, log })
  const sweeper = setInterval(() => reports.sweep(Date.now()), SWEEP_MS).unref()

  return {
    report(call, sent) {
      if (call !== undefined && hasInsights(call)) reports.add(call, sent)
      // Whoever is told of a mistake learns of it before insights are switched on.
      else mergeMetrics(undefined, sent)
    },
    receive(trace) {
      if (!trace.hasInsights) return
      outbox.add(eventOf(trace, reports.take(trace.request.requestId)))
    },
    async close() {
      clearInterval(sweeper)
      await outbox.close()
    },
  }

  function hasInsights({ algorithmId, buildId }: CallIdentity): boolean {
    return whatRan(catalog, { accountId: '', algorithmId, buildId, rights: '' }).hasInsights
  }
}
