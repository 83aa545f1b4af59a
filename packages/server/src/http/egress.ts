/**
 * Every outbound request of the server itself (design.md 7): connectors, webhooks, SCM hosts, JWKS. http and https
 * only, to addresses that the gate lets through, within limits of time, size and redirects, each redirect looked at as
 * if it were a new request. It knows nothing of who asks or why, and follows no proxy of the environment.
 */
import type { IncomingMessage } from 'node:http'
import { asEgressError, asResponse, exchange, headersToSend } from './egress-exchange.ts'
import { createEgressGate, EgressError, type EgressGate, type EgressGateOptions } from './egress-gate.ts'
import { type Hop, nextHop, parseHttpUrl } from './egress-redirects.ts'

export interface EgressOptions extends EgressGateOptions {
  /** For the whole exchange, redirects and reading the body included. */
  readonly timeoutMs?: number
  /** Largest body of a reply; it is never unpacked. */
  readonly maxReplyBytes?: number
  readonly maxRedirects?: number
}

export interface EgressRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers?: { readonly [name: string]: string }
  /** Held in memory, since a redirect may ask for it again. */
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal
}

/**
 * Sends a request. Resolves with the reply whatever its status, once its headers are there.
 *
 * Rejects with an EgressError, or with the reason of `signal` when that is aborted; reading the body fails the same way.
 */
export type EgressFetch = (url: string | URL, request?: EgressRequest) => Promise<Response>

export interface Egress extends EgressGate {
  readonly fetch: EgressFetch
}

type SmallHop = Hop<string | Uint8Array>

export function createEgress(options: EgressOptions): Egress {
  const { timeoutMs = 30_000, maxReplyBytes = 10 * 1024 * 1024, maxRedirects = 5 } = options
  const gate = createEgressGate(options)

  const fetch: EgressFetch = async (url, { method = 'GET', headers = {}, body, signal } = {}) => {
    const limit: Limit = { timeout: AbortSignal.timeout(timeoutMs), timeoutMs, caller: signal }
    let hop: SmallHop = { url: parseHttpUrl(url), method, headers: headersToSend(headers), body }
    for (let redirects = 0; ; redirects++) {
      const reply = await send(gate, hop, limit)
      const next = nextHop(hop, reply)
      if (!next) return asResponse(reply, hop, (body) => bodyOf(body, hop.url, { limit, maxReplyBytes }))
      reply.destroy()
      if (redirects === maxRedirects) {
        throw new EgressError('TooManyRedirects', `The request was redirected more than ${maxRedirects} times`)
      }
      hop = next
    }
  }

  return { ...gate, fetch }
}

interface Limit {
  readonly timeout: AbortSignal
  readonly timeoutMs: number
  readonly caller: AbortSignal | undefined
}

function signalOf({ timeout, caller }: Limit): AbortSignal {
  return caller ? AbortSignal.any([caller, timeout]) : timeout
}

async function send(gate: EgressGate, hop: SmallHop, limit: Limit): Promise<IncomingMessage> {
  try {
    return await exchange(hop, { http: gate.httpAgent, https: gate.httpsAgent }, signalOf(limit))
  } catch (error) {
    throw asLimitedError(error, hop.url, limit)
  }
}

interface ReadOptions {
  readonly limit: Limit
  readonly maxReplyBytes: number
}

async function* bodyOf(reply: IncomingMessage, url: URL, { limit, maxReplyBytes }: ReadOptions) {
  let sizeBytes = 0
  try {
    for await (const chunk of reply) {
      sizeBytes += (chunk as Buffer).length
      if (sizeBytes > maxReplyBytes) {
        throw new EgressError('TooLarge', `The reply of ${url.host} is larger than ${maxReplyBytes} bytes`)
      }
      yield chunk as Buffer
    }
  } catch (error) {
    throw asLimitedError(error, url, limit)
  }
}

function asLimitedError(error: unknown, url: URL, { timeout, timeoutMs, caller }: Limit): unknown {
  if (caller?.aborted) return caller.reason
  if (timeout.aborted) return new EgressError('TimedOut', `${url.host} did not answer within ${timeoutMs} ms`)
  return asEgressError(error, url)
}
