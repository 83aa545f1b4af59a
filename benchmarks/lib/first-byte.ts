/** One call at a time, timed to the first byte of its answer, over a connection that is there already. */
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Workshop } from '../../conformance/lib/algorithms.ts'

export interface Caller {
  /** Milliseconds to the first byte. @throws Error with the reply when its status is another than 200 */
  call(shop: Workshop, input: unknown): Promise<number>
  /** The same for a call that may fail. */
  callAnyway(shop: Workshop, input: unknown): Promise<number>
  close(): void
}

/** @param serverUrl where as many connections as `connections` are opened beforehand */
export async function openCaller(serverUrl: string, connections = 1): Promise<Caller> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections })
  await Promise.all(Array.from({ length: connections }, () => exchange(agent, 'GET', `${serverUrl}/health`)))
  const send = async (shop: Workshop, input: unknown) =>
    exchange(agent, 'POST', shop.callUrl, { body: JSON.stringify(input), key: shop.owner.key })
  return {
    async call(shop, input) {
      const { status, text, tookMs } = await send(shop, input)
      if (status !== 200 || text.startsWith('{"error"'))
        throw new Error(`${shop.callUrl}: ${status} ${text.slice(0, 1000)}`)
      return tookMs
    },
    callAnyway: async (shop, input) => (await send(shop, input)).tookMs,
    close: () => agent.destroy(),
  }
}

async function exchange(agent: Agent, method: string, url: string, given: { body?: string; key?: string } = {}) {
  const { body, key } = given
  const headers = {
    'Content-Type': 'application/json',
    ...(key === undefined ? {} : { Authorization: `Simple ${key}` }),
  }
  const startMs = performance.now()
  const sent = request(url, { method, agent, headers })
  sent.end(body)
  const [reply] = (await once(sent, 'response')) as [IncomingMessage]
  const tookMs = performance.now() - startMs
  return { status: reply.statusCode, text: (await buffer(reply)).toString(), tookMs }
}
