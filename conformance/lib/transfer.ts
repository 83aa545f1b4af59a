/** Files of any size to and from the data API, streamed, on connections of their own. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'

export interface Transfer {
  readonly url: string
  readonly key: string
}

/** Sends a file. @throws Error when the answer is not 200 */
export async function put(
  { url, key }: Transfer,
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  sizeBytes: number,
): Promise<void> {
  const headers = { Authorization: key, 'Content-Length': sizeBytes }
  const sent = request(url, { method: 'PUT', agent: false, headers })
  const answered = once(sent, 'response')
  // A refusal may come, and the connection end, before all is sent: the answer says more than the broken connection.
  const isSent = pipeline(Readable.from(body, { objectMode: false, highWaterMark: 2 ** 20 }), sent)
  const [reply] = (await Promise.all([answered, isSent.catch(() => {})]))[0] as [IncomingMessage]
  await requireOk(reply, `PUT ${url}`)
  reply.resume()
}

/** The body of a file as it comes. It fails when the connection ends before all has come. @throws Error when the answer is not 200 */
export async function get({ url, key }: Transfer): Promise<IncomingMessage> {
  const sent = request(url, { agent: false, headers: { Authorization: key } }).end()
  const [reply] = (await once(sent, 'response')) as [IncomingMessage]
  await requireOk(reply, `GET ${url}`)
  return reply
}

async function requireOk(reply: IncomingMessage, what: string): Promise<void> {
  if (reply.statusCode !== 200) throw new Error(`${what}: ${reply.statusCode} ${await text(reply)}`)
}
