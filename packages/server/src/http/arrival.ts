/**
 * How a request arrived: from this machine, from elsewhere, readable on the way or not. Judged by the socket; headers of
 * proxies can only make the judgement worse, so nobody gains by forging them.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { RequestHead } from './request-head.ts'

/** True for the addresses of this machine's loopback, IPv4-mapped ones included. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined || isIP(address) === 0) return false
  return address === '::1' || /^(?:::ffff:)?127\./.test(address)
}

/**
 * True for a request made on this machine to this machine. A proxy here passes on requests of others, and a page of
 * another site reaches the loopback under a name of its own; neither counts.
 */
export function isOfThisMachine({ socket, headers }: RequestHead): boolean {
  return isLoopback(socket.remoteAddress) && !isPassedOn(headers) && isLocalName(headers.host)
}

/**
 * True when somebody on the way could have read the request: plain HTTP from another machine, or to a proxy on this one.
 *
 * @param url the server's public address, whose scheme counts when a proxy does not say how the request came to it
 */
export function isReadableOnTheWay({ socket, headers }: RequestHead, url: string): boolean {
  if ((socket as TLSSocket).encrypted === true) return false
  if (!isLoopback(socket.remoteAddress)) return true
  return isPassedOn(headers) && !schemesOf(headers, url).every((scheme) => scheme === 'https')
}

const PROXY_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']

function isPassedOn(headers: IncomingHttpHeaders): boolean {
  return PROXY_HEADERS.some((name) => headers[name] !== undefined)
}

function schemesOf(headers: IncomingHttpHeaders, url: string): string[] {
  const listed = [headers['x-forwarded-proto'] ?? []].flat().flatMap((value) => value.split(','))
  const named = [...(headers.forwarded ?? '').matchAll(/\bproto="?(\w+)/gi)].map(([, scheme = '']) => scheme)
  const said = [...listed, ...named].map((scheme) => scheme.trim().toLowerCase())
  return said.length > 0 ? said : [new URL(url).protocol.slice(0, -1)]
}

function isLocalName(host: string | undefined): boolean {
  const name = URL.parse(`http://${host ?? 'localhost'}`)?.hostname ?? ''
  return name === 'localhost' || isLoopback(name.replace(/^\[|\]$/g, ''))
}
