/** Requests as bytes on a socket and replies as bytes from it: what the wire cases and the client quirks are told with. */
import assert from 'node:assert/strict'
import type { Json } from './curl.ts'
import { exchange, type RawReply } from './raw-socket.ts'
import type { Target } from './server.ts'

export interface WireReply extends RawReply {
  readonly text: string
  /** The value of a header in exactly this spelling, as clients with case-sensitive maps look it up. */
  header(name: string): string | undefined
  /** The body as JSON, which it must be, compact and declared as such (rules H7 and H15). */
  json(): Json
}

export interface WireOptions {
  /** Sent as `Authorization: Simple <key>`. */
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** The body as JSON text, with its content type. */
  readonly json?: unknown
}

/** Sends `POST /v1/algo/…` (the target goes out as it is) on a connection of its own. */
export async function send(url: string, line: string, options: WireOptions = {}): Promise<WireReply> {
  return readable(await exchange(url, requestBytes(line, options)))
}

function requestBytes(line: string, { key, headers = {}, body, json }: WireOptions): Buffer {
  const bytes = json === undefined ? body : JSON.stringify(json)
  const all = {
    Host: 'localhost',
    Connection: 'close',
    ...(key === undefined ? {} : { Authorization: `Simple ${key}` }),
    ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(bytes === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(bytes)) }),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`${line} HTTP/1.1\r\n${lines.join('')}\r\n`), Buffer.from(bytes ?? '')])
}

function readable(reply: RawReply): WireReply {
  const text = reply.body.toString()
  const header = (name: string) => reply.headers.find(([each]) => each === name)?.[1]
  return {
    ...reply,
    text,
    header,
    json() {
      assert.match(header('Content-Type') ?? '', /^application\/json(; ?charset=utf-8)?$/, text)
      const value = JSON.parse(text)
      assert.equal(JSON.stringify(value), text, 'compact')
      return value
    },
  }
}

/** The reply's body as JSON, after a look at the status. */
export function jsonOf(reply: WireReply, status = 200): Json {
  assert.equal(reply.status, status, reply.text)
  return reply.json()
}

/** An answer without a body (rule H14). */
export function assertEmpty(reply: WireReply, status: number): void {
  assert.deepEqual([reply.status, reply.text], [status, ''])
}

/** `send` with the administrator's key; the server may start later than this is made. */
export function sendAsAdministrator(target: () => Pick<Target, 'url' | 'adminKey'>): Ask {
  return (line, options = {}) => send(target().url, line, { key: target().adminKey, ...options })
}

/** {@link send} to a certain server as a certain caller. */
export type Ask = (line: string, options?: WireOptions) => Promise<WireReply>
