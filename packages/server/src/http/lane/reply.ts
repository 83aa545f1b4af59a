/** The bytes of a reply that is whole, as node:http would write them for a connection that is kept. */
import { STATUS_CODES } from 'node:http'
import { canonicalHeaderName, NO_SNIFF } from '../canonical-response.ts'

/** An answer of which all is known. Its length, and what every reply has, need not be among the headers. */
export interface WholeReply {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: Buffer
  /** Nobody else has the body: its memory is given back when it was sent. */
  readonly isBodyOwn?: boolean
}

/** Below this a copy behind the head is cheaper than a second piece in the write. */
const COPY_BELOW_BYTES = 64 * 1024
const CRLF = '\r\n'
/** What a value must not have in it: the reply could be read as two. */
const UNSAFE = /[^\t -~\x80-\xff]/
const SNIFF = `${NO_SNIFF[0]}: ${NO_SNIFF[1]}${CRLF}`

export interface ReplyWriterOptions {
  readonly keepAliveSeconds: number
}

/** What to write. A long body is not copied behind the head, and null otherwise. */
export interface ReplyBytes {
  readonly head: Buffer
  readonly body: Buffer | null
}

/** Returns a function that throws Error when a header holds what none may. Its `date` is as in the `Date` header. */
export function createReplyWriter({ keepAliveSeconds }: ReplyWriterOptions) {
  const ending = `Connection: keep-alive${CRLF}Keep-Alive: timeout=${keepAliveSeconds}${CRLF}${CRLF}`

  return ({ status, headers, body }: WholeReply, date: string): ReplyBytes => {
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}${CRLF}`
    for (const name in headers) head += `${canonicalHeaderName(name)}: ${safe(headers[name] ?? '')}${CRLF}`
    head += `Content-Length: ${body.length}${CRLF}${SNIFF}Date: ${date}${CRLF}${ending}`
    if (body.length >= COPY_BELOW_BYTES) return { head: Buffer.from(head, 'latin1'), body }
    const whole = Buffer.allocUnsafe(head.length + body.length)
    whole.write(head, 0, 'latin1')
    body.copy(whole, head.length)
    return { head: whole, body: null }
  }
}

function safe(value: string): string {
  if (UNSAFE.test(value)) throw new Error('A header of a reply is not one line of text')
  return value
}
