/**
 * How many calls run at the same time: root calls per account, child calls per session (rest-api.md 1.5). Over a
 * limit the caller is told at once to come back (429).
 */
import { ApiError } from '@algorist/contract/errors.ts'
import type { Caller } from '../caller.ts'

export interface CallLimits {
  /** Takes a place for the call or throws TooManyRequests; `release` gives it back, once. */
  enter(caller: Exclude<Caller, { kind: 'anonymous' | 'admin' }>, requestId: string): () => void
}

export interface CallLimitOptions {
  readonly sessionsPerAccount: number
  readonly childrenPerSession: number
}

const retryAfterSeconds = '1'

export function createCallLimits({ sessionsPerAccount, childrenPerSession }: CallLimitOptions): CallLimits {
  const sessions = new Map<string, number>()
  const children = new Map<string, number>()

  function take(counts: Map<string, number>, key: string, limit: number, what: string): () => void {
    const running = counts.get(key) ?? 0
    if (running >= limit) {
      throw new ApiError('TooManyRequests', `${what} is limited to ${limit}; retry when one has finished`, {
        headers: { 'Retry-After': retryAfterSeconds },
      })
    }
    counts.set(key, running + 1)
    return () => {
      const left = (counts.get(key) ?? 1) - 1
      if (left === 0) counts.delete(key)
      else counts.set(key, left)
    }
  }

  return {
    enter(caller) {
      if (caller.kind === 'key') {
        return take(
          sessions,
          caller.account.id,
          sessionsPerAccount,
          "The number of the account's calls at the same time",
        )
      }
      const { sessionId, depth } = caller.call
      if (depth >= childrenPerSession) {
        throw new ApiError('TooManyRequests', `Calls may be nested ${childrenPerSession} deep, not deeper`, {
          headers: { 'Retry-After': retryAfterSeconds },
        })
      }
      return take(children, sessionId, childrenPerSession, 'The number of child calls of one session at the same time')
    },
  }
}
