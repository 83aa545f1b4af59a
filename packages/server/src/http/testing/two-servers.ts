/** Two real servers on one port: one that may be reached, and one that stands for a private network. */
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export const ALLOWED = '127.0.0.81'
export const SECRET = '127.0.0.82'

export interface TwoServers {
  readonly port: number
  /** Of the server that may be reached. */
  answer: RequestListener
  /** To the server that may be reached. */
  readonly connections: readonly Socket[]
  /** To the other one. */
  readonly secretRequests: readonly string[]
  close(): void
}

export async function startTwoServers(): Promise<TwoServers> {
  const connections: Socket[] = []
  const secretRequests: string[] = []
  const allowed = createServer((request, response) => servers.answer(request, response))
  allowed.on('connection', (socket) => connections.push(socket))
  const secret = createServer((request, response) => {
    secretRequests.push(request.url ?? '')
    response.end('the secret')
  })
  const port = await listen(allowed, 0, ALLOWED)
  await listen(secret, port, SECRET)
  const servers: TwoServers = {
    port,
    answer: (_request, response) => response.end('hello'),
    connections,
    secretRequests,
    close() {
      for (const server of [allowed, secret]) {
        server.closeAllConnections()
        server.close()
      }
    },
  }
  return servers
}

async function listen(server: Server, port: number, address: string): Promise<number> {
  server.listen(port, address)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
