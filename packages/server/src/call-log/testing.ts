/** Calls that ended, for tests of the call log. */
import { randomUUID } from 'node:crypto'
import type { CallOutcome } from '@algorist/runner/types.ts'
import type { CallTrace } from '../calls/trace.ts'

export interface MadeCall {
  readonly requestId?: string
  readonly algorithmId?: string
  readonly callerId?: string
  readonly ownerId?: string
  readonly version?: string
  readonly body?: string
  readonly endedAt?: Date
  /** Of the session; the call is a root call without one. */
  readonly parent?: CallTrace
  readonly failure?: Partial<Extract<CallOutcome, { kind: 'error' }>>
  readonly stdout?: string
}

export const TIMING = { waitMs: 1, startMs: 0, loadMs: 0, runMs: 2.5 }

/** A trace as the runner's door makes it. */
export function madeCall(made: MadeCall = {}): CallTrace {
  const { algorithmId = 'a1', callerId = 'jane', ownerId = 'jane', parent, failure, stdout } = made
  const requestId = made.requestId ?? `req-${randomUUID()}`
  const printed = stdout === undefined ? {} : { stdout }
  const above = parent?.request.identity
  return {
    request: {
      requestId,
      worker: {
        key: { accountId: callerId, algorithmId, buildId: 'b1', rights: '' },
        ...{ hostUid: 0, artifact: 'x', language: 'python3', network: 'isolated' },
        algorithm: { owner: ownerId, name: algorithmId },
      },
      contentType: 'json',
      body: Buffer.from(made.body ?? '"x"'),
      timeLeftMs: 1000,
      wantsStdout: false,
      identity: {
        ...{ requestId, callerId, algorithmId, algorithmOwnerId: ownerId, buildId: 'b1' },
        sessionId: above?.sessionId ?? requestId,
        ...(above ? { rootAlgorithmId: above.rootAlgorithmId ?? above.algorithmId } : {}),
        rights: { algorithms: ['algo://*'], dataRead: true, dataWrite: true },
        mayCallAlgorithms: true,
        depth: above ? above.depth + 1 : 0,
        deadlineAtMs: 0,
      },
    },
    outcome: failure
      ? { kind: 'error', message: 'boom', errorType: 'AlgorithmError', timing: TIMING, ...printed, ...failure }
      : { kind: 'result', contentType: 'json', body: Buffer.from('"y"'), timing: TIMING, ...printed },
    version: made.version ?? '0.1.0',
    hasInsights: false,
    endedAt: made.endedAt ?? new Date(),
  }
}
