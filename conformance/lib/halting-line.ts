/** A TCP line to a server that passes on what a client sends only up to a point, until it is told to go on. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface HaltingLine {
  /** The same address on this line. */
  readonly url: string
  /** Resolves when a connection has been halted. */
  readonly halted: Promise<void>
  /** Passes on what was held back, and all that comes. */
  goOn(): void
  close(): void
}

/** @param bytes of one connection that are passed on before it is halted */
export async function openHaltingLine(url: string, bytes: number): Promise<HaltingLine> {
  const { hostname, port } = new URL(url)
  const halted = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => client.destroy()))
    upstream.pipe(client)
    void passUp(client, upstream).catch(() => upstream.destroy())
  })

  async function passUp(client: Socket, upstream: Socket): Promise<void> {
    let passed = 0
    for await (const chunk of client) {
      passed += chunk.length
      if (passed > bytes) {
        halted.resolve()
        await released.promise
      }
      upstream.write(chunk)
    }
    upstream.end()
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const line = new URL(url)
  line.port = String((server.address() as AddressInfo).port)
  return {
    url: line.href,
    halted: halted.promise,
    goOn: released.resolve,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
