import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import type { Repositories } from '../git/repositories.ts'
import { createRemovalHold, holdingRepositories, type RemovalHoldOptions } from './removal-hold.ts'

const create = (options: Partial<RemovalHoldOptions> = {}) =>
  createRemovalHold({ log: pino({ level: 'silent' }), isDiskFull: () => false, checkMs: 5, ...options })

function recorder() {
  const removed: string[] = []
  return { removed, remove: (name: string) => async () => void removed.push(name) }
}

describe('removals', () => {
  test('happen at once, and later while they are held back, without anybody waiting', async () => {
    const removals = create()
    const { removed, remove } = recorder()
    await removals.run(remove('a'))
    const [first, second] = [await removals.begin(), await removals.begin()]
    await removals.run(remove('b'))
    first.release()
    first.release()
    await delay(10)
    assert.deepEqual(removed, ['a'])
    second.release()
    assert.equal(await second.ended, '')
    await removals.close()
    assert.deepEqual(removed, ['a', 'b'])
  })

  test('that have begun are waited for', async () => {
    const removals = create()
    const gate = Promise.withResolvers<void>()
    const running = removals.run(() => gate.promise)
    let hasBegun = false
    const beginning = removals.begin().then(() => {
      hasBegun = true
    })
    await delay(10)
    assert.equal(hasBegun, false)
    gate.resolve()
    await Promise.all([running, beginning])
    await removals.close()
  })

  test('go on when it takes too long, when the disk gets full, and when the server ends', async () => {
    const { removed, remove } = recorder()
    let isFull = false
    for (const [options, reason] of [
      [{ maxMs: 10 }, /too long/],
      [{ isDiskFull: () => isFull }, /full/],
      [{}, /server ended/],
    ] as const) {
      const removals = create(options)
      const held = await removals.begin()
      await removals.run(remove(String(reason)))
      isFull = true
      if (Object.keys(options).length === 0) await removals.close()
      assert.match(await held.ended, reason)
      await removals.close()
      assert.equal(removed.at(-1), String(reason))
      isFull = false
    }
  })

  test('come one after the other: who asks while those before are under way, or held again, waits', async () => {
    const removals = create()
    const { removed, remove } = recorder()
    const gate = Promise.withResolvers<void>()
    const first = await removals.begin()
    for (let count = 0; count < 8; count++) await removals.run(() => gate.promise)
    await removals.run(remove('a'))
    first.release()
    await removals.run(remove('b'))
    assert.deepEqual(removed, [])
    const second = removals.begin()
    gate.resolve()
    const held = await second
    await delay(10)
    assert.deepEqual(removed, [])
    held.release()
    await removals.close()
    assert.deepEqual(removed.sort(), ['a', 'b'])
  })

  test('of repositories that are not there are none', async () => {
    const there = new Set(['a'])
    const removed: string[] = []
    const repositories = {
      has: async (id: string) => there.has(id),
      remove: async (id: string) => void removed.push(id),
    }
    const removals = create()
    const holding = holdingRepositories(repositories as unknown as Repositories, removals)
    const held = await removals.begin()
    for (const id of ['a', 'b']) await holding.remove(id)
    there.add('b')
    held.release()
    await removals.close()
    assert.deepEqual(removed, ['a'])
  })

  test('that fail stop no others, and too many are left to the next start', async () => {
    const removals = create({ maxWaiting: 2 })
    const { removed, remove } = recorder()
    const held = await removals.begin()
    await removals.run(async () => {
      throw new Error('no')
    })
    for (const name of ['a', 'b']) await removals.run(remove(name))
    held.release()
    await removals.close()
    assert.deepEqual(removed, ['a'])
  })
})
