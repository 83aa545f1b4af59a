/**
 * A closed-loop HTTP load generator for machines without `wrk`: N connections kept alive, each sends its next request when
 * its last was answered. Plain sockets and prepared bytes, so that it costs as little as it can.
 */
import { connect, type Socket } from 'node:net'
import { quantile } from './lib/statistics.ts'

export interface LoadOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
  readonly connections: number
  readonly durationMs: number
  /** Paths that take turns, in place of the one of `url`. */
  readonly paths?: readonly string[]
  /** What every reply must be; 200 when left out. */
  readonly status?: number
}

export interface LoadResult {
  readonly callsPerSecond: number
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
}

/** @throws Error when a reply has another status or a connection ends */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { connections, durationMs } = options
  const requests = requestsOf(options)
  const latenciesMs: number[] = []
  const startedAtMs = performance.now()
  const endAtMs = startedAtMs + durationMs
  const status = String(options.status ?? 200)
  let turn = 0
  const next = (): Buffer => requests[turn++ % requests.length] ?? Buffer.alloc(0)
  const { url } = options
  const calling = Array.from({ length: connections }, () => keepCalling({ url, next, status, endAtMs, latenciesMs }))
  await Promise.all(calling)
  const elapsedSeconds = (performance.now() - startedAtMs) / 1000
  const [p50Ms = 0, p90Ms = 0, p99Ms = 0, p999Ms = 0] = [0.5, 0.9, 0.99, 0.999].map((share) =>
    quantile(latenciesMs, share),
  )
  return { callsPerSecond: latenciesMs.length / elapsedSeconds, p50Ms, p90Ms, p99Ms, p999Ms }
}

function requestsOf({ url, headers, body, paths }: LoadOptions): Buffer[] {
  const { pathname, search, host } = new URL(url)
  const all = { Host: host, ...headers, 'Content-Length': String(Buffer.byteLength(body)) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return (paths ?? [pathname + search]).map((path) =>
    Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`), Buffer.from(body)]),
  )
}

interface Connection {
  readonly url: string
  next(): Buffer
  readonly status: string
  readonly endAtMs: number
  readonly latenciesMs: number[]
}

function keepCalling({ url, next, status, endAtMs, latenciesMs }: Connection): Promise<void> {
  const { hostname, port } = new URL(url)
  return new Promise((settle, fail) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    let sentAtMs = 0
    const send = (): void => {
      sentAtMs = performance.now()
      socket.write(next())
    }
    readReplies(socket, status, () => {
      const nowMs = performance.now()
      latenciesMs.push(nowMs - sentAtMs)
      if (nowMs < endAtMs) return send()
      socket.destroy()
      settle()
    })
    socket.on('connect', send)
    socket.on('error', fail)
    socket.on('end', () => fail(new Error('The server closed a connection')))
  })
}

/** A large reply is put together once, when all of its chunks are there. */
function readReplies(socket: Socket, status: string, onReply: () => void): void {
  let chunks: Buffer[] = []
  let sizeBytes = 0
  let end: number | null = null
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    sizeBytes += chunk.length
    if (end === null) {
      const buffered = Buffer.concat(chunks)
      chunks = [buffered]
      end = replyEnd(buffered)
    }
    if (end === null || sizeBytes < end) return
    const [head = chunk] = chunks
    if (head.toString('latin1', 9, 12) !== status) {
      socket.destroy(new Error(`Reply: ${head.toString('utf8', 0, 400)}`))
      return
    }
    chunks = []
    sizeBytes = 0
    end = null
    onReply()
  })
}

/** Where the reply at the head of the buffer ends, null while its header is incomplete. */
function replyEnd(buffered: Buffer): number | null {
  const headerEnd = buffered.indexOf('\r\n\r\n')
  if (headerEnd < 0) return null
  const length = buffered.toString('latin1', 0, headerEnd).match(/content-length: (\d+)/i)?.[1]
  if (length === undefined) throw new Error('A reply has no Content-Length')
  return headerEnd + 4 + Number(length)
}
