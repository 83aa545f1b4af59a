/** One request on a connection that is kept: thousands of them are asked in a row. */
import { Agent, request } from 'node:http'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answered {
  readonly status: number
  readonly text: string
  /** The first that was set. */
  readonly cookie?: string | undefined
}

export interface Asker {
  ask(asked: Asked): Promise<Answered>
  close(): void
}

export function createAsker(url: string): Asker {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  return {
    ask: ({ method, path, headers = {}, body = '' }) =>
      new Promise((settle, fail) => {
        const length = body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
        const sent = request(new URL(url), { agent, method, path, headers: { ...headers, ...length } }, (reply) => {
          const chunks: Buffer[] = []
          reply.on('data', (chunk: Buffer) => chunks.push(chunk))
          reply.on('end', () => {
            const [cookie] = reply.headers['set-cookie'] ?? []
            settle({ status: reply.statusCode ?? 0, text: Buffer.concat(chunks).toString(), cookie })
          })
          reply.on('error', fail)
        })
        sent.on('error', fail)
        sent.end(body)
      }),
    close: () => agent.destroy(),
  }
}
