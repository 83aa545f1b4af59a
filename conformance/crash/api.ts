/** Requests of the clients. An error that is no {@link WrongAnswer} means that no answer came. */
import { WrongAnswer } from './uptime.ts'

/** Whatever the reply holds; read as an outside client does. */
// biome-ignore lint/suspicious/noExplicitAny: replies are looked at without our types
export type Json = any

export interface ApiRequest {
  readonly method: string
  readonly url: string
  readonly key: string
  /** JSON, or text when it is a string. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface ApiReply {
  readonly status: number
  readonly text: string
}

const TIMEOUT_MS = 60_000

/** @throws TypeError or the like when there is no answer */
export async function send({ method, url, key, body, headers = {} }: ApiRequest): Promise<ApiReply> {
  const isText = typeof body === 'string'
  const response = await fetch(url, {
    method,
    headers: {
      Authorization: `Simple ${key}`,
      'Content-Type': isText ? 'text/plain' : 'application/json',
      ...headers,
    },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  return { status: response.status, text: await response.text() }
}

/** @throws WrongAnswer when the status is not 2xx */
export async function sendJson(request: ApiRequest): Promise<Json> {
  const { status, text } = await send(request)
  if (status < 200 || status > 299) {
    throw new WrongAnswer(`${request.method} ${new URL(request.url).pathname}: ${status} ${text.slice(0, 500)}`)
  }
  return text === '' ? null : JSON.parse(text)
}

/** All pages of a list. */
export async function sendForAll(request: ApiRequest): Promise<Json[]> {
  const results: Json[] = []
  for (let marker: string | null = null; ; ) {
    const url: URL = new URL(request.url)
    url.searchParams.set('limit', '100')
    if (marker) url.searchParams.set('marker', marker)
    const page = await sendJson({ ...request, url: url.href })
    results.push(...page.results)
    marker = page.marker
    if (!marker) return results
  }
}
