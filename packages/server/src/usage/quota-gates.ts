/** Where quotas are looked at: around the limits of calls, and around what is accepted to run later. */
import type { CallLimits } from '../calls/limits.ts'
import type { PendingCalls } from '../calls/pending.ts'
import type { AccountQuotas } from './quotas.ts'

/** The same limits, and the account's quotas before them. */
export function withQuotas(limits: CallLimits, quotas: Pick<AccountQuotas, 'enter'>): CallLimits {
  return {
    enter(caller, requestId) {
      const giveBack = quotas.enter(caller.account.id, requestId)
      try {
        const release = limits.enter(caller, requestId)
        return () => {
          release()
          giveBack()
        }
      } catch (error) {
        giveBack()
        throw error
      }
    },
  }
}

/** The same calls; those accepted count against the quotas while they wait, and no more once they are cancelled. */
export function countingAccepted(pending: PendingCalls, quotas: Pick<AccountQuotas, 'keep' | 'drop'>): PendingCalls {
  return {
    ...pending,
    async accept(invocation, options) {
      await pending.accept(invocation, options)
      quotas.keep(invocation.caller.account.id, invocation.requestId)
    },
    async cancel(requestId) {
      const isCancelled = await pending.cancel(requestId)
      if (isCancelled) quotas.drop(requestId)
      return isCancelled
    },
  }
}
