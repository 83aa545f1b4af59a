import assert from 'node:assert/strict'
import { test } from 'node:test'
import { giveBack, lend } from './lent-memory.ts'

test('a chunk that was lent is empty once it is given back, and may be given back again', () => {
  const chunk = lend(Buffer.alloc(65_536, 'x'))
  assert.equal(chunk.length, 65_536)
  giveBack(chunk)
  giveBack(chunk)
  assert.equal(chunk.length, 0)
})

test('chunks that were not lent, and parts of other memory, stay as they are', () => {
  const own = Buffer.alloc(65_536, 'x')
  const part = lend(own.subarray(0, 10))
  const pooled = lend(Buffer.from('pooled'))
  for (const chunk of [own, part, pooled]) giveBack(chunk)
  assert.deepEqual([own.length, part.length, pooled.toString()], [65_536, 10, 'pooled'])
})
