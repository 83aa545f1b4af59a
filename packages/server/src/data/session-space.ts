/**
 * `data://.session`: one collection for a root call and all calls below it, from its start to its end (rest-api.md 5.2).
 * It gets a row when something is first put into it.
 */
import type { CallIdentity, Runner } from '@algorist/runner/types.ts'
import { createBag } from '../bag.ts'

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
  // Few run at a time and fewer are asked for, so a search is cheaper than to hash the name of each.
  const open = createBag<CallIdentity>()
  const collections = new Map<string, SessionCollection>()

  function isOpen(sessionId: string): boolean {
    return open.some((root) => root.sessionId === sessionId)
  }

  function end(root: CallIdentity): void {
    if (collections.size === 0) return
    const collection = collections.get(root.sessionId)
    collections.delete(root.sessionId)
    if (collection) onEnd(collection)
  }

  return {
    isOpen,
    noteCollection(sessionId, collection) {
      if (isOpen(sessionId)) collections.set(sessionId, collection)
      else onEnd(collection)
    },
    around: (runner) => ({
      ...runner,
      async call(request) {
        const { identity } = request
        if (identity.depth > 0) return runner.call(request)
        const place = open.add(identity)
        try {
          return await runner.call(request)
        } finally {
          open.remove(place)
          end(identity)
        }
      },
    }),
  }
}
