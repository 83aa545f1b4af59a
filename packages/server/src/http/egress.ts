/**
 * Every outbound request of the server itself (design.md 7): connectors, webhooks, SCM hosts, JWKS. http and https
 * only, to addresses that the gate lets through, within limits of time, size and redirects, each redirect looked at as
 * if it were a new request. It knows nothing of who asks or why, and follows no proxy of the environment.
 */
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createEgressGate, EgressError, type EgressGate, type EgressGateOptions } from './egress-gate.ts'

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

/** One request of a chain of redirects. */
interface Hop {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: string | Uint8Array | undefined
}

export function createEgress(options: EgressOptions): Egress {
  const { timeoutMs = 30_000, maxReplyBytes = 10 * 1024 * 1024, maxRedirects = 5 } = options
  const gate = createEgressGate(options)

  const fetch: EgressFetch = async (url, { method = 'GET', headers = {}, body, signal } = {}) => {
    const limit: Limit = { timeout: AbortSignal.timeout(timeoutMs), timeoutMs, caller: signal }
    let hop: Hop = { url: parseUrl(url), method, headers: ownHeaders(headers), body }
    for (let redirects = 0; ; redirects++) {
      const reply = await send(gate, hop, limit)
      const next = nextHop(hop, reply)
      if (!next) return asResponse(reply, hop, { limit, maxReplyBytes })
      reply.destroy()
      if (redirects === maxRedirects) {
        throw new EgressError('TooManyRedirects', `The request was redirected more than ${maxRedirects} times`)
      }
      hop = next
    }
  }

  return { ...gate, fetch }
}

/** @throws EgressError InvalidUrl */
function parseUrl(given: string | URL): URL {
  const url = URL.parse(String(given))
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new EgressError('InvalidUrl', 'Expected an http or https address')
  }
  if (url.username !== '' || url.password !== '') {
    throw new EgressError('InvalidUrl', 'Expected an address without a user name and password')
  }
  return url
}

/** Headers that say where a message goes and where it ends belong to the connection. */
const CONNECTION_HEADERS = ['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade', 'expect', 'te']

/** @throws TypeError for a name or value that is none, line breaks among them. */
function ownHeaders(given: { readonly [name: string]: string }): Headers {
  const headers = new Headers({ 'User-Agent': 'Algorist', Accept: '*/*', ...given, 'Accept-Encoding': 'identity' })
  for (const name of CONNECTION_HEADERS) headers.delete(name)
  return headers
}

interface Limit {
  readonly timeout: AbortSignal
  readonly timeoutMs: number
  readonly caller: AbortSignal | undefined
}

function signalOf({ timeout, caller }: Limit): AbortSignal {
  return caller ? AbortSignal.any([caller, timeout]) : timeout
}

function send(gate: EgressGate, { url, method, headers, body }: Hop, limit: Limit): Promise<IncomingMessage> {
  const isTls = url.protocol === 'https:'
  const options: RequestOptions = {
    method,
    headers: Object.fromEntries(headers),
    agent: isTls ? gate.httpsAgent : gate.httpAgent,
    signal: signalOf(limit),
  }
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(asEgressError(error, url, limit))
    try {
      const request = isTls ? requestHttps(url, options) : requestHttp(url, options)
      request.once('response', resolve).on('error', fail)
      // Nobody asked to speak another protocol, and Node reports no error for it.
      request.once('upgrade', (_reply, socket) => {
        socket.destroy()
        fail(new EgressError('InvalidReply', `${url.host} switched to another protocol`))
      })
      request.end(body)
    } catch (error) {
      fail(error)
    }
  })
}

const REDIRECTS = [301, 302, 303, 307, 308]

/** The request that a redirect asks for; undefined when the reply is none. */
function nextHop({ url, method, headers, body }: Hop, reply: IncomingMessage): Hop | undefined {
  const { location } = reply.headers
  if (!REDIRECTS.includes(reply.statusCode ?? 0) || location === undefined) return undefined
  const target = redirectTarget(location, url)
  const isSameOrigin = target.origin === url.origin
  const becomesGet = reply.statusCode === 303 ? method !== 'HEAD' : isOldRedirect(reply) && method === 'POST'
  const kept = isSameOrigin ? new Headers(headers) : headersForStrangers(headers)
  if (!becomesGet) return { url: target, method, headers: kept, body }
  kept.delete('content-type')
  return { url: target, method: 'GET', headers: kept, body: undefined }
}

/** These two turn POST into GET, as every browser does. */
function isOldRedirect({ statusCode }: IncomingMessage): boolean {
  return statusCode === 301 || statusCode === 302
}

function redirectTarget(location: string, from: URL): URL {
  const target = URL.parse(location, from)
  if (!target) throw new EgressError('RedirectRefused', `${from.host} redirected to an address that is none`)
  if (from.protocol === 'https:' && target.protocol === 'http:') {
    throw new EgressError('RedirectRefused', `${from.host} redirected from https to http`)
  }
  return parseUrl(target)
}

/** Credentials have many header names, so another origin gets only what is known to be none. */
function headersForStrangers(headers: Headers): Headers {
  const harmless = ['accept', 'accept-encoding', 'accept-language', 'content-type', 'user-agent']
  return new Headers([...headers].filter(([name]) => harmless.includes(name)))
}

const BODILESS = [204, 205, 304]

interface ReadOptions {
  readonly limit: Limit
  readonly maxReplyBytes: number
}

function asResponse(reply: IncomingMessage, { url, method }: Hop, options: ReadOptions): Response {
  const status = reply.statusCode ?? 0
  if (status < 200 || status > 599) {
    reply.destroy()
    throw new EgressError('InvalidReply', `${url.host} answered with status ${status}`)
  }
  const headers = new Headers()
  for (const [name, values] of Object.entries(reply.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  const hasBody = method !== 'HEAD' && !BODILESS.includes(status)
  if (!hasBody) reply.resume()
  return new Response(hasBody ? ReadableStream.from(bodyOf(reply, url, options)) : null, { status, headers })
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
    throw asEgressError(error, url, limit)
  }
}

function asEgressError(error: unknown, { host }: URL, { timeout, timeoutMs, caller }: Limit): unknown {
  if (caller?.aborted) return caller.reason
  if (timeout.aborted) return new EgressError('TimedOut', `${host} did not answer within ${timeoutMs} ms`)
  if (error instanceof EgressError) return error
  return new EgressError('ConnectionFailed', `The request to ${host} failed${codeOf(error)}`, { cause: error })
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? `: ${code}` : ''
}
