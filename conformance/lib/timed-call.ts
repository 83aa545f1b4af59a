/**
 * A call whose parts are held beside the time that its caller waited for it. The caller is a bare socket with all its bytes ready,
 * and without garbage: a client that prepares its request while the clock runs, or collects then what it made a large one of,
 * would measure itself, up to 17 ms of 120.
 */
import { once } from 'node:events'
import { Session } from 'node:inspector/promises'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { parseReply, type RawReply } from './raw-socket.ts'

export interface TimedCall {
  readonly requestId: string
  /** Milliseconds by name, as `X-Algorist-Timing` has them, in its order. */
  readonly parts: Readonly<Record<string, number>>
  readonly sumMs: number
  /** Why a worker was started, if the call waited for that. */
  readonly cause: string | undefined
  /** From the first byte of the request to the head of the reply, which can tell of nothing later. */
  readonly wallMs: number
}

export interface AskedCall {
  readonly url: string
  readonly key: string
  /** JSON. */
  readonly body: string
  /** Pause between the two halves of the body. */
  readonly pauseMs?: number
}

/** @throws Error with the reply when it is no 200 */
export async function timedCall({ url, key, body, pauseMs = 0 }: AskedCall): Promise<TimedCall> {
  const { host, hostname, port, pathname } = new URL(url)
  const bytes = Buffer.from(body)
  const head = `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Simple ${key}\r\nContent-Type: application/json\r\n`
  const request = Buffer.concat([Buffer.from(`${head}Content-Length: ${bytes.length}\r\n\r\n`), bytes])
  const socket = connect({ host: hostname, port: Number(port) })
  try {
    await once(socket, 'connect')
    await collectGarbage()
    const { reply, wallMs } = await ask(socket, request, request.length - bytes.length / 2, pauseMs)
    const field = (name: string) => String(reply.headers.find(([known]) => known.toLowerCase() === name)?.[1])
    if (reply.status !== 200) throw new Error(`${url}: ${reply.statusLine} ${reply.body.toString().slice(0, 1000)}`)
    return { ...readTiming(field('x-algorist-timing')), requestId: field('x-request-id'), wallMs }
  } finally {
    socket.destroy()
  }
}

/** That of this process. */
async function collectGarbage(): Promise<void> {
  const session = new Session()
  session.connect()
  try {
    await session.post('HeapProfiler.collectGarbage')
  } finally {
    session.disconnect()
  }
}

/** @param halfBytes behind which the pause is */
async function ask(
  socket: Socket,
  request: Buffer,
  halfBytes: number,
  pauseMs: number,
): Promise<{ reply: RawReply; wallMs: number }> {
  const beganMs = performance.now()
  if (pauseMs > 0) {
    socket.write(request.subarray(0, halfBytes))
    await delay(pauseMs)
    socket.write(request.subarray(halfBytes))
  } else socket.write(request)
  const [first] = (await once(socket, 'data')) as [Buffer]
  const wallMs = performance.now() - beganMs
  return { reply: await readReply(socket, first), wallMs }
}

/** @param first bytes of a reply with a `Content-Length`, at least its head */
async function readReply(socket: Socket, first: Buffer): Promise<RawReply> {
  const { headers, body } = parseReply(first)
  const length = Number(headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1])
  const chunks = [first]
  for (let missing = length - body.length; missing > 0; missing -= Number(chunks.at(-1)?.length)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    chunks.push(chunk)
  }
  return parseReply(Buffer.concat(chunks))
}

function readTiming(header: string): Pick<TimedCall, 'parts' | 'sumMs' | 'cause'> {
  const members = header.split(';').map((member): [string, string] => {
    const [name = '', value = ''] = member.split('=')
    return [name, value]
  })
  const parts = Object.fromEntries(members.filter(([name]) => name !== 'cause').map(([name, ms]) => [name, Number(ms)]))
  const sumMs = Object.values(parts).reduce((sum, ms) => sum + ms, 0)
  return { parts, sumMs, cause: members.find(([name]) => name === 'cause')?.[1] }
}

/** How much of what the caller waited for the parts do not tell of; its own time and the network's are in it. */
export const untoldShare = ({ wallMs, sumMs }: TimedCall): number => (wallMs - sumMs) / wallMs
