import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { after, before, test } from 'node:test'
import { ApiError } from '@algorist/contract/errors.ts'
import { readInput } from './input.ts'

const limits = { maxBytes: 1000, timeoutMs: 500 }
const server = createServer(async (request, response) => {
  try {
    const { contentType, body } = await readInput(request, limits)
    response.end(`${contentType}:${body.toString('latin1')}`)
  } catch (error) {
    response.statusCode = error instanceof ApiError ? error.status : 500
    response.end(error instanceof Error ? error.message : '')
  }
})
let url = ''

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(() => {
  server.closeAllConnections()
  server.close()
})

const post = async (type: string | null, body: string | Buffer) => {
  const answer = await fetch(url, {
    method: 'POST',
    headers: type === null ? {} : { 'Content-Type': type },
    body: Buffer.from(body),
  })
  return `${answer.status} ${await answer.text()}`
}

test('the content type decides the kind, whatever its parameters and capitals', async () => {
  assert.equal(await post('application/json; charset=utf-8', '{"a": 1.0}'), '200 json:{"a": 1.0}')
  assert.equal(await post('Application/JSON', '[]'), '200 json:[]')
  assert.equal(await post('application/vnd.x+json', '1'), '200 json:1')
  assert.equal(await post('text/plain', '1'), '200 text:1')
  assert.equal(await post('application/text', 'x'), '200 text:x')
  assert.equal(await post('application/octet-stream', Buffer.from([255])), '200 binary:\xff')
  assert.equal(await post('image/png', 'x'), '200 binary:x')
})

test('a long text that ends inside a character is refused, however it was cut', async () => {
  limits.maxBytes = 1_000_000
  try {
    // The last piece is of another size each time.
    for (const length of [210_000, 216_000, 222_000, 228_000, 234_000]) {
      const whole = Buffer.from(`${'x'.repeat(2 * length)}ü`)
      assert.match(await post('text/plain', whole), /^200 text:/)
      assert.equal(await post('text/plain', whole.subarray(0, -1)), '400 The text is not valid UTF-8')
    }
  } finally {
    limits.maxBytes = 1000
  }
})

test('without a type the bytes decide: JSON, else text, else binary', async () => {
  assert.equal(await post(null, '{"a":1}'), '200 json:{"a":1}')
  assert.equal(await post('application/x-www-form-urlencoded', 'HAL 9000'), '200 text:HAL 9000')
  assert.equal(await post(null, Buffer.from([0xff, 0xfe])), '200 binary:\xff\xfe')
})

test('an empty body is null as JSON, empty as text and as bytes', async () => {
  assert.equal(await post('application/json', ''), '200 json:null')
  assert.equal(await post('text/plain', ''), '200 text:')
  assert.equal(await post('application/octet-stream', ''), '200 binary:')
})

test('wrong bytes and unknown types are refused with what was expected', async () => {
  assert.match(await post('application/json', '{"a":}'), /^400 Invalid JSON: expected a value, got `}` at byte 6/)
  assert.match(await post('application/json', Buffer.from('"\xff"', 'latin1')), /^400 .*UTF-8/)
  assert.match(await post('text/plain', Buffer.from([0xff])), /^400 .*UTF-8/)
  assert.match(await post('multipart/form-data; boundary=x', 'x'), /^415 .*application\/json/)
  assert.match(await post('application/x-unknown', 'x'), /^415 /)
})

test('a body over the limit is refused whether or not it says its length', async () => {
  assert.match(await post('text/plain', 'x'.repeat(1001)), /^413 .*1000 bytes/)
  const streamed = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain' },
    body: ReadableStream.from([Buffer.alloc(600, 'x'), Buffer.alloc(600, 'x')]),
    duplex: 'half',
  } as RequestInit)
  assert.equal(streamed.status, 413)
})

test('a body that does not arrive in time is refused', async () => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nabc')
  const [answer] = await once(socket, 'data')
  assert.match(String(answer), /^HTTP\/1.1 408 /)
  socket.destroy()
})
