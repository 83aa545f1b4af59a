import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { FULL_RIGHTS } from '../caller.ts'
import { testDatabases } from '../db/testing.ts'
import { createKeyRing, digestOf } from './key-ring.ts'
import { generateKey, maskOf } from './key-text.ts'

const [sqlite] = testDatabases()

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

test('the key ring needs at most 250 bytes for a key', async () => {
  assert.ok(sqlite)
  const { db } = await sqlite.open()
  const ring = await createKeyRing(db)
  const accounts = Array.from({ length: 1000 }, () => randomUUID())
  const put = (index: number) =>
    ring.put({
      id: randomUUID(),
      account_id: `${accounts[index % 1000]}`,
      expires_at: null,
      kind: 'ManagementKey',
      digest: digestOf(`key-${index}`),
      rights: JSON.stringify({ ...FULL_RIGHTS, algoAcl: [`algo://owner${index % 100}/*`] }),
    })
  put(0)
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  // Just after the table has doubled, which is when it holds the most empty places.
  const count = 2 ** 17 + 1000
  for (let index = 0; index < count; index++) put(index)
  collectGarbage()
  const bytesPerKey = (process.memoryUsage().heapUsed - before) / count
  assert.ok(ring.lookup('key-77'))
  assert.ok(bytesPerKey <= 250, `${bytesPerKey.toFixed(0)} bytes`)
})

test('generateKey() uses every letter and digit equally often', () => {
  const counts = new Map<string, number>()
  for (let round = 0; round < 4000; round++) {
    const key = generateKey()
    assert.match(key, /^sim[A-Za-z0-9]{25}$/)
    for (const letter of key.slice(3)) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  }
  assert.equal(counts.size, 62)
  // 100,000 draws: 1613 each, with a standard deviation of 40.
  for (const [letter, count] of counts) assert.ok(Math.abs(count - 1613) < 320, `${letter}: ${count}`)
})

test('maskOf() shows the start of a key only, and never most of a short one', () => {
  assert.equal(maskOf('simAbc0123456789defghijkLMNO'), 'simAbc012...................')
  assert.equal(maskOf('secret'), 'se..........................')
  assert.equal(maskOf('x'), '............................')
})
