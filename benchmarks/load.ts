/**
 * A closed-loop HTTP load generator: N connections kept alive, each sends its next request when its last was answered.
 * Plain sockets and prepared bytes, so that it costs less than what it measures.
 */
import { connect, type Socket } from 'node:net'

export interface LoadOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly connections: number
  readonly durationMs: number
  /** What every reply must be; 200 when left out. */
  readonly status?: number
}

export interface LoadResult {
  readonly callsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** @throws Error when a reply has another status or a connection ends */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const request = requestBytes(options)
  const latenciesMs: number[] = []
  const startedAtMs = performance.now()
  const endAtMs = startedAtMs + options.durationMs
  const connections = Array.from({ length: options.connections }, () =>
    keepCalling({ url: options.url, request, status: String(options.status ?? 200), endAtMs, latenciesMs }),
  )
  await Promise.all(connections)
  const elapsedSeconds = (performance.now() - startedAtMs) / 1000
  latenciesMs.sort((a, b) => a - b)
  const quantile = (share: number): number => latenciesMs[Math.floor(latenciesMs.length * share)] ?? Number.NaN
  return { callsPerSecond: latenciesMs.length / elapsedSeconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
}

function requestBytes({ url, headers, body }: LoadOptions): Buffer {
  const { pathname, search, host } = new URL(url)
  const all = { Host: host, ...headers, 'Content-Length': String(Buffer.byteLength(body)) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return Buffer.from(`POST ${pathname}${search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
}

interface Connection {
  readonly url: string
  readonly request: Buffer
  readonly status: string
  readonly endAtMs: number
  readonly latenciesMs: number[]
}

function keepCalling({ url, request, status, endAtMs, latenciesMs }: Connection): Promise<void> {
  const { hostname, port } = new URL(url)
  return new Promise((settle, fail) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    let sentAtMs = 0
    const send = (): void => {
      sentAtMs = performance.now()
      socket.write(request)
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

function readReplies(socket: Socket, status: string, onReply: () => void): void {
  let buffered: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk])
    const end = replyEnd(buffered)
    if (end === null || buffered.length < end) return
    if (buffered.toString('latin1', 9, 12) !== status) {
      socket.destroy(new Error(`Reply: ${buffered.toString('utf8', 0, 400)}`))
      return
    }
    buffered = buffered.subarray(end)
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
