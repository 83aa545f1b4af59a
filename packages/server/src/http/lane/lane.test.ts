import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type LaneOptions, layLane } from './lane.ts'
import type { WholeReply } from './reply.ts'

const HEAD = 'POST /v1/algo/demo/Hello HTTP/1.1\r\nHost: x\r\n'
const request = (body: string, more = '') => `${HEAD}${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const reply = (text: string, headers: WholeReply['headers'] = {}): WholeReply => ({
  status: 200,
  headers,
  body: Buffer.from(text),
})

interface Laid {
  readonly server: Server
  readonly counts: { begun: number; ended: number }
  connect(): Client
}

interface Client {
  readonly socket: Socket
  send(text: string): void
  /** What has come, once it ends with `text`. */
  until(text: string): Promise<string>
  /** Resolves with all that came. */
  closed(): Promise<string>
}

async function lay(t: TestContext, options: Partial<LaneOptions> = {}): Promise<Laid> {
  const counts = { begun: 0, ended: 0 }
  const server = createServer(async (incoming, response) => {
    const chunks = await incoming.toArray()
    response.end(`http ${Buffer.concat(chunks).length}`)
  })
  layLane(server, 'connection', {
    prefix: '/v1/algo/',
    mayTake: () => true,
    begin() {
      counts.begun++
      return true
    },
    serve: async (_, body) => reply(`lane ${body}`),
    end: () => void counts.ended++,
    keepAliveMs: 60_000,
    ...options,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { server, counts, connect: () => open((server.address() as AddressInfo).port) }
}

function open(port: number): Client {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true })
  let text = ''
  socket
    .on('error', () => {})
    .on('data', (chunk) => {
      text += chunk.toString('latin1')
      socket.emit('more')
    })
  return {
    socket,
    send: (sent) => void socket.write(sent),
    async until(end) {
      while (!text.endsWith(end)) await once(socket, 'more')
      return text
    },
    async closed() {
      if (!socket.readableEnded && !socket.destroyed) await Promise.race([once(socket, 'end'), once(socket, 'close')])
      socket.destroy()
      return text
    },
  }
}

describe('the short way for whole requests', { timeout: 60_000 }, () => {
  test('answers as node:http would, and keeps the connection', async (t) => {
    const { connect, counts } = await lay(t)
    const client = connect()
    client.send(request('one'))
    const first = await client.until('lane one')
    assert.match(
      first,
      /^HTTP\/1\.1 200 OK\r\nContent-Length: 8\r\nX-Content-Type-Options: nosniff\r\nDate: [^\r]+ GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=60\r\n\r\nlane one$/,
    )
    client.send(request('three'))
    await client.until('lane three')
    assert.deepEqual(counts, { begun: 2, ended: 2 })
  })

  test('takes a body that comes after its head', async (t) => {
    const { connect } = await lay(t)
    const client = connect()
    const whole = request('later')
    client.send(whole.slice(0, -5))
    client.send('la')
    setImmediate(() => client.send('ter'))
    await client.until('later')
  })

  test('answers requests that are sent at once in their order, one at a time', async (t) => {
    let running = 0
    const { connect } = await lay(t, {
      async serve(_, body) {
        assert.equal(++running, 1)
        await delay(body.toString() === 'a' ? 30 : 1)
        running--
        return reply(`lane ${body};`)
      },
    })
    const client = connect()
    client.send(request('a') + request('b') + request('c').slice(0, -1))
    await client.until('lane b;')
    client.send('c')
    const all = await client.until('lane c;')
    assert.deepEqual(all.match(/lane ./g), ['lane a', 'lane b', 'lane c'])
  })

  test('the same head stands for the same object, as long as it is the same', async (t) => {
    const seen: unknown[] = []
    const { connect } = await lay(t, {
      async serve(head, body) {
        seen.push(head)
        return reply(`lane ${body}`)
      },
    })
    const client = connect()
    for (const [body, more] of [['a'], ['b'], ['c', 'X-A: 1\r\n'], ['dd']] as const) {
      client.send(request(body, more))
      await client.until(`lane ${body}`)
    }
    assert.equal(seen[0], seen[1])
    assert.equal(new Set(seen).size, 3)
  })

  const givenAway: Record<string, readonly string[]> = {
    'another method': ['GET /v1/algo/x HTTP/1.1\r\nHost: x\r\n\r\n', 'http 0'],
    'another path': [request('abc').replace('/v1/algo', '/v1/data'), 'http 3'],
    'a large body': [request('x'.repeat(70_000)), 'http 70000'],
    chunks: [`${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`, 'http 2'],
  }
  for (const [what, [text = '', answer = '']] of Object.entries(givenAway)) {
    test(`gives a connection away for ${what}, also after calls, and for good`, async (t) => {
      const { connect, counts } = await lay(t)
      const client = connect()
      client.send(request('one') + text)
      assert.match(await client.until(answer), /lane one/)
      client.send(request('four'))
      await client.until('http 4')
      assert.deepEqual(counts, { begun: 1, ended: 1 })
    })
  }

  test('gives a connection away on which a head comes in pieces, or a body slowly', async (t) => {
    const { connect } = await lay(t)
    const [pieces, slow] = [connect(), connect()]
    pieces.send(HEAD)
    slow.send(request('slow').slice(0, -1))
    await delay(20)
    pieces.send('Content-Length: 2\r\n\r\nab')
    await pieces.until('http 2')
    await delay(200)
    slow.send('w')
    await slow.until('http 4')
  })

  test('gives a connection away while requests have to wait', async (t) => {
    const { connect, counts } = await lay(t, { begin: () => false })
    const client = connect()
    client.send(request('one'))
    await client.until('http 3')
    assert.deepEqual(counts, { begun: 0, ended: 0 })
  })

  test('who has closed its side still gets the answer', async (t) => {
    const { connect, counts } = await lay(t, { serve: () => delay(30, reply('lane late')) })
    const client = connect()
    client.socket.end(request('one'))
    assert.match(await client.closed(), /lane late$/)
    assert.equal(counts.ended, 1)
  })

  test('who goes away before the answer is counted as answered, once', async (t) => {
    const served = Promise.withResolvers<void>()
    const { connect, counts } = await lay(t, {
      async serve() {
        served.resolve()
        await delay(50)
        return reply('x'.repeat(100_000))
      },
    })
    const client = connect()
    client.send(request('one'))
    await served.promise
    client.socket.resetAndDestroy()
    while (counts.ended === 0) await delay(10)
    await delay(50)
    assert.deepEqual(counts, { begun: 1, ended: 1 })
  })

  test('a header that would make two replies of one ends the connection', async (t) => {
    const { connect, counts } = await lay(t, { serve: async () => reply('no', { 'X-A': 'b\r\n\r\nHTTP/1.1 200 OK' }) })
    const client = connect()
    client.send(request('one'))
    assert.equal(await client.closed(), '')
    assert.equal(counts.ended, 1)
  })

  test('a long answer comes whole, and the next request counts once it has been read', async (t) => {
    const long = 'x'.repeat(3_000_000)
    const { connect } = await lay(t, { serve: async (_, body) => reply(`${long}${body}`) })
    const client = connect()
    client.socket.pause()
    client.send(request('1') + request('2'))
    await delay(50)
    client.socket.resume()
    const all = await client.until('x2')
    assert.equal(all.match(/x{3000000}[12]/g)?.length, 2)
  })

  test('connections without requests are closed after a while, and when the server closes', async (t) => {
    const { connect } = await lay(t, { keepAliveMs: 500 })
    const idle = connect()
    idle.send(request('one'))
    assert.match(await idle.closed(), /lane one$/)
    const { server, connect: again } = await lay(t)
    const kept = again()
    kept.send(request('one'))
    await kept.until('lane one')
    const closed = once(server, 'close')
    server.close()
    await closed
    assert.match(await kept.closed(), /lane one$/)
  })

  test('a call that runs when the server closes gets its answer', async (t) => {
    const { server, connect } = await lay(t, { serve: () => delay(200, reply('lane late')) })
    const client = connect()
    client.send(request('one'))
    await delay(50)
    server.close()
    await client.until('lane late')
    server.closeIdleConnections()
    await once(server, 'close')
  })
})
