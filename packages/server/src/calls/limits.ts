/**
 * How many calls run at the same time: root calls per account, child calls per session (rest-api.md 1.5). Over a
 * limit the caller is told at once to come back (429).
 */
import { ApiError } from '@algorist/contract/errors.ts'
import type { Caller } from '../caller.ts'
import { createPassingMap, type PassingMap } from '../passing-map.ts'

export interface CallLimits {
  /** Takes a place for the call or throws TooManyRequests; `release` gives it back, once. */
  enter(caller: Exclude<Caller, { kind: 'anonymous' | 'admin' }>, requestId: string): () => void
}

export interface CallLimitOptions {
  readonly sessionsPerAccount: number
  readonly childrenPerSession: number
}

const retryAfterSeconds = '1'

interface Count {
  running: number
}

export function createCallLimits({ sessionsPerAccount, childrenPerSession }: CallLimitOptions): CallLimits {
  // An account's count stays when none runs: a map that one call fills and empties makes garbage that outlives calls (0085).
  const sessions = new Map<string, Count>()
  const children = createPassingMap<Count>()

  function take(counts: Pick<PassingMap<Count>, 'get' | 'set'>, key: string, limit: number, what: string): Count {
    const count = counts.get(key) ?? { running: 0 }
    if (count.running >= limit) {
      throw new ApiError('TooManyRequests', `${what} is limited to ${limit}; retry when one has finished`, {
        headers: { 'Retry-After': retryAfterSeconds },
      })
    }
    if (count.running === 0) counts.set(key, count)
    count.running++
    return count
  }

  return {
    enter(caller) {
      if (caller.kind === 'key') {
        const what = "The number of the account's calls at the same time"
        const count = take(sessions, caller.account.id, sessionsPerAccount, what)
        return () => {
          count.running--
        }
      }
      const { sessionId, depth } = caller.call
      if (depth >= childrenPerSession) {
        throw new ApiError('TooManyRequests', `Calls may be nested ${childrenPerSession} deep, not deeper`, {
          headers: { 'Retry-After': retryAfterSeconds },
        })
      }
      const what = 'The number of child calls of one session at the same time'
      const count = take(children, sessionId, childrenPerSession, what)
      return () => {
        if (--count.running === 0) children.take(sessionId)
      }
    },
  }
}
