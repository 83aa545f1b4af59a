import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { checkedBody } from './checked-body.ts'

async function drain(body: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0
  for await (const chunk of body) bytes += chunk.length
  return bytes
}

/** Bytes of memory in use, without what nobody holds any more. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

test('memory does not grow with the number of chunks', async () => {
  const chunks = 20_000
  async function* tinyChunks(): AsyncGenerator<Uint8Array> {
    const chunk = Buffer.of(1)
    for (let sent = 0; sent < chunks; sent++) yield chunk
  }
  const { signal } = new AbortController()
  const before = heldBytes()
  let seen = 0
  for await (const _ of checkedBody(tinyChunks(), { signal })) {
    seen++
    if (seen === chunks) assert.ok(heldBytes() - before < 3_000_000, `${heldBytes() - before} bytes more`)
  }
  assert.equal(seen, chunks)
})

test('the body is told to end when it is too long, and when nobody wants more of it', async () => {
  let ended = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.of(1)
    } finally {
      ended++
    }
  }
  await assert.rejects(drain(checkedBody(endless(), { sizeBytes: 10 })), { problem: 'wrong-size' })
  assert.equal(ended, 1)
  for await (const _ of checkedBody(endless())) break
  assert.equal(ended, 2)
})
