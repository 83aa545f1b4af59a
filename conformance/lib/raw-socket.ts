/** One request written byte by byte on a socket, for what curl and fetch tidy up before it leaves or after it arrives. */
import { connect } from 'node:net'

export interface RawReply {
  /** Such as `HTTP/1.1 200 OK`. */
  readonly statusLine: string
  readonly status: number
  /** As they came: names in the server's spelling, in its order. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
}

const TIMEOUT_MS = 30_000

/** Sends bytes and reads until the server closes; the request should say `Connection: close`. */
export function exchange(url: string, request: string | Buffer): Promise<RawReply> {
  const { hostname, port } = new URL(url)
  return new Promise((settle, fail) => {
    const socket = connect({ host: hostname, port: Number(port) })
    const chunks: Buffer[] = []
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('The server did not close the connection')))
    socket.on('connect', () => socket.write(request))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', fail)
    socket.on('end', () => settle(parseReply(Buffer.concat(chunks))))
  })
}

/** @param bytes of one reply, at least its head; those behind it are its body */
export function parseReply(bytes: Buffer): RawReply {
  const end = bytes.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  return { statusLine, status: Number(statusLine.split(' ')[1]), headers, body: bytes.subarray(end + 4) }
}
