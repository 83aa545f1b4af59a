/** Calls from browsers (rest-api.md 1.3 and 1.12): the key's browser right, its referrer host, and CORS. */
import type { ServerResponse } from 'node:http'
import { ApiError } from '@algorist/contract/errors.ts'
import type { KeyRights } from '../caller.ts'
import type { RequestHead } from '../http/request-head.ts'

export const webPrefix = '/v1/web/algo/'

/** A browser's call: it comes by the browser route, or carries an `Origin`. */
export function isWebCall(request: RequestHead): boolean {
  return request.headers.origin !== undefined || (request.url ?? '').startsWith(webPrefix)
}

/** Throws NotAuthorized when the key may not be used by browsers, or not from this page's host. */
export function checkWebCaller(rights: KeyRights, request: RequestHead): void {
  if (!rights.allowWebAlgo) {
    throw new ApiError(
      'NotAuthorized',
      'Caller is not authorized to perform the operation: the key may not be used by browsers (allow_web_algo)',
    )
  }
  if (rights.refererHost !== null && hostOf(request) !== rights.refererHost.toLowerCase()) {
    throw new ApiError(
      'NotAuthorized',
      'Caller is not authorized to perform the operation: the key is for pages of another host',
    )
  }
}

function hostOf(request: RequestHead): string | undefined {
  const page = request.headers.origin ?? request.headers.referer
  return page !== undefined && URL.canParse(page) ? new URL(page).hostname.toLowerCase() : undefined
}

/** On every answer to a browser, errors included: without it scripts see no answer at all. Never with credentials. */
export function corsHeaders(request: RequestHead): { readonly [name: string]: string } {
  return isWebCall(request) ? { 'Access-Control-Allow-Origin': '*' } : {}
}

/** Answers a preflight; the key is checked on the call that follows. */
export function replyPreflight(response: ServerResponse): void {
  response.writeHead(204, {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'POST, OPTIONS',
    'Access-Control-Allow-Headers': 'authorization, content-type, accept, idempotency-key',
    'Access-Control-Max-Age': '86400',
  })
  response.end()
}
