/** Where a redirect leads and what goes along with it (design.md 7), for the requests of the server itself. */
import type { IncomingMessage } from 'node:http'
import { EgressError } from './egress-gate.ts'

/** One request of a chain of redirects. */
export interface Hop<Body> {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: Body | undefined
}

/** @throws EgressError InvalidUrl */
export function parseHttpUrl(given: string | URL): URL {
  const url = URL.parse(String(given))
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new EgressError('InvalidUrl', 'Expected an http or https address')
  }
  if (url.username !== '' || url.password !== '') {
    throw new EgressError('InvalidUrl', 'Expected an address without a user name and password')
  }
  return url
}

const REDIRECTS = [301, 302, 303, 307, 308]

/**
 * The request that a redirect asks for; undefined when the reply is none.
 *
 * @throws EgressError RedirectRefused, InvalidUrl
 */
export function nextHop<Body>(
  { url, method, headers, body }: Hop<Body>,
  reply: IncomingMessage,
): Hop<Body> | undefined {
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
  return parseHttpUrl(target)
}

/** Credentials have many header names, so another origin gets only what is known to be none. */
function headersForStrangers(headers: Headers): Headers {
  const harmless = ['accept', 'accept-encoding', 'accept-language', 'content-type', 'user-agent']
  return new Headers([...headers].filter(([name]) => harmless.includes(name)))
}
