/** One HTTP request over connections that are kept, and its whole answer. */
import { Agent, request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly body: Buffer
}

export interface Asked {
  readonly method: string
  readonly url: string
  readonly key: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | string
}

const SILENCE_MS = 120_000

/** Connections at the same time at most; whoever finds none waits. */
export function openRequests(connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })

  /** @throws Error when the connection breaks or nothing comes for two minutes */
  function send({ method, url, key, headers, body }: Asked): Promise<Answer> {
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }
    return new Promise((settle, fail) => {
      const all = { Authorization: `Simple ${key}`, ...headers, ...length }
      const sent = request(url, { method, agent, headers: all }, (reply) => {
        const chunks: Buffer[] = []
        reply.on('data', (chunk: Buffer) => chunks.push(chunk))
        reply.on('error', fail)
        reply.on('end', () => settle({ status: reply.statusCode ?? 0, body: Buffer.concat(chunks) }))
      })
      sent.setTimeout(SILENCE_MS, () => sent.destroy(new Error('no answer in two minutes')))
      sent.on('error', fail)
      sent.end(body)
    })
  }

  return { send, close: () => agent.destroy() }
}

export type Send = ReturnType<typeof openRequests>['send']
