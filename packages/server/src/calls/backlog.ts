/** How many calls of each account wait to run later, and how large their bodies are. */
import { ApiError } from '@algorist/contract/errors.ts'

export interface BacklogLimits {
  readonly callsPerAccount: number
  readonly bytesPerAccount: number
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
  const counts = new Map<string, { calls: number; bytes: number }>()
  const countOf = (accountId: string) => counts.get(accountId) ?? { calls: 0, bytes: 0 }

  function restore({ accountId, sizeBytes }: Waiting): void {
    const { calls, bytes } = countOf(accountId)
    counts.set(accountId, { calls: calls + 1, bytes: bytes + sizeBytes })
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
      const { calls, bytes } = countOf(accountId)
      if (calls <= 1) counts.delete(accountId)
      else counts.set(accountId, { calls: calls - 1, bytes: bytes - sizeBytes })
    },
  }
}
