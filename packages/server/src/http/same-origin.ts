/**
 * The rule that keeps a browser session in its own pages (design.md 7): browsers send cookies along with requests that
 * other sites make, forms above all. Pure; who the cookie belongs to is not its business.
 */
import type { IncomingMessage } from 'node:http'
import { ApiError } from '@algorist/contract/errors.ts'

/**
 * For requests that make a cookie: another site must not sign somebody in as somebody else.
 * @throws ApiError NotAuthorized when a browser says that the page is of another site
 */
export function requireSameOrigin(origin: string | undefined, url: string): void {
  if (origin === undefined || origin === url) return
  throw new ApiError('NotAuthorized', `People sign in on pages of ${url} only, not from ${origin.slice(0, 200)}`)
}

/**
 * Whether the cookies of this request may count at all: what only reads may always carry them, anything else only when
 * the browser says that a page of this server sent it.
 *
 * @param url the server's public address, as `ALGORIST_URL` has it: an origin, as browsers write them
 */
export function mayCountCookies(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  url: string,
): boolean {
  return method === 'GET' || method === 'HEAD' || headers.origin === url
}
