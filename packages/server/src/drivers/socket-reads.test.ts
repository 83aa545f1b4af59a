import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { arrivingFile } from './arriving-file.ts'
import { giveBackReads } from './socket-reads.ts'

const CONTENT = Buffer.alloc(4 * 1024 * 1024, 'some content, again and again. ')

for (const pauseMs of [0, 1]) {
  test(`a body stays whole while what its socket read is given back, with pauses of ${pauseMs} ms`, async (context) => {
    const server = createServer((_, response) => response.end(CONTENT)).listen(0, '127.0.0.1')
    context.after(() => {
      server.close()
      server.closeAllConnections()
    })
    await once(server, 'listening')
    const [body] = (await once(get({ port: (server.address() as AddressInfo).port }), 'response')) as [IncomingMessage]
    const file = arrivingFile(body, {
      idleMs: 5000,
      silence: new Error('silent'),
      translate: () => new Error('broken'),
    })
    const { socket } = body
    const reads: Buffer[] = []
    socket.on('data', (read: Buffer) => reads.push(read))
    const pieces: Buffer[] = []
    for await (const piece of file) {
      pieces.push(piece)
      if (pauseMs > 0) await delay(pauseMs)
    }
    assert.ok(Buffer.concat(pieces).equals(CONTENT))
    const kept = reads.filter(({ length }) => length > 0).length
    assert.ok(reads.length > 20 && kept < 4, `${kept} of ${reads.length} reads were kept`)
    assert.equal(socket.listeners('data').length, 1, 'no listener stays but the own one of this test')
  })
}

test('a body that came in another way is left alone', async () => {
  const body = Readable.from([Buffer.from('one, '), Buffer.from('two')])
  giveBackReads(body)
  assert.equal((await buffer(body)).toString(), 'one, two')
})
