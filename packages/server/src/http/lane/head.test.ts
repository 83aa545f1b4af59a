import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, test } from 'node:test'
import { readPlainHead } from './head.ts'

const FIELDS = ['Host: localhost:9000', 'Content-Length: 5', 'Content-Type: text/plain', 'Authorization: Simple simA1']
const head = (...lines: string[]) => lines.join('\r\n')
const post = (...fields: string[]) => head('POST /v1/algo/demo/Hello HTTP/1.1', ...FIELDS, ...fields)

describe('the head of a request in its plainest form', () => {
  const plain = [
    post(),
    post('Accept: */*', 'User-Agent: curl/7.88.1 (x; y=1)', 'Connection: Keep-Alive'),
    head('POST /v1/algo/a/b/1.2.*?timeout=5&output=raw HTTP/1.1', ...FIELDS),
    head('POST /v1/algo/algo://a/b HTTP/1.1', 'host:x', 'CONTENT-LENGTH:\t0\t'),
    post('X-Empty:', 'X-Spaces:   a  b   ', 'X-Marks: !#$%&\'*+-.^_`|~()<>@,;:\\"/[]?={}'),
  ]
  for (const text of plain) {
    test(`is read as node:http reads it: ${JSON.stringify(text.slice(5, 90))}`, async () => {
      const read = readPlainHead(text)
      const seen = await seenByNode(text)
      assert.ok(read && seen)
      assert.equal(read.url, seen.url)
      assert.deepEqual(read.headers, { ...seen.headers })
      assert.equal(read.bodyBytes, Number(seen.headers['content-length']))
    })
  }

  const others: Record<string, string> = {
    'another method': post().replace('POST', 'GET'),
    'another version': post().replace('1.1', '1.0'),
    'an absolute target': post().replace(' /v1', ' http://x/v1'),
    'bytes that are no ASCII in the target': post().replace('demo', 'd\xe9mo'),
    'a fragment in the target': post().replace('Hello', 'Hello#x'),
    'two spaces in the first line': post().replace(' HTTP', '  HTTP'),
    'a line that is folded': post('X-A: b', ' c'),
    'a space before the colon': post('X-A : b'),
    'a field without a name': post(': b'),
    'a line without a colon': post('X-A'),
    'a line feed alone': `${post()}\nX-A: b`,
    'a carriage return alone': post('X-A: b\rX-B: c'),
    'a zero byte': post('X-A: b\0'),
    'bytes that are no ASCII in a field': post('X-A: \xe9'),
    'a field that comes twice': post('content-type: application/json'),
    'two lengths': post('Content-Length: 5'),
    'a length and chunks': post('Transfer-Encoding: chunked'),
    'a length that is no number': post().replace('Length: 5', 'Length: +5'),
    'a list of lengths': post().replace('Length: 5', 'Length: 5, 5'),
    'a length too long to be small': post().replace('Length: 5', 'Length: 12345678'),
    'no length': post().replace('Content-Length: 5\r\n', ''),
    'no host': post().replace('Host: localhost:9000\r\n', ''),
    'an empty host': post().replace('localhost:9000', ''),
    'a host that is none': post().replace('localhost:9000', 'a/b'),
    'a client that waits to be asked for the body': post('Expect: 100-continue'),
    'another protocol': post('Connection: Upgrade', 'Upgrade: websocket'),
    'a connection that is to be closed': post('Connection: close'),
    'fields behind the body': post('Trailer: X-A'),
    'a field that is named as a part of every object': post('__proto__: x', '__proto__: y'),
  }
  for (const [what, text] of Object.entries(others)) {
    test(`is not one with ${what}`, () => assert.equal(readPlainHead(text), null))
  }
})

/** What a server of node:http gets, or null when it refuses it. */
async function seenByNode(text: string): Promise<IncomingMessage | null> {
  const server = createServer((request, response) => {
    response.end()
    server.emit('seen', request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const seen = Promise.race([once(server, 'seen').then(([request]) => request), once(client, 'close').then(() => null)])
  client.on('error', () => {}).write(`${text}\r\n\r\n`, 'latin1')
  const request = await seen
  client.destroy()
  server.closeAllConnections()
  server.close()
  return request
}
