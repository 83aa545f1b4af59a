/**
 * What the Go client puts on the wire and needs to read, replayed: no module proxy within reach serves
 * github.com/algorithmiaio/algorithmia-go, so this is not the client itself (rest-api.md 4 to 6, go). It has no
 * management; hosted data is in go/data-cases.ts.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Json } from '../lib/curl.ts'
import { exchange, type RawReply } from '../lib/raw-socket.ts'
import { goDataCases } from './go/data-cases.ts'
import { type Platform, startPlatform } from './lib/platform.ts'

const TIMED_OUT = 'Failed to run algorithm - may have timed-out or hit out-of-memory error'

let platform: Platform
let probe: string
before(async () => {
  platform = await startPlatform()
  probe = platform.environment.CASES_PROBE ?? ''
})
after(() => platform?.close())

goDataCases(() => platform)

interface Call {
  readonly path?: string
  /** As `url.Values` encodes it: sorted by name. */
  readonly query?: string
  readonly input: string | Buffer | null | object
  readonly key?: string
}

/** Go's request: the bare key, the type by the kind of input, `null` typed twice; only `Connection: close` is ours. */
function pipe({ path = probe, query, input, key = platform.owner.key }: Call): Promise<RawReply> {
  const body = typeof input === 'string' || Buffer.isBuffer(input) ? Buffer.from(input) : JSON.stringify(input)
  const lines = [
    `POST /v1/algo/${path}${query ? `?${query}` : ''} HTTP/1.1`,
    `Host: ${new URL(platform.url).host}`,
    'User-Agent: Go-http-client/1.1',
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Authorization: ${key}`,
    ...typesOf(input).map((type) => `Content-Type: ${type}`),
    'Accept-Encoding: gzip',
  ]
  return exchange(platform.url, Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), Buffer.from(body)]))
}

function typesOf(input: Call['input']): readonly string[] {
  if (typeof input === 'string') return ['text/plain']
  if (Buffer.isBuffer(input)) return ['application/octet-stream']
  return input === null ? ['application/json', 'application/json'] : ['application/json']
}

/** Go's reading of an answer: only 200 is success, else there must be `error` with a string `message`. */
function read(reply: RawReply): Json {
  const body = JSON.parse(reply.body.toString())
  if (reply.status !== 200) assert.equal(typeof body.error.message, 'string')
  return body
}

async function resultOf(call: Call): Promise<Json> {
  const reply = await pipe(call)
  assert.equal(reply.status, 200, reply.body.toString())
  return read(reply).result
}

test('Go: text, JSON and bytes by the kind of input', async () => {
  assert.equal(await resultOf({ input: 'Grüße 漢字 😀' }), 'Grüße 漢字 😀')
  assert.deepEqual(await resultOf({ input: { b: [1, 2.5], a: null } }), { b: [1, 2.5], a: null })
  assert.equal(await resultOf({ input: Buffer.from([0, 1, 255]) }), 'AAH/')
})

test('Go: nil is null although its type is sent twice', async () => {
  assert.equal(await resultOf({ input: null }), null)
})

test('Go: metadata holds a type and a number', async () => {
  const { metadata } = read(await pipe({ input: 'x' }))
  assert.deepEqual([metadata.content_type, typeof metadata.duration], ['text', 'number'])
})

test('Go: every form that names the version reaches it', async () => {
  for (const version of ['0.1.0', '0.1', '0.1.*', 'latest', platform.environment.CASES_PROBE_COMMIT]) {
    assert.equal(await resultOf({ path: `${probe}/${version}`, input: 'x' }), 'x')
  }
})

test('Go: SetOptions() sends timeout and stdout=false', async () => {
  const { metadata } = read(await pipe({ query: 'stdout=false&timeout=300', input: { do: 'print' } }))
  assert.equal('stdout' in metadata, false)
})

test('Go: a call over its timeout fails with the exact text and status 200', async () => {
  const reply = await pipe({ query: 'stdout=false&timeout=1', input: { do: 'sleep', seconds: 30 } })
  assert.equal(reply.status, 200)
  assert.equal(read(reply).error.message, TIMED_OUT)
})

test('Go: raw output, asked for once more with every call, is the bare bytes, not compressed', async () => {
  const query = 'output=raw&output=raw&stdout=false&timeout=300'
  for (const input of ['raw text', Buffer.from([0, 255])]) {
    const reply = await pipe({ query, input })
    assert.equal(reply.status, 200)
    assert.deepEqual(reply.body, Buffer.from(input))
    assert.equal(
      reply.headers.some(([name]) => name === 'Content-Encoding'),
      false,
    )
  }
})

test('Go: void output is status 200 with a request id', async () => {
  const reply = await pipe({ query: 'output=void&stdout=false&timeout=300', input: 'x' })
  assert.equal(reply.status, 200)
  assert.match(read(reply).request_id, /^req-[0-9a-f-]{36}$/)
})

test('Go: an exception arrives with scalar members only', async () => {
  const reply = await pipe({ input: { do: 'juggle' } })
  assert.equal(reply.status, 200)
  const { error } = read(reply)
  assert.deepEqual([error.message, error.error_type], ['cannot juggle', 'AlgorithmError'])
  for (const value of Object.values(error)) assert.equal(typeof value, 'string')
})

test('Go: a failed raw call has an error object, without which the client would report success', async () => {
  const reply = await pipe({ query: 'output=raw&stdout=false&timeout=300', input: { do: 'juggle' } })
  assert.equal(reply.status, 400)
  assert.equal(read(reply).error.message, 'cannot juggle')
})

test('Go: an unknown algorithm and a wrong key are error objects with another status', async () => {
  const unknown = await pipe({ path: 'nobody_here/nothing', input: 'x' })
  assert.deepEqual(
    [unknown.status, read(unknown).error.message],
    [404, 'algorithm algo://nobody_here/nothing not found'],
  )
  const refused = await pipe({ input: 'x', key: 'sim0000000000000000000000000' })
  assert.deepEqual([refused.status, read(refused).error.message], [401, 'authorization required'])
})
