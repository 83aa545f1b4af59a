/** What is sent back for a call, whoever sends it: now, later, or once more for its idempotency key. */
import type { ServerResponse } from 'node:http'
import { giveBack, hold } from '@algorist/contract/give-back.ts'
import type { WholeReply } from '../http/lane/reply.ts'
import { untrustedContentHeaders } from '../http/untrusted-content.ts'

export interface CallAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
  readonly headers: { readonly [name: string]: string }
  /** As in `WholeReply`. */
  readonly isBodyOwn?: boolean
}

const json = 'application/json'

/** Acknowledges a call that keeps no result; exactly these two members (rest-api.md 4.9). */
export function acceptedVoid(requestId: string): CallAnswer {
  const body = Buffer.from(`{"async":"void","request_id":"${requestId}"}`)
  return { status: 200, contentType: json, body, headers: { 'X-Request-ID': requestId } }
}

/** Acknowledges a call whose result can be asked for. */
export function acceptedForResult(requestId: string): CallAnswer {
  const body = Buffer.from(`{"async":"result","request_id":"${requestId}"}`)
  const location = `/v1/calls/${requestId}`
  const headers = { 'X-Request-ID': requestId, 'Preference-Applied': 'respond-async', Location: location }
  return { status: 202, contentType: json, body, headers }
}

type Headers = { readonly [name: string]: string }

export function sendAnswer(response: ServerResponse, answer: CallAnswer, more: Headers): void {
  const { status, headers, body, isBodyOwn } = wholeReply(answer, more)
  response.writeHead(status, { ...headers, 'Content-Length': body.length })
  const letGo = hold(body)
  response.end(body, () => {
    letGo()
    if (isBodyOwn) giveBack(body)
  })
}

/** The answer as a reply; headers of its own come before `more`. */
export function wholeReply(
  { status, contentType, body, headers, isBodyOwn = false }: CallAnswer,
  more: Headers,
): WholeReply {
  return { status, headers: { ...untrustedContentHeaders(contentType), ...more, ...headers }, body, isBodyOwn }
}
