/** A server that only answers 429, as cheaply as `node:http` can. It prints its address and ends with its input. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const BODY = Buffer.from('{"error":{"message":"Too many requests"}}')

const server = createServer((_request, response) => {
  response.writeHead(429, { 'Content-Type': 'application/json', 'Content-Length': BODY.length, 'Retry-After': '1' })
  response.end(BODY)
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
process.stdin.on('end', () => process.exit()).resume()
