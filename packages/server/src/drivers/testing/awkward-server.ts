/** A server that answers as a storage does on a bad day. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface AwkwardServer {
  readonly url: string
  /** `METHOD /path?query` of all requests. */
  readonly requests: readonly string[]
  close(): Promise<void>
}

export async function startAwkwardServer(answer: RequestListener): Promise<AwkwardServer> {
  const requests: string[] = []
  const server = createServer((request: IncomingMessage, response) => {
    requests.push(`${request.method} ${request.url}`)
    request.resume()
    answer(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
