import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBytePile } from './byte-pile.ts'

/** Bytes that differ from their neighbours. */
const bytes = (from: number, length: number) => Buffer.from(Array.from({ length }, (_, index) => (from + index) % 251))

test('pieces of every size come out as they went in, whatever is dropped at the start', () => {
  const pile = createBytePile()
  let all: Buffer = Buffer.alloc(0)
  const sizes = [1, 0, 1000, 24, 1, 5000, 40_000, 3, 70_000, 31_999, 32_768, 7]
  for (let round = 0; round < 60; round++) {
    const piece = bytes(all.length, sizes[round % sizes.length] ?? 0)
    pile.add(piece)
    all = Buffer.concat([all, piece])
    const dropBytes = (round * 7919) % 9000
    if (round % 3 === 0) {
      pile.dropFirst(dropBytes)
      all = all.subarray(Math.min(dropBytes, all.length))
    }
    assert.equal(pile.sizeBytes(), all.length)
    assert.ok(pile.concat().equals(all), `round ${round}`)
  }
  pile.dropFirst(pile.sizeBytes())
  assert.equal(pile.concat().length, 0)
  pile.add(bytes(3, 10))
  assert.ok(pile.concat().equals(bytes(3, 10)))
})

test('a million pieces of one byte cost little more than a million bytes', () => {
  const pile = createBytePile()
  const before = process.memoryUsage()
  for (let index = 0; index < 1_000_000; index++) pile.add(Buffer.from([index & 0xff]))
  globalThis.gc?.()
  const grownBytes = process.memoryUsage().external - before.external
  assert.ok(grownBytes < 4_000_000, String(grownBytes))
  assert.equal(pile.concat()[255], 255)
})
