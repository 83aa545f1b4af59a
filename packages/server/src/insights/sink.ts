/** Where events go: the seam between collecting them and each kind of place that takes them. */
import type { Database } from '../db/schema.ts'
import type { InsightEvent } from './event.ts'
import { insertInsights } from './queries.ts'

export interface InsightSink {
  /**
   * Resolves when the sink has all of them. When it rejects, the same events are sent again, so one may arrive twice: its
   * request id tells.
   */
  send(events: readonly InsightEvent[]): Promise<void>
}

/** Keeps them in the server's own database, each once. */
export function createLocalSink(db: Database): InsightSink {
  return {
    send: (events) =>
      insertInsights(
        db,
        events.map(({ requestId, algorithmId, ownerId, endedAt, text }) => ({
          request_id: requestId,
          algorithm_id: algorithmId,
          owner_id: ownerId,
          time: endedAt,
          event: text,
        })),
      ),
  }
}
