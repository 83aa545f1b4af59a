import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { after, before, test } from 'node:test'
import { ApiError } from '@algorist/contract/errors.ts'
import { pino } from 'pino'
import { replyError } from './error-reply.ts'

const MIB = 1024 * 1024
const log = pino({ level: 'silent' })
const server = createServer((request, response) =>
  replyError(request, response, new ApiError('PayloadTooLarge'), { log }),
)

before(() => once(server.listen(0, '127.0.0.1'), 'listening'))
after(() => {
  server.closeAllConnections()
  server.close()
})

/** Writes a head and then body bytes as fast as they are taken, without a look at the reply; answers what came back. */
async function send(head: string, bodyBytes: number): Promise<{ reply: string; sentBytes: number }> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let reply = ''
  socket.on('data', (chunk: Buffer) => {
    reply += chunk.toString('latin1')
  })
  const closed = new Promise((settle) => socket.once('close', settle))
  socket.on('error', () => {})
  socket.write(head)
  let sentBytes = 0
  while (sentBytes < bodyBytes && !socket.destroyed && socket.writable) {
    sentBytes += MIB
    if (!socket.write(Buffer.alloc(MIB, 32))) await Promise.race([once(socket, 'drain').catch(() => {}), closed])
  }
  await closed
  return { reply, sentBytes }
}

test('a sender in the middle of a long body still gets the whole reply, and then the end of the connection', async () => {
  const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${12 * MIB}\r\n\r\n`
  const { reply, sentBytes } = await send(head, 12 * MIB)
  assert.equal(sentBytes, 12 * MIB)
  assert.match(reply, /^HTTP\/1.1 413 .*\r\nConnection: close\r\n.*\{"error":\{.*\}\}$/s)
})

test('a sender that does not stop is cut off', async () => {
  const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${500 * MIB}\r\n\r\n`
  const { sentBytes } = await send(head, 500 * MIB)
  assert.ok(sentBytes < 100 * MIB, `${sentBytes} bytes were taken`)
})
