/** A call whose parts are held beside the time that its caller waited for it. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

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
  const bytes = Buffer.from(body)
  const sent = request(url, {
    method: 'POST',
    headers: {
      ...{ Authorization: `Simple ${key}`, 'Content-Type': 'application/json' },
      'Content-Length': bytes.length,
    },
  })
  const answered = once(sent, 'response')
  const socket = await connected(sent)
  const beganMs = performance.now()
  if (pauseMs > 0) {
    sent.write(bytes.subarray(0, bytes.length / 2))
    await delay(pauseMs)
    sent.end(bytes.subarray(bytes.length / 2))
  } else sent.end(bytes)
  const [reply] = (await answered) as [IncomingMessage]
  const wallMs = performance.now() - beganMs
  const text = (await buffer(reply)).toString()
  socket.destroy()
  if (reply.statusCode !== 200) throw new Error(`${url}: ${reply.statusCode} ${text.slice(0, 1000)}`)
  return {
    ...readTiming(String(reply.headers['x-algorist-timing'])),
    requestId: String(reply.headers['x-request-id']),
    wallMs,
  }
}

async function connected(sent: ReturnType<typeof request>) {
  const [socket] = await once(sent, 'socket')
  if (socket.connecting) await once(socket, 'connect')
  return socket
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
