/** How many calls of each account wait to run later, and how large their bodies are. */
import { ApiError } from '@algorist/contract/errors.ts'

export interface BacklogLimits {
  readonly callsPerAccount: number
  readonly bytesPerAccount: number
}

interface Count {
  calls: number
  bytes: number
}

interface Waiting {
  readonly accountId: string
  readonly sizeBytes: number
}

export interface Backlog {
  /** Throws TooManyRequests when the account has all that it may have. */
  enter(call: Waiting): void
  /** Counts a call that was accepted by an earlier server, whatever the limits are now. */
  restore(call: Waiting): void
  leave(call: Waiting): void
}

const retryAfterSeconds = '5'

export function createBacklog({ callsPerAccount, bytesPerAccount }: BacklogLimits): Backlog {
  // Those of accounts without a call stay: a map that one call fills and empties makes garbage that outlives calls (0085).
  const counts = new Map<string, Count>()

  function countOf(accountId: string): Count {
    const known = counts.get(accountId)
    if (known) return known
    const count = { calls: 0, bytes: 0 }
    counts.set(accountId, count)
    return count
  }

  function restore({ accountId, sizeBytes }: Waiting): void {
    const count = countOf(accountId)
    count.calls++
    count.bytes += sizeBytes
  }

  return {
    enter(call) {
      const { calls, bytes } = countOf(call.accountId)
      if (calls >= callsPerAccount || bytes + call.sizeBytes > bytesPerAccount) {
        throw new ApiError('TooManyRequests', `The account has ${calls} calls waiting already, all that is allowed`, {
          headers: { 'Retry-After': retryAfterSeconds },
        })
      }
      restore(call)
    },
    restore,
    leave({ accountId, sizeBytes }) {
      const count = countOf(accountId)
      count.calls--
      count.bytes -= sizeBytes
    },
  }
}
