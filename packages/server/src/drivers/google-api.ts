/** Requests to the JSON API of Google Cloud Storage, signed with the tokens of one service account. */
import { DriverError, type FileStat } from './driver.ts'
import { asGoogleError } from './google-errors.ts'
import type { GoogleTokens } from './google-token.ts'
import { asConnectionError } from './provider-errors.ts'

export interface GoogleApiOptions {
  /** Such as `https://storage.googleapis.com`. */
  readonly endpoint: string
  readonly tokens: GoogleTokens
  readonly fetch: typeof globalThis.fetch
}

export interface GoogleRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer>
  /** Statuses that are answers and no errors, besides 2xx. */
  readonly accepts?: readonly number[]
  readonly signal?: AbortSignal | undefined
}

export interface GoogleApi {
  /**
   * @param target a path of the API, or the address of an upload that Google gave, which needs no token
   * @throws DriverError, or the reason of the signal
   */
  send(target: string | URL, request?: GoogleRequest): Promise<Response>
}

const SERVICE = 'Google Cloud Storage'

/** @throws DriverError denied for an endpoint that is none */
export function createGoogleApi({ endpoint, tokens, fetch }: GoogleApiOptions): GoogleApi {
  const base = URL.parse(endpoint)
  if (!base) throw new DriverError('denied', 'The API endpoint of the connector is none; expected an https address')

  /** A token may have been taken back before its time: then a new one is tried once. */
  async function sendSigned(url: URL, request: GoogleRequest): Promise<Response> {
    const token = await tokens.current(request.signal)
    const response = await sendTo(url, request, `Bearer ${token}`)
    if (response.status !== 401) return response
    await response.body?.cancel()
    tokens.forget(token)
    return sendTo(url, request, `Bearer ${await tokens.current(request.signal)}`)
  }

  async function sendTo(url: URL, request: GoogleRequest, authorization?: string): Promise<Response> {
    const { method = 'GET', headers = {}, body, signal } = request
    const init: RequestInit = {
      method,
      headers: { ...headers, ...(authorization !== undefined && { Authorization: authorization }) },
      body: body ?? null,
      signal: signal ?? null,
    }
    try {
      return await fetch(url, init)
    } catch (error) {
      signal?.throwIfAborted()
      throw asConnectionError(error, SERVICE)
    }
  }

  return {
    async send(target, request = {}) {
      request.signal?.throwIfAborted()
      const response =
        target instanceof URL
          ? await sendTo(target, request)
          : await sendSigned(urlOf(base, target, request.query), request)
      if (response.ok || request.accepts?.includes(response.status)) return response
      throw await asGoogleError(response)
    },
  }
}

function urlOf(base: URL, path: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(base)
  url.pathname = `${base.pathname.replace(/\/+$/, '')}${path}`
  url.search = new URLSearchParams(query).toString()
  return url
}

/** What the API says of an object, as far as a driver wants to know. */
export interface StoredObject extends FileStat {
  /** Whole, without the bucket. */
  readonly name: string
}

export const OBJECT_FIELDS = 'name,size,generation,timeCreated'

/** @throws DriverError unavailable for something else */
export function parseObject(found: unknown): StoredObject {
  const { name, size, generation, timeCreated } = Object(found)
  const [sizeBytes, modifiedAt] = [Number(size ?? 0), new Date(timeCreated)]
  if (typeof name !== 'string' || !generation || Number.isNaN(sizeBytes) || Number.isNaN(modifiedAt.getTime())) {
    throw new DriverError('unavailable', `${SERVICE} answered something else than the description of a file`)
  }
  return { name, sizeBytes, modifiedAt, etag: String(generation) }
}

export interface ObjectsPage {
  readonly objects: readonly StoredObject[]
  /** With the slash at their ends. */
  readonly prefixes: readonly string[]
  readonly next: string | undefined
}

/** @throws DriverError unavailable for something else */
export function parseObjectsPage(found: unknown): ObjectsPage {
  const { items = [], prefixes = [], nextPageToken } = Object(found)
  return {
    objects: [...items].map(parseObject),
    prefixes: [...prefixes].map(String),
    next: nextPageToken ? String(nextPageToken) : undefined,
  }
}
