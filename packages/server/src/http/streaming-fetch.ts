/**
 * `fetch` for SDKs of connectors, through agents of the gate (egress-agents.ts): bodies of any size stream both ways, and
 * only the agents limit time. Redirects are looked at as in egress.ts; no proxy of the environment is followed.
 */
import type { IncomingMessage } from 'node:http'
import {
  type Agents,
  asEgressError,
  asResponse,
  exchange,
  headersToSend,
  type OutgoingBody,
} from './egress-exchange.ts'
import { EgressError } from './egress-gate.ts'
import { type Hop, nextHop, parseHttpUrl } from './egress-redirects.ts'

export interface StreamingFetchOptions {
  readonly maxRedirects?: number
}

/**
 * Works as the `fetch` of Node does, without caching, cookies, unpacking and `redirect`, `credentials`, `mode` and the like.
 * Rejects with an EgressError, or with the reason of the signal when that is aborted; reading the body fails the same way.
 * Bodies that are text or bytes are sent with their length, all others in chunks.
 */
export function createStreamingFetch(
  agents: Agents,
  { maxRedirects = 5 }: StreamingFetchOptions = {},
): typeof globalThis.fetch {
  return async (input, init) => {
    const { first, signal } = parseRequest(input, init)
    let hop = first
    for (let redirects = 0; ; redirects++) {
      const reply = await send(hop, agents, signal)
      const next = nextHop(hop, reply)
      if (!next) return asResponse(reply, hop, (body) => readBody(body, hop.url, signal))
      reply.destroy()
      if (redirects === maxRedirects) {
        throw new EgressError('TooManyRedirects', `The request was redirected more than ${maxRedirects} times`)
      }
      if (!isRepeatable(next.body)) {
        throw new EgressError('RedirectRefused', `${hop.url.host} redirected a body that cannot be sent twice`)
      }
      hop = next
    }
  }
}

interface ParsedRequest {
  readonly first: Hop<OutgoingBody>
  readonly signal: AbortSignal
}

/** Node's own Request knows what `fetch` takes; bytes go around it since it would copy them. @throws TypeError, EgressError InvalidUrl */
function parseRequest(input: string | URL | Request, init: RequestInit = {}): ParsedRequest {
  const url = parseHttpUrl(input instanceof Request ? input.url : input)
  const bytes = init.body instanceof Uint8Array ? init.body : undefined
  const request = new Request(input, { ...init, ...(bytes ? { body: null } : {}), duplex: 'half' })
  const { method, signal } = request
  const body = bytes ?? (typeof init.body === 'string' ? init.body : (request.body ?? undefined))
  return { first: { url, method, headers: headersToSend(request.headers), body }, signal }
}

function isBytes(body: unknown): body is string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array
}

function isRepeatable(body: OutgoingBody | undefined): boolean {
  return body === undefined || isBytes(body)
}

async function send(hop: Hop<OutgoingBody>, agents: Agents, signal: AbortSignal): Promise<IncomingMessage> {
  try {
    return await exchange(hop, agents, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw asEgressError(error, hop.url)
  }
}

async function* readBody(reply: IncomingMessage, url: URL, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of reply) yield chunk as Buffer
  } catch (error) {
    signal.throwIfAborted()
    throw asEgressError(error, url)
  }
}
