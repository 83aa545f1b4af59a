/**
 * A short way for requests that are whole when they arrive: a head in its plainest form and a small body (head.ts). It
 * costs a third of what node:http takes, which for short calls is most of all. Everything else is node:http's, which is
 * given the connection with all that came on it: another method or path, a large or slow body, whatever looks unusual. A
 * connection does not come back from there.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { RequestHead } from '../request-head.ts'
import { MOST_HEAD_BYTES, type PlainHead, readPlainHead } from './head.ts'
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
  /** Must not reject. */
  readonly serve: (head: RequestHead, body: Buffer) => Promise<WholeReply>
  /** What has begun has its whole answer, or there is nobody to give it to. */
  readonly end: () => void
  readonly keepAliveMs: number
}

/** A larger body is node:http's. */
const MOST_BODY_BYTES = 64 * 1024
/**
 * A request that is not whole after this time is node:http's, which has limits for all that is slow. Clients that write head
 * and body one after the other do it at once; what comes later takes a place among the calls of its account first.
 */
const GATHER_MS = 25
const SWEEP_MS = 1000
const HEAD_END = '\r\n\r\n'

/** One connection of the lane. */
interface Connection {
  /** Since when nothing was asked or the beginning of a request has waited for its rest, in monotonic milliseconds. */
  readonly quietSinceMs: number
  readonly isAnswering: boolean
  readonly isGathering: boolean
  handOver(): void
  close(): void
}

interface KnownHead {
  /** With the empty line. */
  readonly bytes: Buffer
  readonly head: RequestHead
  /** Where the body begins and ends. */
  readonly bodyAt: number
  readonly endAt: number
}

/** Puts the lane before node:http on the connections of a server that does not listen yet. */
export function layLane(server: Server, event: 'connection' | 'secureConnection', options: LaneOptions): void {
  const { prefix, mayTake, begin, serve, end, keepAliveMs } = options
  const [listener, ...others] = server.listeners(event)
  if (listener === undefined || others.length > 0) throw new Error('Expected node:http alone to listen to connections')
  const toHttp = (socket: Socket): unknown => listener.call(server, socket)
  const connections = new Set<Connection>()
  const gathering = new Set<Connection>()
  const write = createReplyWriter({ keepAliveSeconds: keepAliveMs / 1000 })
  let date = new Date().toUTCString()
  let sweeper: NodeJS.Timeout | undefined
  let gatherTimer: NodeJS.Timeout | undefined

  server.off(event, listener as (socket: Socket) => void)
  server.on(event, (socket: Socket) => (mayTake(socket) ? take(socket) : toHttp(socket)))
  joinClosing()

  /** Whoever closes the server or its connections means these as well. */
  function joinClosing(): void {
    const { closeIdleConnections, closeAllConnections } = server
    server.closeIdleConnections = () => {
      closeIdleConnections.call(server)
      for (const connection of connections) if (!connection.isAnswering && !connection.isGathering) connection.close()
    }
    server.closeAllConnections = () => {
      closeAllConnections.call(server)
      for (const connection of connections) connection.close()
    }
  }

  function sweep(): void {
    date = new Date().toUTCString()
    const nowMs = performance.now()
    for (const connection of connections) {
      if (!connection.isAnswering && nowMs - connection.quietSinceMs >= keepAliveMs) connection.close()
    }
    if (connections.size > 0) return
    clearInterval(sweeper)
    sweeper = undefined
  }

  /** Looks at what gathers now once it has had its time. */
  function limitGathering(): void {
    if (gatherTimer !== undefined) return
    gatherTimer = setTimeout(() => {
      gatherTimer = undefined
      const begunBeforeMs = performance.now() - GATHER_MS
      for (const connection of gathering) if (connection.quietSinceMs <= begunBeforeMs) connection.handOver()
      if (gathering.size > 0) limitGathering()
    }, GATHER_MS)
  }

  function watch(): void {
    if (sweeper !== undefined) return
    date = new Date().toUTCString()
    sweeper = setInterval(sweep, SWEEP_MS).unref()
  }

  function take(socket: Socket): void {
    let known: KnownHead | null = null
    /** What came and is not answered yet. */
    let unread: Buffer | null = null
    let isAnswering = false
    let hasEnded = false
    let quietSinceMs = performance.now()

    const connection: Connection = {
      get quietSinceMs() {
        return quietSinceMs
      },
      get isAnswering() {
        return isAnswering
      },
      get isGathering() {
        return gathering.has(connection)
      },
      handOver: () => handOver(unread ?? Buffer.alloc(0)),
      close: () => socket.destroy(),
    }
    connections.add(connection)
    watch()
    socket.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)

    function onData(chunk: Buffer): void {
      const bytes = unread === null ? chunk : Buffer.concat([unread, chunk])
      if (isAnswering) keepForLater(bytes)
      else read(bytes)
    }

    /** Requests that follow before the answer wait here, and at some length in the socket. */
    function keepForLater(bytes: Buffer): void {
      unread = bytes
      if (bytes.length > MOST_BODY_BYTES) socket.pause()
    }

    /** Takes the request at the head of the bytes, waits for the rest of it, or gives the connection away. */
    function read(bytes: Buffer): void {
      unread = null
      const request = headOf(bytes)
      if (request === null) handOver(bytes)
      else if (bytes.length < request.endAt) gather(bytes)
      else if (begin(request.head)) handle(request, bytes)
      else handOver(bytes)
    }

    function handle({ head, bodyAt, endAt }: KnownHead, bytes: Buffer): void {
      if (gathering.size > 0) gathering.delete(connection)
      isAnswering = true
      if (bytes.length > endAt) unread = bytes.subarray(endAt)
      void serve(head, bytes.subarray(bodyAt, endAt)).then(answer).catch(fail)
    }

    function gather(bytes: Buffer): void {
      unread = bytes
      if (gathering.has(connection)) return
      quietSinceMs = performance.now()
      gathering.add(connection)
      limitGathering()
    }

    /** The same bytes mean the same again: a client that keeps a connection sends the same head most times. */
    function headOf(bytes: Buffer): KnownHead | null {
      if (known !== null && startsWith(bytes, known.bytes)) return known
      const headEnd = bytes.indexOf(HEAD_END)
      if (headEnd < 0 || headEnd > MOST_HEAD_BYTES) return null
      const plain = readPlainHead(bytes.toString('latin1', 0, headEnd))
      known = plain !== null && isTaken(plain) ? knownHead(bytes.subarray(0, headEnd + HEAD_END.length), plain) : null
      return known
    }

    function knownHead(bytes: Buffer, { url, headers, bodyBytes }: PlainHead): KnownHead {
      const head: RequestHead = { method: 'POST', url, headers, socket, comesAgain: true }
      return { bytes: Buffer.from(bytes), head, bodyAt: bytes.length, endAt: bytes.length + bodyBytes }
    }

    function answer(reply: WholeReply): void {
      const { head, body } = write(reply, date)
      if (body === null) socket.write(head, written)
      else {
        socket.cork()
        socket.write(head)
        socket.write(body, written)
        socket.uncork()
      }
    }

    /** Only when an answer has left does the next request count: whoever does not read gets no more. */
    function written(error?: Error | null): void {
      end()
      if (error) return
      isAnswering = false
      quietSinceMs = performance.now()
      if (socket.isPaused()) socket.resume()
      if (unread !== null) read(unread)
      else if (hasEnded) socket.end()
    }

    function onEnd(): void {
      hasEnded = true
      if (!isAnswering && unread === null) socket.end()
      else if (!isAnswering) handOver(unread ?? Buffer.alloc(0))
    }

    function fail(): void {
      socket.destroy()
      end()
    }

    function onError(): void {
      socket.destroy()
    }

    function onClose(): void {
      connections.delete(connection)
      gathering.delete(connection)
    }

    function handOver(bytes: Buffer): void {
      onClose()
      socket.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose)
      toHttp(socket)
      // Its parser reads the socket from now on, past the stream; what was read before comes to it as an event.
      if (bytes.length > 0) socket.emit('data', bytes)
      if (hasEnded) socket.emit('end')
    }
  }

  const isTaken = ({ url, bodyBytes }: PlainHead): boolean => url.startsWith(prefix) && bodyBytes <= MOST_BODY_BYTES
}

function startsWith(bytes: Buffer, beginning: Buffer): boolean {
  return bytes.length >= beginning.length && beginning.compare(bytes, 0, beginning.length) === 0
}
