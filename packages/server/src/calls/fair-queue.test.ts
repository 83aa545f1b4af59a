import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { collectAll } from '../testing/churn.ts'
import { createFairQueue } from './fair-queue.ts'

const anybody = () => true

test('accounts take turns, and the calls of one keep their order', () => {
  const queue = createFairQueue<string>()
  for (const id of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) queue.push(id.charAt(0), id, id)
  const taken = Array.from({ length: 7 }, () => queue.next(anybody))
  assert.deepEqual(taken, ['a1', 'b1', 'c1', 'a2', 'b2', 'a3', undefined])
})

test('an account that may not have a turn keeps its place', () => {
  const queue = createFairQueue<string>()
  for (const id of ['a1', 'b1']) queue.push(id.charAt(0), id, id)
  assert.equal(
    queue.next((account) => account !== 'a'),
    'b1',
  )
  assert.equal(
    queue.next((account) => account !== 'a'),
    undefined,
  )
  assert.equal(queue.next(anybody), 'a1')
})

test('an item can be taken out of its line once', () => {
  const queue = createFairQueue<string>()
  for (const id of ['a1', 'a2', 'a3']) queue.push('a', id, id)
  assert.deepEqual(['a2', 'a2', 'x'].map(queue.remove), ['a2', undefined, undefined])
  assert.deepEqual([queue.next(anybody), queue.next(anybody), queue.next(anybody)], ['a1', 'a3', undefined])
  queue.push('a', 'a4', 'a4')
  assert.equal(queue.next(anybody), 'a4')
})

test('a line that was empty goes behind those that were not', () => {
  const queue = createFairQueue<string>()
  for (const id of ['a1', 'b1', 'b2']) queue.push(id.charAt(0), id, id)
  assert.equal(queue.next(anybody), 'a1')
  queue.push('a', 'a2', 'a2')
  assert.deepEqual([queue.next(anybody), queue.next(anybody), queue.next(anybody)], ['b1', 'a2', 'b2'])
})

test('all that waits can be taken out at once', () => {
  const queue = createFairQueue<string>()
  for (const id of ['a1', 'b1', 'a2']) queue.push(id.charAt(0), id, id)
  queue.next(anybody)
  assert.deepEqual(queue.clear(), ['b1', 'a2'])
  queue.push('b', 'b2', 'b2')
  assert.deepEqual([queue.next(anybody), queue.next(anybody)], ['b2', undefined])
})

test('what was taken is not held while others wait', async () => {
  const queue = createFairQueue<object>()
  for (let index = 0; index < 10; index++) queue.push('a', `${index}`, { index })
  const taken = new WeakRef(queue.next(anybody) ?? {})
  // What was looked at stays until the end of the task.
  await setImmediate()
  collectAll()
  assert.equal(taken.deref(), undefined)
  assert.deepEqual(queue.next(anybody), { index: 1 })
})

test('a long line costs no more for each of its calls', () => {
  const queue = createFairQueue<number>()
  const startedAtMs = performance.now()
  for (let index = 0; index < 100_000; index++) queue.push('a', `${index}`, index)
  for (let index = 0; index < 100_000; index++) assert.equal(queue.next(anybody), index)
  // Quadratic behaviour takes minutes.
  assert.ok(performance.now() - startedAtMs < 10_000)
})
