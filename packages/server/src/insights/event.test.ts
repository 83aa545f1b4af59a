import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallTrace } from '../calls/trace.ts'
import { eventOf } from './event.ts'
import { mergeMetrics } from './metrics.ts'

const trace: CallTrace = {
  request: {
    requestId: 'req-2',
    worker: {
      key: { accountId: 'caller', algorithmId: 'algorithm', buildId: 'build', rights: '' },
      hostUid: 1,
      artifact: 'artifact',
      language: 'python3',
      algorithm: { owner: 'demo', name: 'Score' },
      network: 'isolated',
    },
    contentType: 'json',
    body: Buffer.from('{}'),
    timeLeftMs: 1000,
    wantsStdout: false,
    identity: {
      requestId: 'req-2',
      sessionId: 'req-1',
      callerId: 'caller',
      algorithmId: 'algorithm',
      algorithmOwnerId: 'owner',
      buildId: 'build',
      rights: { algorithms: [], dataRead: true, dataWrite: true },
      mayCallAlgorithms: true,
      depth: 1,
      deadlineAtMs: 0,
    },
  },
  outcome: {
    kind: 'error',
    message: 'no',
    errorType: 'AlgorithmError',
    timing: { waitMs: 4, startMs: 3, loadMs: 2, runMs: 7.6 },
  },
  version: '1.0.6',
  hasInsights: true,
  endedAt: new Date('2026-11-22T00:21:54.867Z'),
}

const OWN =
  '"request_id":"req-2","session_id":"rses-1","time":"2026-11-22T00:21:54.867000","duration_milliseconds":8,' +
  '"algorithm_owner":"demo","algorithm_name":"Score","algorithm_version":"1.0.6"}'

test('an event has the members of the original and no other', () => {
  const { text, ...rest } = eventOf(trace, undefined)
  assert.equal(text, `{${OWN}`)
  const endedAt = '2026-11-22T00:21:54.867Z'
  assert.deepEqual(rest, { requestId: 'req-2', algorithmId: 'algorithm', ownerId: 'owner', endedAt })
})

test('metrics of any name and value stand beside them', () => {
  const sent = JSON.parse('[["__proto__", 1], ["a\\"b\\n", {"c": [null, "ü"]}], ["", 0.5]]') as [string, unknown][]
  const metrics = mergeMetrics(
    undefined,
    sent.map(([insight_key, insight_value]) => ({ insight_key, insight_value })),
  )
  const { text } = eventOf(trace, metrics)
  assert.equal(text, `{"__proto__":1,"a\\"b\\n":{"c":[null,"ü"]},"":0.5,${OWN}`)
  assert.equal(Object.keys(JSON.parse(text)).length, 10)
})
