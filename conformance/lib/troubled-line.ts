/** A line to another server that can be down, silent, slow, or cut in the middle of a transfer. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export type Trouble =
  | { readonly kind: 'none' }
  /** Connections are refused. */
  | { readonly kind: 'down' }
  /** Connections are accepted, and nothing ever comes back. */
  | { readonly kind: 'silent' }
  /** What comes back waits so long, piece by piece. */
  | { readonly kind: 'slow'; readonly pauseMs: number }
  /** Each connection is cut after so many bytes in that direction. */
  | { readonly kind: 'cut'; readonly direction: 'up' | 'down'; readonly afterBytes: number }

export interface TroubledLine {
  /** Base address of this end. */
  readonly endpoint: string
  /** Ends all connections; what comes after has this trouble. */
  set(trouble: Trouble): Promise<void>
  close(): Promise<void>
}

/** @param endpoint of the server at the other end, without TLS */
export async function openTroubledLine(endpoint: string): Promise<TroubledLine> {
  const { hostname, port } = new URL(endpoint)
  const sockets = new Set<Socket>()
  let trouble: Trouble = { kind: 'none' }
  let server: Server | undefined
  let ownPort = 0

  function join(near: Socket): void {
    hold(near)
    if (trouble.kind === 'silent') return void near.resume()
    const far = hold(connect(Number(port), hostname))
    copy(near, far, pieces(trouble, 'up'))
    copy(far, near, pieces(trouble, 'down'))
  }

  function hold(socket: Socket): Socket {
    sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }

  async function listen(): Promise<void> {
    server = createServer(join).listen(ownPort, '127.0.0.1')
    await once(server, 'listening')
    ownPort = (server.address() as AddressInfo).port
  }

  async function hangUp(): Promise<void> {
    const closed = server && once(server, 'close')
    server?.close()
    // Not reset: of a connection that is also shutting down that leaves a handle for which Node waits at its end, for ever.
    for (const socket of sockets) socket.destroy()
    await closed
    server = undefined
  }

  await listen()
  return {
    endpoint: `http://127.0.0.1:${ownPort}`,
    async set(next) {
      await hangUp()
      trouble = next
      if (next.kind !== 'down') await listen()
    },
    close: hangUp,
  }
}

function copy(from: Socket, to: Socket, through: Transform): void {
  pipeline(from, through, to).catch(() => {
    from.destroy()
    to.destroy()
  })
}

/** What a trouble does to the pieces that go in one direction. */
function pieces(trouble: Trouble, direction: 'up' | 'down'): Transform {
  let passedBytes = 0
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      passedBytes += piece.length
      if (trouble.kind === 'slow' && direction === 'down') setTimeout(done, trouble.pauseMs, null, piece)
      else if (trouble.kind === 'cut' && trouble.direction === direction && passedBytes > trouble.afterBytes) {
        done(new Error('The line is cut'))
      } else done(null, piece)
    },
  })
}
