/** What happens between the socket and a place: bodies that come slowly, not at all or to their half, readers that leave. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { afterEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from '@algorist/contract/errors.ts'
import type { Caller } from '../caller.ts'
import type { Driver } from '../drivers/driver.ts'
import { createMemoryDriver } from '../drivers/memory.ts'
import { createDriverPlace } from './driver-place.ts'
import type { DataPlace, FoundFile } from './place.ts'
import { JANE, serveData, type TestServer } from './testing.ts'

let closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing) await close()
  closing = []
})

interface Served extends TestServer {
  readonly driver: Driver
}

async function serve(
  change: (place: DataPlace) => Partial<DataPlace> = () => ({}),
  options: { caller?: Caller; idleMs?: number } = {},
): Promise<Served> {
  const driver = createMemoryDriver()
  const place = createDriverPlace({ driver, requireRight: () => {} })
  const server = await serveData({ ...place, ...change(place) }, options)
  closing.push(server.close, driver.close)
  return { ...server, driver }
}

const send = (server: TestServer, method: string, path: string, headers: Record<string, string> = {}): ClientRequest =>
  httpRequest(`${server.url}/v1/data/${path}`, { method, headers, agent: false }).on('error', () => {})

async function replyOf(sent: ClientRequest): Promise<IncomingMessage> {
  const [reply] = await once(sent, 'response')
  return reply
}

async function statOf({ driver }: Served, path: string) {
  return (await driver.stat(path))?.kind
}

/** Until it is true; fails after two seconds. */
async function eventually(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (await look()) return
    await delay(10)
  }
  assert.fail(`never: ${what}`)
}

const MIB = 1024 * 1024

/** A file without an end to its reading until somebody reads. */
function foundFile(source: Readable, sizeBytes: number): FoundFile {
  return { kind: 'file', sizeBytes, etag: 'e', modifiedAt: new Date(0), read: async () => source }
}

function endless(sizeBytes: number): Readable & { givenBytes: number } {
  const chunk = Buffer.alloc(65_536)
  const source = Object.assign(new Readable({ read: give }), { givenBytes: 0 })
  function give(): void {
    source.givenBytes += chunk.length
    source.push(source.givenBytes <= sizeBytes ? chunk : null)
  }
  return source
}

test('a body is taken as fast as it is stored, and no faster', async () => {
  let taken = 0
  const gate = Promise.withResolvers<void>()
  const server = await serve((place) => ({
    async put(path, body, options) {
      for await (const chunk of body) {
        taken += chunk.length
        await gate.promise
      }
      return place.put(path, Readable.from([]), { signal: options?.signal })
    },
  }))
  const sent = send(server, 'PUT', 'a', { 'Content-Length': String(64 * MIB) })
  let written = 0
  const chunk = Buffer.alloc(MIB)
  for (let count = 0; count < 64; count++)
    sent.write(chunk, () => {
      written += MIB
    })
  await eventually('the first bytes are taken', () => taken > 0)
  await delay(200)
  assert.ok(taken <= 65_536, `${taken} bytes were taken before the first were stored`)
  assert.ok(written < 32 * MIB, `${written} bytes left the client`)
  gate.resolve()
  sent.end()
  assert.equal((await replyOf(sent)).statusCode, 200)
  assert.equal(taken, 64 * MIB)
})

test('a reader gets a file as fast as it reads, and no faster', async () => {
  const source = endless(64 * MIB)
  const server = await serve(() => ({ find: async () => foundFile(source, 64 * MIB) }))
  const sent = send(server, 'GET', 'a').end()
  const reply = await replyOf(sent)
  await delay(200)
  assert.ok(source.givenBytes < 32 * MIB, `${source.givenBytes} bytes were read before the client took them`)
  assert.equal((await buffer(reply)).length, 64 * MIB)
})

test('a reader who leaves closes what is read for it', async () => {
  const source = endless(64 * MIB)
  const server = await serve(() => ({ find: async () => foundFile(source, 64 * MIB) }))
  const sent = send(server, 'GET', 'a').end()
  await replyOf(sent)
  sent.destroy()
  await eventually('the source is closed', () => source.destroyed)
})

test('a reader who leaves before the file was open closes it as well', async () => {
  const source = endless(MIB)
  const opened = Promise.withResolvers<Readable>()
  const asked = Promise.withResolvers<void>()
  const read = () => {
    asked.resolve()
    return opened.promise
  }
  const server = await serve(() => ({ find: async () => ({ ...foundFile(source, MIB), read }) }))
  const sent = send(server, 'GET', 'a').end()
  await asked.promise
  sent.destroy()
  await delay(50)
  opened.resolve(source)
  await eventually('the source is closed', () => source.destroyed)
})

test('a reader who takes nothing for long is cut off', async () => {
  const source = endless(64 * MIB)
  const server = await serve(() => ({ find: async () => foundFile(source, 64 * MIB) }), { idleMs: 150 })
  await replyOf(send(server, 'GET', 'a').end())
  await eventually('the source is closed', () => source.destroyed)
})

test('a slow source is waited for', async () => {
  const source = Readable.from(
    (async function* () {
      yield Buffer.from('be')
      await delay(300)
      yield Buffer.from('gin')
    })(),
    { objectMode: false },
  )
  const server = await serve(() => ({ find: async () => foundFile(source, 5) }), { idleMs: 100 })
  assert.equal(await text(await replyOf(send(server, 'GET', 'a').end())), 'begin')
})

for (const [what, source, sizeBytes] of [
  [
    'fails',
    Readable.from(
      (async function* () {
        yield Buffer.from('be')
        throw new Error('broken disk')
      })(),
      { objectMode: false },
    ),
    5,
  ],
  ['is shorter than was said', Readable.from([Buffer.from('be')], { objectMode: false }), 5],
  ['is longer than was said', Readable.from([Buffer.from('beginning')], { objectMode: false }), 5],
] as const) {
  test(`a source that ${what} cuts the connection: no part looks whole`, async () => {
    const server = await serve(() => ({ find: async () => foundFile(source, sizeBytes) }))
    const outcome = await replyOf(send(server, 'GET', 'a').end())
      .then(text)
      .catch((error: Error) => error)
    assert.ok(outcome instanceof Error, String(outcome))
  })
}

test('a file that is replaced while it is opened is looked at again', async () => {
  let looks = 0
  const server = await serve(() => ({
    async find() {
      if (looks++ > 0) return foundFile(Readable.from([Buffer.from('new')]), 3)
      return {
        ...foundFile(Readable.from([]), 100),
        read: async () => {
          throw new ApiError('DataNotFound')
        },
      }
    },
  }))
  const reply = await replyOf(send(server, 'GET', 'a').end())
  assert.deepEqual([reply.statusCode, reply.headers['content-length'], await text(reply)], [200, '3', 'new'])
})

test('of a body that ends in the middle nothing is kept', async () => {
  const server = await serve()
  const sent = send(server, 'PUT', 'a', { 'Content-Length': '100' })
  sent.write('half of it')
  await delay(50)
  sent.destroy()
  await delay(100)
  assert.equal(await statOf(server, 'a'), undefined)
})

test('of a body that stops coming nothing is kept, and its sender is told', async () => {
  const server = await serve(undefined, { idleMs: 100 })
  const sent = send(server, 'PUT', 'a', { 'Content-Length': '100' })
  sent.write('half of it')
  const reply = await replyOf(sent)
  assert.equal(reply.statusCode, 408)
  assert.equal(reply.headers['x-error-message'], 'No byte of the body came for 0.1 seconds')
  assert.equal(await statOf(server, 'a'), undefined)
})

test('a body that comes slowly is waited for', async () => {
  const server = await serve(undefined, { idleMs: 150 })
  const sent = send(server, 'PUT', 'a')
  for (const piece of ['sl', 'ow', 'ly']) {
    sent.write(piece)
    await delay(80)
  }
  sent.end()
  assert.equal((await replyOf(sent)).statusCode, 200)
  assert.equal(await text(await server.driver.read('a')), 'slowly')
})

test('a client that asks is told to send its body when it may', async () => {
  const server = await serve()
  const sent = send(server, 'PUT', 'a', { Expect: '100-continue', 'Content-Length': '4' })
  sent.flushHeaders()
  await once(sent, 'continue')
  sent.end('body')
  assert.equal((await replyOf(sent)).statusCode, 200)
})

test('a client that asks is refused before it sends, and its connection ends', async () => {
  const server = await serve(() => ({
    put: async () => {
      throw new ApiError('NotAuthorized')
    },
  }))
  const sent = send(server, 'PUT', 'a', { Expect: '100-continue', 'Content-Length': '4' })
  let isContinued = false
  sent.on('continue', () => {
    isContinued = true
  })
  sent.flushHeaders()
  const reply = await replyOf(sent)
  assert.deepEqual([reply.statusCode, reply.headers.connection, isContinued], [403, 'close', false])
})

test('a sender who is refused in the middle gets to read why', async () => {
  const server = await serve(() => ({
    async put(_path, body) {
      for await (const _chunk of body) throw new ApiError('PayloadTooLarge')
      throw new Error('no body')
    },
  }))
  const sent = send(server, 'PUT', 'a', { 'Content-Length': String(16 * MIB) })
  sent.end(Buffer.alloc(16 * MIB))
  assert.equal((await replyOf(sent)).statusCode, 413)
})

test('admin keys open no data', async () => {
  const { account } = JANE as Extract<Caller, { kind: 'key' }>
  const server = await serve(undefined, { caller: { kind: 'admin', keyId: '1', account } })
  assert.equal((await replyOf(send(server, 'GET', '').end())).statusCode, 403)
})
