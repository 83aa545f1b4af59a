/** One request of the server itself and its reply, without redirects and limits: those are egress.ts and streaming-fetch.ts. */
import {
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http'
import { request as requestHttps } from 'node:https'
import { pipeline } from 'node:stream/promises'
import { EgressError } from './egress-gate.ts'
import type { Hop } from './egress-redirects.ts'

export type OutgoingBody = string | Uint8Array | AsyncIterable<Uint8Array>

export interface Agents {
  readonly http: Agent
  readonly https: Agent
}

/** Headers that say where a message goes and where it ends belong to the connection. */
const CONNECTION_HEADERS = ['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade', 'expect', 'te']

/** The headers to send for those that were asked for. @throws TypeError for a name or value that is none */
export function headersToSend(given: Headers | { readonly [name: string]: string }): Headers {
  const headers = new Headers({ 'User-Agent': 'Algorist', Accept: '*/*' })
  for (const [name, value] of new Headers(given)) headers.set(name, value)
  headers.set('Accept-Encoding', 'identity')
  for (const name of CONNECTION_HEADERS) headers.delete(name)
  return headers
}

/** Resolves once the headers of the reply are there. Rejects with whatever Node or an agent has to say. */
export function exchange(
  { url, method, headers, body }: Hop<OutgoingBody>,
  agents: Agents,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const isTls = url.protocol === 'https:'
  const options: RequestOptions = {
    method,
    headers: Object.fromEntries(headers),
    agent: isTls ? agents.https : agents.http,
    signal,
  }
  return new Promise((resolve, reject) => {
    const request = isTls ? requestHttps(url, options) : requestHttp(url, options)
    let reply: IncomingMessage | undefined
    request.once('response', (given) => {
      reply = given
      resolve(given)
    })
    request.on('error', (error) => {
      reject(error)
      // What reads the reply would be told only that it was cut off, and not why.
      reply?.destroy(error)
    })
    // Nobody asked to speak another protocol, and Node reports no error for it.
    request.once('upgrade', (_reply, socket) => {
      socket.destroy()
      reject(new EgressError('InvalidReply', `${url.host} switched to another protocol`))
    })
    sendBody(request, body).catch(reject)
  })
}

async function sendBody(request: ClientRequest, body: OutgoingBody | undefined): Promise<void> {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) request.end(body)
  else await pipeline(body, request)
}

const BODILESS = [204, 205, 304]

/** A reply as `fetch` gives it. `read` hands its body on. @throws EgressError InvalidReply */
export function asResponse(
  reply: IncomingMessage,
  { url, method }: Hop<OutgoingBody>,
  read: (reply: IncomingMessage) => AsyncIterable<Uint8Array>,
): Response {
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
  return new Response(hasBody ? webStream(reply, read(reply)) : null, { status, headers })
}

/** Unlike `ReadableStream.from` it can be cancelled while nothing comes. */
function webStream(reply: IncomingMessage, chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      cancel() {
        reply.destroy()
      },
    },
    { highWaterMark: 0 },
  )
}

/** The error of a request that failed; what the gate or its agents said stays as it is. */
export function asEgressError(error: unknown, { host }: URL): EgressError {
  if (error instanceof EgressError) return error
  return new EgressError('ConnectionFailed', `The request to ${host} failed${codeOf(error)}`, { cause: error })
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? `: ${code}` : ''
}
