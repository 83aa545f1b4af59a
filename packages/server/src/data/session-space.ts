/**
 * `data://.session`: one collection for a root call and all calls below it, from its start to its end (rest-api.md 5.2).
 * It gets a row when something is first put into it.
 */
import type { Runner } from '@algorist/runner/types.ts'

export interface SessionSpaces {
  isOpen(sessionId: string): boolean
  /** Tells that there is something to delete at the end. */
  noteCollection(sessionId: string, collection: SessionCollection): void
  /** The same runner; its root calls have a session space while they run. */
  around(runner: Runner): Runner
}

interface SessionCollection {
  readonly id: string
  readonly owner_id: string
}

/** @param onEnd deletes what was put; must not reject */
export function createSessionSpaces(onEnd: (collection: SessionCollection) => void): SessionSpaces {
  const open = new Map<string, SessionCollection | undefined>()

  function end(sessionId: string): void {
    const collection = open.get(sessionId)
    open.delete(sessionId)
    if (collection) onEnd(collection)
  }

  return {
    isOpen: (sessionId) => open.has(sessionId),
    noteCollection(sessionId, collection) {
      if (open.has(sessionId)) open.set(sessionId, collection)
      else onEnd(collection)
    },
    around: (runner) => ({
      ...runner,
      async call(request) {
        const { depth, sessionId } = request.identity
        if (depth > 0) return runner.call(request)
        open.set(sessionId, undefined)
        try {
          return await runner.call(request)
        } finally {
          end(sessionId)
        }
      },
    }),
  }
}
