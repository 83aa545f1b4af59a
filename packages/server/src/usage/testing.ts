/** Calls that never ran, for tests of usage. Not part of the server. */
import { randomUUID } from 'node:crypto'
import type { CallRequest, CallUsage } from '@algorist/runner/types.ts'
import type { CallTrace } from '../calls/trace.ts'

export interface MadeCall {
  readonly caller: string
  readonly algorithm: string
  readonly owner: string
  readonly version?: string
  readonly endedAt?: string
  readonly runMs?: number
  readonly isError?: boolean
  readonly usage?: CallUsage
  readonly requestId?: string
}

/** What the runner's door tells of a call with a body of 3 bytes and an answer of 5. */
export function traceOf(call: MadeCall): CallTrace {
  const timing = { waitMs: 0.25, startMs: 0, loadMs: 0, runMs: call.runMs ?? 1.5 }
  const usage = call.usage === undefined ? {} : { usage: call.usage }
  return {
    request: requestOf(call),
    outcome: call.isError
      ? { kind: 'error', message: 'no', errorType: 'AlgorithmError', timing, ...usage }
      : { kind: 'result', contentType: 'json', body: Buffer.from('12345'), timing, ...usage },
    version: call.version ?? '1.0.0',
    hasInsights: false,
    endedAt: new Date(call.endedAt ?? '2026-11-22T12:00:00Z'),
  }
}

function requestOf({ caller, algorithm, owner, requestId = `req-${randomUUID()}` }: MadeCall): CallRequest {
  return {
    requestId,
    worker: {
      key: { accountId: caller, algorithmId: algorithm, buildId: 'b', rights: '' },
      ...{ hostUid: 0, artifact: 'a', language: 'python3', network: 'full' },
      algorithm: { owner: 'o', name: 'n' },
    },
    ...{ contentType: 'json', body: Buffer.from('"1"'), timeLeftMs: 1000, wantsStdout: false },
    identity: {
      ...{ requestId, sessionId: requestId, callerId: caller, algorithmId: algorithm, algorithmOwnerId: owner },
      ...{ buildId: 'b', mayCallAlgorithms: true, depth: 0, deadlineAtMs: 0 },
      rights: { algorithms: ['algo://*'], dataRead: true, dataWrite: true },
    },
  }
}
