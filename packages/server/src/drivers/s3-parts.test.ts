import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DriverError } from './driver.ts'
import { partMemory, partsOf } from './s3-parts.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3

describe('parts of an upload', () => {
  test('are so large that 10,000 are enough, and so few at a time that they fit into 64 MiB', () => {
    for (const sizeBytes of [undefined, 0, 1, 8 * MIB, 5 * GIB, 78 * GIB, 100 * GIB, 200 * GIB, 312 * GIB]) {
      const { partBytes, maxUnderWay } = partMemory(sizeBytes)
      assert.ok(partBytes * 10_000 >= (sizeBytes ?? 0), `${sizeBytes} bytes in parts of ${partBytes}`)
      assert.ok(maxUnderWay >= 1)
      assert.ok(partBytes * (maxUnderWay + 1) <= 64 * MIB, `${maxUnderWay} and one of ${partBytes}`)
    }
  })

  test('there are none for what would need larger ones', () => {
    const isTooLarge = (error: unknown): boolean => error instanceof DriverError && error.problem === 'wrong-size'
    assert.throws(() => partMemory(313 * GIB), isTooLarge)
  })

  test('are cut wherever the chunks end, in memory that is used again', async () => {
    const memory = partMemory(10)
    async function* body(): AsyncGenerator<Uint8Array> {
      for (const text of ['0123', '456789abc', '', 'defghijklmnopq']) yield Buffer.from(text)
    }
    const parts: string[] = []
    const seen = new Set<Buffer>()
    for await (const part of partsOf(body(), memory)) {
      parts.push(part.toString())
      seen.add(part)
      memory.giveBack(part)
    }
    assert.deepEqual(parts, ['0123456789', 'abcdefghij', 'klmnopq'])
    assert.equal(seen.size, 2, 'the memory of full parts, and the view of the last')
  })
})
