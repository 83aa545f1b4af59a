/**
 * A response whose header names go out in canonical capitals whoever sets them (rule H2): the management framework
 * lower-cases them, and php's client looks them up by exact case. And one that browsers take for what it says it is,
 * whoever answers: `nosniff` is on every reply (design.md 7).
 */
import { type IncomingMessage, ServerResponse } from 'node:http'

const exceptions: { readonly [name: string]: string } = { etag: 'ETag', 'www-authenticate': 'WWW-Authenticate' }
/** On every reply. */
export const NO_SNIFF = ['X-Content-Type-Options', 'nosniff'] as const
const known = new Map<string, string>()

/** `content-type` → `Content-Type`, `x-request-id` → `X-Request-ID`. */
export function canonicalHeaderName(name: string): string {
  let canonical = known.get(name)
  if (canonical === undefined) {
    const lower = name.toLowerCase()
    canonical =
      exceptions[lower] ??
      lower.replace(/(^|-)([a-z])/g, (_, dash, letter) => dash + letter.toUpperCase()).replace(/-Id$/, '-ID')
    if (known.size < 1000) known.set(name, canonical)
  }
  return canonical
}

export class CanonicalResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  override setHeader(name: string, value: number | string | readonly string[]): this {
    return super.setHeader(canonicalHeaderName(name), value)
  }

  // biome-ignore lint/suspicious/noExplicitAny: node's overloads of writeHead can't be written as one typed override
  override writeHead(status: number, ...rest: any[]): this {
    const last = rest.length - 1
    const headers = rest[last]
    if (headers && typeof headers === 'object' && !Array.isArray(headers)) {
      rest[last] = Object.fromEntries([
        ...Object.entries(headers).map(([name, value]) => [canonicalHeaderName(name), value]),
        NO_SNIFF,
      ])
    } else {
      super.setHeader(...NO_SNIFF)
    }
    return super.writeHead(status, ...rest)
  }
}
