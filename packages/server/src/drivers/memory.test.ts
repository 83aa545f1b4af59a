import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryDriver } from './memory.ts'
import { assertNothingAt, assertRejects, failingAfter, sample, write } from './suite/samples.ts'
import { testDriver } from './suite.ts'

testDriver('the memory driver', async () => ({ driver: createMemoryDriver() }))

test('content beyond the bound is full, and what is deleted or replaced or failed makes room', async () => {
  const driver = createMemoryDriver({ maxBytes: 1000 })
  await write(driver, 'a', sample(900))
  await assertRejects(write(driver, 'b', sample(101)), 'full')
  await assertNothingAt(driver, 'b')
  await assert.rejects(driver.write('b', failingAfter(sample(100), new Error('hung up'))), /hung up/)
  await write(driver, 'a', sample(100))
  await write(driver, 'b', sample(900))
  await driver.delete('a')
  await write(driver, 'c', sample(100))
})
