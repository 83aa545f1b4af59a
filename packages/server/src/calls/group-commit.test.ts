import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createGroupCommit } from './group-commit.ts'

test('what arrives while a write is under way goes together with the next', async () => {
  const groups: number[][] = []
  const commits = createGroupCommit<number>({
    write: async (items) => {
      groups.push([...items])
      await delay(5)
    },
  })
  const first = commits.add(1)
  await delay(1)
  await Promise.all([first, ...[2, 3, 4].map((item) => commits.add(item))])
  assert.deepEqual(groups, [[1], [2, 3, 4]])
})

test('an item that cannot be written fails alone', async () => {
  const written: number[] = []
  const commits = createGroupCommit<number>({
    write: async (items) => {
      if (items.includes(3)) throw new Error('three')
      written.push(...items)
    },
  })
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map((item) => commits.add(item)))
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  )
  assert.deepEqual(written, [1, 2, 4])
})

test('groups are bounded in number and bytes, and an item larger than that goes alone', async () => {
  const sizes: number[] = []
  const write = async (items: readonly number[]) => void sizes.push(items.length)
  const many = createGroupCommit<number>({ write })
  await Promise.all(Array.from({ length: 450 }, (_, index) => many.add(index)))
  assert.deepEqual(sizes.splice(0), [200, 200, 50])
  const mib = 1024 * 1024
  const large = createGroupCommit<number>({ write, sizeBytes: (item) => item * mib })
  await Promise.all([10, 20, 6, 6, 6].map((item) => large.add(item)))
  assert.deepEqual(sizes, [1, 1, 2, 1])
})
