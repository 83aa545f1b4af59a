/**
 * A short way for requests that are whole when they arrive: a head in its plainest form and a small body. It
 * costs a third of what node:http takes, which for short calls is most of all. Everything else is node:http's, which is
 * given the connection with all that came on it: another method or path, a large or slow body, whatever looks unusual. A
 * connection does not come back from there. Owns how long connections stay; what is read and written on one is
 * connection.ts.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { createBag } from '../../bag.ts'
import type { RequestHead } from '../request-head.ts'
import { type LaneConnection, type LaneWays, openConnection } from './connection.ts'
import { createReplyWriter, type WholeReply } from './reply.ts'

export interface LaneOptions {
  /** Raw path prefix of the requests that are taken. */
  readonly prefix: string
  /** False for connections that go to node:http at once. */
  readonly mayTake: (socket: Socket) => boolean
  /**
   * Begins to handle a request, or says that something is in the way: then node:http gets it. The same object stands for
   * the same head on the same connection, as often as it comes.
   */
  readonly begin: (head: RequestHead) => boolean
  /** Must not reject. `begunAtMs`, monotonic: when its first bytes came, of one that came in pieces. */
  readonly serve: (head: RequestHead, body: Buffer, begunAtMs?: number) => Promise<WholeReply>
  /** What has begun has its whole answer, or there is nobody to give it to. */
  readonly end: () => void
  readonly keepAliveMs: number
}

/**
 * A request that is not whole after this time is node:http's, which has limits for all that is slow. Clients that write head
 * and body one after the other do it at once; what comes later takes a place among the calls of its account first.
 */
const GATHER_MS = 25
const SWEEP_MS = 1000

/** Puts the lane before node:http on the connections of a server that does not listen yet. */
export function layLane(server: Server, event: 'connection' | 'secureConnection', options: LaneOptions): void {
  const { prefix, mayTake, begin, serve, end, keepAliveMs } = options
  const [listener, ...others] = server.listeners(event)
  if (listener === undefined || others.length > 0) throw new Error('Expected node:http alone to listen to connections')
  const connections = createBag<LaneConnection>()
  const write = createReplyWriter({ keepAliveSeconds: keepAliveMs / 1000 })
  let date = new Date().toUTCString()
  let sweeper: NodeJS.Timeout | undefined
  let gatherTimer: NodeJS.Timeout | undefined
  const ways: LaneWays = {
    begin,
    serve,
    end,
    isCall: ({ url }) => url.startsWith(prefix),
    bytesOf: (reply) => write(reply, date),
    toHttp: (socket) => void listener.call(server, socket),
    gathers: limitGathering,
  }

  server.off(event, listener as (socket: Socket) => void)
  server.on(event, (socket: Socket) => (mayTake(socket) ? take(socket) : ways.toHttp(socket)))
  joinClosing()

  /** Whoever closes the server or its connections means these as well. */
  function joinClosing(): void {
    const { closeIdleConnections, closeAllConnections } = server
    server.closeIdleConnections = () => {
      closeIdleConnections.call(server)
      connections.visit((connection) => {
        if (!connection.isAnswering && !connection.isGathering) connection.close()
      })
    }
    server.closeAllConnections = () => {
      closeAllConnections.call(server)
      connections.visit((connection) => connection.close())
    }
  }

  function sweep(): void {
    date = new Date().toUTCString()
    const nowMs = performance.now()
    connections.visit((connection) => {
      if (!connection.isAnswering && nowMs - connection.quietSinceMs >= keepAliveMs) connection.close()
    })
    if (!connections.isEmpty()) return
    clearInterval(sweeper)
    sweeper = undefined
  }

  /** Looks at what gathers now once it has had its time. */
  function limitGathering(): void {
    if (gatherTimer !== undefined) return
    gatherTimer = setTimeout(() => {
      gatherTimer = undefined
      const begunBeforeMs = performance.now() - GATHER_MS
      connections.visit((connection) => {
        if (connection.isGathering && connection.quietSinceMs <= begunBeforeMs) connection.handOver()
      })
      if (connections.some(({ isGathering }) => isGathering)) limitGathering()
    }, GATHER_MS)
  }

  function watch(): void {
    if (sweeper !== undefined) return
    date = new Date().toUTCString()
    sweeper = setInterval(sweep, SWEEP_MS).unref()
  }

  function take(socket: Socket): void {
    const place = connections.add(openConnection(socket, ways, () => connections.remove(place)))
    watch()
  }
}
