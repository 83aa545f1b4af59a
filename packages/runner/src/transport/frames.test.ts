import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { giveBack } from '@algorist/contract/give-back.ts'
import { FRAME_HEADER_BYTES } from './frame-reader.ts'
import { createFramesTransport } from './frames.ts'

const MIB = 1024 * 1024

/** A transport on one end of a connection, and the other end, which speaks for the worker. */
async function openPair(onValue: (body: Buffer) => void) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const worker = connect(address.port, '127.0.0.1')
  const [socket] = (await once(server, 'connection')) as [Socket]
  const nothing = () => {}
  const ready = Promise.withResolvers<void>()
  const events = {
    ready: ready.resolve,
    loadFailed: nothing,
    started: nothing,
    output: nothing,
    value: (_call: number, _type: unknown, body: Buffer) => onValue(body),
    failed: nothing,
    broken: nothing,
  }
  const streams = { socket, stdout: new PassThrough(), stderr: new PassThrough() }
  const transport = createFramesTransport({ ...streams, answerBytes: 4 * MIB, events })
  worker.write(frame('R', '0', 0, Buffer.alloc(0)))
  await ready.promise
  const close = () => {
    worker.destroy()
    socket.destroy()
    server.close()
  }
  return { transport, worker, close }
}

function frame(type: string, kind: string, call: number, body: Buffer): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES)
  header.writeUInt32BE(body.length, 0)
  header.write(type + kind, 4, 'latin1')
  header.writeUInt32BE(call, 6)
  return Buffer.concat([header, body])
}

test('an input whose answer comes before it was read is not given back while it is written', async () => {
  const answer = Promise.withResolvers<void>()
  const { transport, worker, close } = await openPair(() => answer.resolve())
  try {
    const input = Buffer.alloc(32 * MIB, 'input ')
    const sent = Buffer.from(input)
    transport.send(1, 'binary', input)
    worker.pause()
    worker.write(Buffer.concat([frame('S', '0', 1, Buffer.alloc(0)), frame('V', 't', 1, Buffer.from('early'))]))
    await answer.promise
    giveBack(input)
    assert.equal(input.length, sent.length, 'it is still being written')
    const chunks: Buffer[] = []
    let left = FRAME_HEADER_BYTES + sent.length
    for await (const chunk of worker as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      left -= chunk.length
      if (left === 0) break
    }
    assert.ok(Buffer.concat(chunks).subarray(FRAME_HEADER_BYTES).equals(sent))
    await new Promise(setImmediate)
    giveBack(input)
    assert.equal(input.length, 0, 'it was written')
  } finally {
    close()
  }
})

test('a long answer is whole although the pieces that it came in are given back', async () => {
  const answer = Promise.withResolvers<Buffer>()
  const { transport, worker, close } = await openPair(answer.resolve)
  try {
    transport.send(1, 'text', Buffer.from('x'))
    const body = Buffer.from(JSON.stringify(Array.from({ length: 200_000 }, (_, index) => index)))
    worker.write(Buffer.concat([frame('S', '0', 1, Buffer.alloc(0)), frame('V', 'j', 1, body)]))
    assert.ok((await answer.promise).equals(body))
  } finally {
    close()
  }
})
