import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRunTimes } from './run-times.ts'

test('calls that wait for a processor now and then make the average long, and not what is typical', () => {
  const times = createRunTimes(2, 100)
  for (let call = 0; call < 500; call++) times.note(call % 10 === 9 ? 5 : 0.1)
  assert.ok(times.averageMs() > 0.4, `${times.averageMs()} ms on average`)
  assert.ok(times.typicalMs() < 0.15, `${times.typicalMs()} ms are typical`)
})

test('both follow calls that become long, and no call counts for more than the most', () => {
  const times = createRunTimes(2, 100)
  for (let call = 0; call < 200; call++) times.note(0.1)
  times.note(60_000)
  assert.ok(times.averageMs() < 7, `${times.averageMs()} ms on average`)
  for (let call = 0; call < 200; call++) times.note(50)
  for (const ms of [times.averageMs(), times.typicalMs()]) assert.ok(ms > 45 && ms < 56, `${ms} ms`)
})
