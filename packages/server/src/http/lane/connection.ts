/**
 * One connection of the lane: one request after the other, each answered before the next is read. Owns what came on it and
 * was not answered; not how long it may stay (lane.ts).
 */
import type { Socket } from 'node:net'
import { giveBack, hold } from '@algorist/contract/give-back.ts'
import { noteBegun } from '../begun.ts'
import type { RequestHead } from '../request-head.ts'
import { MOST_HEAD_BYTES, type PlainHead, readPlainHead } from './head.ts'
import type { ReplyBytes, WholeReply } from './reply.ts'

/** A larger body is node:http's. */
const MOST_BODY_BYTES = 64 * 1024
const HEAD_END = '\r\n\r\n'

export interface LaneConnection {
  /** Since when nothing was asked, or the beginning of a request has waited for its rest; in monotonic milliseconds. */
  readonly quietSinceMs: number
  readonly isAnswering: boolean
  /** It waits for the rest of a request. */
  readonly isGathering: boolean
  /** Gives it to node:http with what came on it. */
  handOver(): void
  close(): void
}

/** What a connection needs of its lane. */
export interface LaneWays {
  isCall(head: PlainHead): boolean
  /** See `LaneOptions` in lane.ts. */
  begin(head: RequestHead): boolean
  serve(head: RequestHead, body: Buffer, begunAtMs?: number): Promise<WholeReply>
  end(): void
  bytesOf(reply: WholeReply): ReplyBytes
  toHttp(socket: Socket): void
  /** A connection begins to wait for the rest of a request. */
  gathers(): void
}

type Mutable<Type> = { -readonly [Member in keyof Type]: Type[Member] }

interface KnownHead {
  /** With the empty line. */
  readonly bytes: Buffer
  readonly head: RequestHead
  /** Where the body begins and ends. */
  readonly bodyAt: number
  readonly endAt: number
}

/** @param left called once, when it was closed or given to node:http */
export function openConnection(socket: Socket, ways: LaneWays, left: () => void): LaneConnection {
  let known: KnownHead | null = null
  /** What came and is not answered yet. */
  let unread: Buffer | null = null
  let hasEnded = false
  const connection: Mutable<LaneConnection> = {
    quietSinceMs: performance.now(),
    isAnswering: false,
    isGathering: false,
    handOver: () => handOver(unread ?? Buffer.alloc(0)),
    close: () => socket.destroy(),
  }
  socket.on('data', onData).on('end', onEnd).on('error', connection.close).on('close', left)

  function onData(chunk: Buffer): void {
    const bytes = unread === null ? chunk : Buffer.concat([unread, chunk])
    if (connection.isAnswering) keepForLater(bytes)
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
    else if (request.endAt - request.bodyAt > MOST_BODY_BYTES) handOverCall(bytes)
    else if (bytes.length < request.endAt) gather(bytes)
    else if (ways.begin(request.head)) handle(request, bytes)
    else handOver(bytes)
  }

  function handle({ head, bodyAt, endAt }: KnownHead, bytes: Buffer): void {
    const begunAtMs = connection.isGathering ? connection.quietSinceMs : undefined
    connection.isGathering = false
    connection.isAnswering = true
    if (bytes.length > endAt) unread = bytes.subarray(endAt)
    void ways.serve(head, bytes.subarray(bodyAt, endAt), begunAtMs).then(answer).catch(fail)
  }

  function gather(bytes: Buffer): void {
    unread = bytes
    if (connection.isGathering) return
    connection.isGathering = true
    connection.quietSinceMs = performance.now()
    ways.gathers()
  }

  /** The same bytes mean the same again: a client that keeps a connection sends the same head most times. */
  function headOf(bytes: Buffer): KnownHead | null {
    if (known !== null && startsWith(bytes, known.bytes)) return known
    const headEnd = bytes.indexOf(HEAD_END)
    if (headEnd < 0 || headEnd > MOST_HEAD_BYTES) return null
    const plain = readPlainHead(bytes.toString('latin1', 0, headEnd))
    known = plain !== null && ways.isCall(plain) ? knownHead(bytes.subarray(0, headEnd + HEAD_END.length), plain) : null
    return known
  }

  function knownHead(bytes: Buffer, { url, headers, bodyBytes }: PlainHead): KnownHead {
    const head: RequestHead = { method: 'POST', url, headers, socket, comesAgain: true }
    return { bytes: Buffer.from(bytes), head, bodyAt: bytes.length, endAt: bytes.length + bodyBytes }
  }

  function answer(reply: WholeReply): void {
    const { head, body } = ways.bytesOf(reply)
    if (body === null) {
      socket.write(head, written)
      return
    }
    const letGo = hold(body)
    socket.cork()
    socket.write(head)
    socket.write(body, (error) => {
      letGo()
      if (reply.isBodyOwn) giveBack(body)
      written(error)
    })
    socket.uncork()
  }

  /** Only when an answer has left does the next request count: whoever does not read gets no more. */
  function written(error?: Error | null): void {
    ways.end()
    if (error) return
    connection.isAnswering = false
    connection.quietSinceMs = performance.now()
    if (socket.isPaused()) socket.resume()
    if (unread !== null) read(unread)
    else if (hasEnded) socket.end()
  }

  function fail(): void {
    socket.destroy()
    ways.end()
  }

  function onEnd(): void {
    hasEnded = true
    if (connection.isAnswering) return
    if (unread === null) socket.end()
    else handOver(unread)
  }

  /** Before node:http knows of it, a piece of the body is parsed and copied. */
  function handOverCall(bytes: Buffer): void {
    noteBegun(socket, performance.now())
    handOver(bytes)
  }

  function handOver(bytes: Buffer): void {
    if (connection.isGathering) noteBegun(socket, connection.quietSinceMs)
    left()
    socket.off('data', onData).off('end', onEnd).off('error', connection.close).off('close', left)
    ways.toHttp(socket)
    // Its parser reads the socket from now on, past the stream; what was read before comes to it as an event.
    if (bytes.length > 0) socket.emit('data', bytes)
    if (hasEnded) socket.emit('end')
  }

  return connection
}

function startsWith(bytes: Buffer, beginning: Buffer): boolean {
  return bytes.length >= beginning.length && beginning.compare(bytes, 0, beginning.length) === 0
}
