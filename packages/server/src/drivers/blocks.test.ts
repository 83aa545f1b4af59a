import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { inBlocks } from './blocks.ts'
import { inChunks } from './suite/samples.ts'

test('a body comes out in blocks of one size, and the last one is known', async () => {
  for (const sizeBytes of [0, 1, 9, 10, 11, 20, 35]) {
    const body = randomBytes(sizeBytes)
    for (const chunkBytes of [1, 3, 10, 100]) {
      const blocks = await Array.fromAsync(inBlocks(inChunks(body, chunkBytes), 10))
      assert.deepEqual(Buffer.concat(blocks.map(({ bytes }) => bytes)), body)
      assert.equal(blocks.length, Math.max(1, Math.ceil(sizeBytes / 10)))
      for (const [index, { bytes, offset, isLast }] of blocks.entries()) {
        assert.equal(offset, index * 10)
        assert.equal(isLast, index === blocks.length - 1)
        assert.ok(isLast || bytes.length === 10)
      }
    }
  }
})

test('a body that fails ends the blocks with its error', async () => {
  const failure = new Error('the sender hung up')
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield randomBytes(25)
    throw failure
  }
  const seen: number[] = []
  await assert.rejects(
    async () => {
      for await (const { offset } of inBlocks(failing(), 10)) seen.push(offset)
    },
    (error) => error === failure,
  )
  assert.deepEqual(seen, [0, 10])
})
