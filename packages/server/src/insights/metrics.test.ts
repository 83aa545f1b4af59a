import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '@algorist/contract/errors.ts'
import { MAX_METRIC_BYTES, mergeMetrics } from './metrics.ts'

const sent = (metrics: Record<string, unknown>) =>
  Object.entries(metrics).map(([insight_key, insight_value]) => ({ insight_key, insight_value }))
const many = (count: number, prefix: string) =>
  sent(Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, index])))
const refused = (pattern: RegExp) => (error: unknown) =>
  error instanceof ApiError && error.code === 6001 && error.status === 400 && pattern.test(error.message)

test('reports of one call are merged, and a metric that comes again has its newest value', () => {
  const first = mergeMetrics(undefined, sent({ risk: 0.25, label: 'ü', nested: { a: [null] } }))
  const both = mergeMetrics(first, sent({ risk: 0.5, __proto__x: 1 }))
  assert.deepEqual(Object.fromEntries(both), { risk: '0.5', label: '"ü"', nested: '{"a":[null]}', __proto__x: '1' })
  assert.equal(first.get('risk'), '0.25')
})

test('limits count everything that a call has reported', () => {
  const before = mergeMetrics(undefined, many(20, 'a'))
  assert.equal(mergeMetrics(before, many(5, 'b')).size, 25)
  assert.equal(mergeMetrics(before, many(20, 'a')).size, 20)
  assert.throws(() => mergeMetrics(before, many(6, 'b')), refused(/at most 25 metrics.*26/))
  const half = sent({ x: 'ü'.repeat(MAX_METRIC_BYTES / 4) })
  const twice = mergeMetrics(mergeMetrics(undefined, half), half)
  assert.equal(twice.size, 1)
  assert.throws(
    () => mergeMetrics(twice, [{ insight_key: 'y', insight_value: half[0]?.insight_value }]),
    refused(/bytes/),
  )
})

test('the names of the platform are refused; those that its documents forgot are left to it', () => {
  for (const name of ['request_id', 'timestamp', 'duration_milliseconds', 'algorithm_owner', 'algorithm_name']) {
    assert.throws(() => mergeMetrics(undefined, sent({ [name]: 1 })), refused(new RegExp(`'${name}'`)))
  }
  assert.throws(() => mergeMetrics(undefined, sent({ algorithm_version: 1 })), refused(/algorithm_version/))
  assert.deepEqual([...mergeMetrics(undefined, sent({ time: 1, session_id: 2, Time: 3 }))], [['Time', '3']])
})
