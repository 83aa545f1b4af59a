import assert from 'node:assert/strict'
import { pipeline } from 'node:stream/promises'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createAddressSet } from '@algorist/contract/public-addresses.ts'
import { type ConnectorAgents, createConnectorAgents } from './egress-agents.ts'
import { createEgressGate, EgressError } from './egress-gate.ts'
import { createStreamingFetch } from './streaming-fetch.ts'
import { ALLOWED, SECRET, startTwoServers, type TwoServers } from './testing/two-servers.ts'

const MIB = 2 ** 20

let servers: TwoServers
let agents: ConnectorAgents
let fetch: typeof globalThis.fetch

before(async () => {
  servers = await startTwoServers()
  const resolve = async (name: string) => (name === 'secret.test' ? [SECRET] : [ALLOWED])
  const gate = createEgressGate({ allow: createAddressSet([ALLOWED]), resolve })
  agents = createConnectorAgents(gate, { silenceMs: 300 })
  fetch = createStreamingFetch(agents)
})

/** Tells what came. */
beforeEach(() => {
  servers.answer = async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    const { 'content-length': length, 'content-type': type, 'transfer-encoding': encoding } = request.headers
    response.end(JSON.stringify({ method: request.method, body, length, type, encoding }))
  }
})

after(() => {
  agents.close()
  servers.close()
})

const at = (path = '/', host = 'good.test') => `http://${host}:${servers.port}${path}`

function isProblem(problem: string) {
  return (error: unknown) => {
    assert.ok(error instanceof EgressError, String(error))
    assert.equal(error.problem, problem, error.message)
    return true
  }
}

async function* pieces(count: number, piece: Buffer): AsyncGenerator<Buffer> {
  for (let sent = 0; sent < count; sent++) yield piece
}

/** A body of this many MiB that exists nowhere as a whole. */
function streamOf(mebibytes: number): ReadableStream<Uint8Array> {
  return ReadableStream.from(pieces(mebibytes * 16, Buffer.alloc(MIB / 16, 'x')))
}

test('text and bytes are sent with their length, streams in chunks, forms with their type', async () => {
  const send = async (body: RequestInit['body']) =>
    JSON.parse(await (await fetch(at(), { method: 'PUT', body, duplex: 'half' })).text())
  const put = { method: 'PUT', body: 'té' }
  assert.deepEqual(await send('té'), { ...put, length: '3', type: 'text/plain;charset=UTF-8' })
  assert.deepEqual(await send(Buffer.from('té')), { ...put, length: '3' })
  assert.deepEqual(await send(ReadableStream.from([Buffer.from('té')])), { ...put, encoding: 'chunked' })
  const form = await send(new URLSearchParams({ a: 'b c' }))
  assert.deepEqual([form.body, form.type], ['a=b+c', 'application/x-www-form-urlencoded;charset=UTF-8'])
})

test('it takes a Request as well', async () => {
  const reply = await fetch(new Request(at(), { method: 'POST', body: 'text' }))
  assert.equal(JSON.parse(await reply.text()).body, 'text')
})

test('private addresses are refused, at once and after a redirect', async () => {
  for (const host of ['secret.test', SECRET, '127.0.0.1', '[::1]']) {
    await assert.rejects(fetch(at('/', host)), isProblem('AddressRefused'))
  }
  for (const host of ['secret.test', SECRET, '169.254.169.254']) {
    servers.answer = (_request, response) => response.writeHead(307, { Location: at('/', host) }).end()
    await assert.rejects(fetch(at(), { method: 'POST', body: 'text' }), isProblem('AddressRefused'))
  }
  await assert.rejects(fetch('file:///etc/passwd'), isProblem('InvalidUrl'))
})

test('a redirect sends bytes again, streams it cannot', async () => {
  const echo = servers.answer
  servers.answer = (request, response) => {
    if (request.url !== '/old') return echo(request, response)
    request.resume()
    return response.writeHead(308, { Location: '/new' }).end()
  }
  const reply = await fetch(at('/old'), { method: 'PUT', body: Buffer.from('text') })
  assert.equal(JSON.parse(await reply.text()).body, 'text')
  const stream = { method: 'PUT', body: ReadableStream.from([Buffer.from('text')]), duplex: 'half' } as const
  await assert.rejects(fetch(at('/old'), stream), isProblem('RedirectRefused'))
})

test('192 MiB go each way in memory that does not grow with them', async () => {
  let received = 0
  servers.answer = async (request, response) => {
    for await (const chunk of request) received += (chunk as Buffer).length
    await pipeline(streamOf(192), response)
  }
  const before = process.memoryUsage.rss()
  let [most, read] = [0, 0]
  const reply = await fetch(at(), { method: 'POST', body: streamOf(192), duplex: 'half' })
  for await (const chunk of reply.body ?? []) {
    read += chunk.length
    most = Math.max(most, process.memoryUsage.rss() - before)
  }
  assert.deepEqual([received, read], [192 * MIB, 192 * MIB])
  assert.ok(most < 96 * MIB, `${Math.round(most / MIB)} MiB more`)
})

test('a reader that waits makes the server wait', async () => {
  let sent = 0
  servers.answer = async (_request, response) => {
    async function* counted() {
      for await (const chunk of streamOf(192)) {
        sent += chunk.length
        yield chunk
      }
    }
    await pipeline(counted(), response).catch(() => undefined)
  }
  const reply = await fetch(at())
  await delay(200)
  await reply.body?.cancel()
  assert.ok(sent < 32 * MIB, `${sent / MIB} MiB were sent`)
})

test('a reply that takes long is read to its end as long as something comes', async () => {
  servers.answer = async (_request, response) => {
    for (let part = 0; part < 8; part++) {
      response.write('part ')
      await delay(80)
    }
    response.end()
  }
  assert.equal((await (await fetch(at())).text()).length, 40)
})

test('silence ends the exchange, before the reply and within it', async () => {
  servers.answer = () => {}
  await assert.rejects(fetch(at()), isProblem('TimedOut'))
  servers.answer = (_request, response) => response.writeHead(200).write('some')
  const reply = await fetch(at())
  await assert.rejects(reply.text(), isProblem('TimedOut'))
})

test('the caller can end it with a reason, before the reply and within it', async () => {
  const reason = new Error('enough')
  servers.answer = () => {}
  const waiting = new AbortController()
  const asking = fetch(at(), { signal: waiting.signal })
  setTimeout(() => waiting.abort(reason), 20)
  await assert.rejects(asking, (error) => error === reason)
  servers.answer = (_request, response) => response.writeHead(200).write('some')
  const reading = new AbortController()
  const reply = await fetch(at(), { signal: reading.signal })
  setTimeout(() => reading.abort(reason), 20)
  await assert.rejects(reply.text(), (error) => error === reason)
})

test('a body that nobody wants any more ends the connection though nothing comes', async () => {
  const closed = Promise.withResolvers<number>()
  const startedAt = Date.now()
  servers.answer = (_request, response) => {
    response.once('close', () => closed.resolve(Date.now() - startedAt))
    response.writeHead(200).write('some')
  }
  const reply = await fetch(at())
  const reader = reply.body?.getReader()
  await reader?.read()
  const pending = reader?.read()
  await reader?.cancel()
  await pending
  assert.ok((await closed.promise) < 250, 'only the silence ended it')
})

test('a reply that is cut off is an error, and so is a body that fails', async () => {
  servers.answer = (_request, response) => {
    response.writeHead(200, { 'Content-Length': 100 }).write('some')
    setTimeout(() => response.destroy(), 20)
  }
  await assert.rejects((await fetch(at())).text(), isProblem('ConnectionFailed'))
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('some')
    throw new Error('the sender hung up')
  }
  const body = ReadableStream.from(failing())
  await assert.rejects(fetch(at(), { method: 'PUT', body, duplex: 'half' }), isProblem('ConnectionFailed'))
})

test('nothing of all this has reached the server that must not be reached', () => {
  assert.deepEqual(servers.secretRequests, [])
})
