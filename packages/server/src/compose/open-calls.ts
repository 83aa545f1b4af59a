/** Opens what a call goes through on its way to the runner: limits and quotas, idempotency, calls for later, kept results. */
import { type AnswerCall, createAnswerCall } from '../calls/answer-call.ts'
import { createIdempotency, type Idempotency } from '../calls/idempotency.ts'
import { createKeptResults, type KeptResults } from '../calls/kept-results.ts'
import { type CallLimits, createCallLimits } from '../calls/limits.ts'
import { createPendingCalls, type PendingCalls } from '../calls/pending.ts'
import type { Services } from '../services.ts'
import { countingAccepted, withQuotas } from '../usage/quota-gates.ts'
import type { Ground } from './open-ground.ts'
import type { State } from './open-state.ts'

/** Asynchronous calls: those that wait are in the database, and few accounts must not take every place. */
const PENDING_LIMITS = {
  backlog: { callsPerAccount: 100_000, bytesPerAccount: 1024 ** 3 },
  running: 64,
  runningPerAccount: 16,
}
const KEPT_RESULT_BYTES_PER_ACCOUNT = 1024 ** 3

export interface Calls extends Pick<Services, 'pendingCalls'> {
  readonly limits: CallLimits
  readonly answerCall: AnswerCall
  readonly idempotency: Idempotency
  readonly results: KeptResults
}

interface CallNeeds {
  readonly ground: Ground
  readonly state: State
  readonly quotas: Services['quotas']
  readonly runner: Services['runner']
}

export async function openCalls(needs: CallNeeds): Promise<Calls> {
  const { config, log, closing, disk, overlap } = needs.ground
  const { db } = needs.state
  const results = createKeptResults({ db, log, maxBytesPerAccount: KEPT_RESULT_BYTES_PER_ACCOUNT })
  closing.add('kept results', results.close)
  await results.open()
  const pendingCalls = openPending(needs, results)
  closing.add('asynchronous calls', pendingCalls.close)
  const idempotency = createIdempotency({
    db,
    settledElsewhere: async (key) => void (await overlap.askOthers({ kind: 'settle', key })),
  })
  const answerCall = createAnswerCall({ db, runner: needs.runner, pending: pendingCalls, results, disk, idempotency })
  const limits = createCallLimits({
    sessionsPerAccount: config.calls.sessionsPerAccount,
    childrenPerSession: config.calls.childCallsPerSession,
  })
  return { pendingCalls, limits: withQuotas(limits, needs.quotas), answerCall, idempotency, results }
}

function openPending({ ground, state, quotas, runner }: CallNeeds, results: KeptResults): PendingCalls {
  const { config, log, overlap } = ground
  const { db, catalog } = state
  const pending = createPendingCalls({
    ...{ db, runner, catalog, log, results },
    limits: { ...PENDING_LIMITS, shutdownMs: config.shutdownMs },
    others: {
      cancel: (requestId) => overlap.askOthers({ kind: 'cancel', requestId }),
      takeAccepted: () => overlap.tellServer({ kind: 'accepted' }),
    },
  })
  return countingAccepted(pending, quotas)
}
