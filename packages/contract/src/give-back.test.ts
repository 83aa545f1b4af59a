import assert from 'node:assert/strict'
import { test } from 'node:test'
import { giveBack, hold } from './give-back.ts'

const SIZE = 100_000

test('bytes that are given back are empty', () => {
  const bytes = Buffer.alloc(SIZE, 'x')
  giveBack(bytes)
  assert.equal(bytes.length, 0)
})

test('a part of a larger memory is left alone, and so is what is small', () => {
  const whole = Buffer.alloc(SIZE, 'x')
  const small = Buffer.alloc(100, 'x')
  for (const bytes of [whole.subarray(1), whole.subarray(0, -1), small]) {
    const before = bytes.length
    giveBack(bytes)
    assert.equal(bytes.length, before)
  }
  assert.ok(whole.every((byte) => byte === 0x78))
})

test('what is held is left alone until all who hold it have let go', () => {
  const bytes = Buffer.alloc(SIZE, 'x')
  for (const letGo of [hold(bytes), hold(bytes)]) {
    giveBack(bytes)
    assert.equal(bytes.length, SIZE)
    letGo()
  }
  giveBack(bytes)
  assert.equal(bytes.length, 0)
})

test('memory is given back at once, not at the next collection', () => {
  const before = process.memoryUsage().external
  for (let round = 0; round < 50; round++) giveBack(Buffer.alloc(1024 * 1024, round))
  assert.ok(process.memoryUsage().external - before < 10 * 1024 * 1024)
})
