/** Bytes on a socket and the replies that come back, for requests that no HTTP client would send. */
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Answer, Input } from './rows.ts'

/** What is written, in order; a number is a pause in milliseconds. */
export type Script = readonly (Input | number)[]

export interface WireOptions {
  /** Replies to wait for; 1 when left out. */
  readonly replies?: number
  /** Waits for the server to close the connection, whatever it replied before. */
  readonly untilClosed?: boolean
  /** Ends our side after the last write, as a half-closing client does. */
  readonly halfClose?: boolean
}

export interface WireReply extends Answer {
  /** As it came, without the body. */
  readonly head: string
}

const GIVE_UP_MS = 20_000

/**
 * Writes the script and reads replies.
 * @returns the replies that came before the connection ended or enough of them were there
 */
export async function exchangeBytes(url: string, script: Script, options: WireOptions = {}): Promise<WireReply[]> {
  const { replies: wanted = 1, untilClosed = false, halfClose = false } = options
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  let bytes: Buffer = Buffer.alloc(0)
  const enough = Promise.withResolvers<void>()
  const timer = setTimeout(() => enough.reject(new Error(`no end after ${GIVE_UP_MS} ms: ${bytes}`)), GIVE_UP_MS)
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    if (!untilClosed && splitReplies(bytes).length >= wanted) enough.resolve()
  })
  // A reset is one of the ways in which a server ends a connection.
  socket.on('error', () => enough.resolve()).on('close', () => enough.resolve())
  try {
    await Promise.race([write(socket, script, halfClose), enough.promise])
    await enough.promise
    return splitReplies(bytes)
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

/** The first reply, or status 0 when the connection ended without one. */
export async function exchangeOne(url: string, script: Script, options: WireOptions = {}): Promise<Answer> {
  const [reply] = await exchangeBytes(url, script, options)
  return reply ?? { status: 0, text: '' }
}

/** Writes and leaves without waiting for anything. */
export async function writeAndAbort(url: string, script: Script): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on('error', () => {})
  await write(socket, script, false)
  socket.resetAndDestroy()
}

/** A request as text, nothing added. */
export function rawRequest(line: string, headers: readonly string[], body = ''): string {
  return `${[`${line}`, ...headers].join('\r\n')}\r\n\r\n${body}`
}

async function write(socket: Socket, script: Script, halfClose: boolean): Promise<void> {
  for (const piece of script) {
    if (typeof piece === 'number') await delay(piece)
    else if (socket.destroyed) return
    else await new Promise<void>((resolve) => socket.write(piece, () => resolve()))
  }
  if (halfClose) socket.end()
}

/** All whole replies; `100 Continue` is none. */
function splitReplies(bytes: Buffer): WireReply[] {
  const replies: WireReply[] = []
  let rest = bytes
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) return replies
    const head = rest.subarray(0, end).toString('latin1')
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
    if (rest.length < end + 4 + length) return replies
    const status = Number(head.split(' ')[1])
    const text = rest.subarray(end + 4, end + 4 + length).toString()
    if (status >= 200) replies.push({ status, text, head })
    rest = rest.subarray(end + 4 + length)
  }
}
