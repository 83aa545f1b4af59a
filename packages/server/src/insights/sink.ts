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

/**
 * Keeps them in the server's own database, each once.
 * @param hasDiskRoom while it is false events are dropped, since calls need the rest of the disk
 */
export function createLocalSink(db: Database, hasDiskRoom: () => boolean = () => true): InsightSink {
  return {
    async send(events) {
      if (!hasDiskRoom()) return
      await insertInsights(
        db,
        events.map(({ requestId, algorithmId, ownerId, endedAt, text }) => ({
          request_id: requestId,
          algorithm_id: algorithmId,
          owner_id: ownerId,
          time: endedAt,
          event: text,
        })),
      )
    },
  }
}
