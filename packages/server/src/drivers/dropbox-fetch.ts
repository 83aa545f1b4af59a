/**
 * `fetch` as the owner of a Dropbox account: adds the access token, and gets a new one by the refresh token when Dropbox
 * says that it has expired, once for all requests that wait for it.
 */

import { DriverError } from './driver.ts'
import { connectionError, refusalError, tagsOf } from './dropbox-errors.ts'

export interface DropboxTokens {
  readonly accessToken: string
  /** Undefined: once the access token has expired, the owner must connect the account again. */
  readonly refreshToken?: string | undefined
}

/** Where Dropbox is; without paths. */
export interface DropboxUrls {
  readonly api: string
  readonly content: string
}

export interface DropboxFetchOptions extends DropboxTokens {
  /** Key and secret of the operator's app, which the tokens were given to. */
  readonly clientId?: string | undefined
  readonly clientSecret?: string | undefined
  /** Keeps the new tokens; requests that wait for them wait for this too. */
  onRefreshed(tokens: DropboxTokens): Promise<void> | void
  /** Must stream, refuse what is not to be reached, and end connections on which nothing moves. */
  readonly fetch: typeof globalThis.fetch
  readonly urls: DropboxUrls
  /** For a new token. */
  readonly timeoutMs: number
}

export const DROPBOX_URLS: DropboxUrls = {
  api: 'https://api.dropboxapi.com',
  content: 'https://content.dropboxapi.com',
}

/** Takes addresses of DROPBOX_URLS. Bodies are text or bytes, since a request may have to be sent again. */
export type DropboxFetch = (
  url: string,
  init: Omit<RequestInit, 'body'> & { readonly body?: string | Uint8Array<ArrayBuffer> | null },
) => Promise<Response>

/** Rejects with a DriverError, or with the reason of the signal in `init`. */
export function createDropboxFetch(options: DropboxFetchOptions): DropboxFetch {
  let { accessToken } = options
  let refreshing: Promise<void> | undefined

  async function refresh(): Promise<void> {
    accessToken = await newAccessToken(options)
    await options.onRefreshed({ accessToken, refreshToken: options.refreshToken })
  }

  function refreshOnce(): Promise<void> {
    refreshing ??= refresh().finally(() => {
      refreshing = undefined
    })
    return refreshing
  }

  return async (url, init) => {
    const ask = (token: string): Promise<Response> => {
      const headers = new Headers(init.headers)
      headers.set('Authorization', `Bearer ${token}`)
      return request(options, located(url, options.urls), { ...init, headers })
    }
    const used = accessToken
    const reply = await ask(used)
    if (reply.status !== 401) return reply
    const text = await reply.text().catch((error: unknown) => Promise.reject(connectionError(error)))
    if (tagsOf(parsed(text)) !== 'expired_access_token' || options.refreshToken === undefined) {
      return new Response(text, { status: 401, headers: reply.headers })
    }
    if (accessToken === used) await unlessAborted(refreshOnce(), init.signal)
    return ask(accessToken)
  }
}

async function request({ fetch }: DropboxFetchOptions, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    if (init.signal?.aborted) throw init.signal.reason
    throw connectionError(error)
  }
}

function located(url: string, { api, content }: DropboxUrls): string {
  return url.replace(DROPBOX_URLS.api, api).replace(DROPBOX_URLS.content, content)
}

/** https://www.dropbox.com/developers/documentation/http/documentation#oauth2-token */
async function newAccessToken(options: DropboxFetchOptions): Promise<string> {
  const { refreshToken = '', clientId, clientSecret, urls, timeoutMs } = options
  if (clientId === undefined || clientSecret === undefined) {
    throw new DriverError(
      'denied',
      'The access token of Dropbox has expired, and this server cannot get another: ' +
        'the operator has to set ALGORIST_DROPBOX_APP_KEY and ALGORIST_DROPBOX_APP_SECRET',
    )
  }
  const form = {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: clientId,
    client_secret: clientSecret,
  }
  const reply = await request(options, `${urls.api}/oauth2/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => Promise.reject(connectionError(error)))
  const body = parsed(await reply.text().catch((error: unknown) => Promise.reject(connectionError(error))))
  if (!reply.ok) throw refreshError(reply, body)
  const { access_token: token } = body as { access_token?: unknown }
  if (typeof token === 'string' && token !== '') return token
  throw new DriverError('unavailable', 'Dropbox answered without an access token; try again later')
}

function refreshError({ status, headers }: Response, body: unknown): DriverError {
  const { error: code } = body as { error?: unknown }
  if (code === 'invalid_grant') {
    return new DriverError('denied', 'Dropbox does not take the refresh token any more; connect the account again')
  }
  if (code === 'invalid_client' || code === 'unauthorized_client') {
    return new DriverError(
      'denied',
      'Dropbox does not take the key and secret of the app: ' +
        'the operator has to correct ALGORIST_DROPBOX_APP_KEY and ALGORIST_DROPBOX_APP_SECRET',
    )
  }
  return refusalError({ status, headers, error: body })
}

/** An object in any case. */
function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

/** The work itself goes on for the others. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (!signal) return work
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', onAbort))
}
