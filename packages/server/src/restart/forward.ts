/**
 * Passes requests on to the server of the folder: those that come on connections which clients keep open to a server that
 * has handed over. The answer tells the client to close the connection, so the next request finds the other server itself.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { ApiError } from '@algorist/contract/errors.ts'
import type { RawHandler } from '../http/listener.ts'
import { openPassedOn } from './peers.ts'

/** Of one connection, not of the message; a body says by its end how long it is, or by Content-Length. */
const OF_CONNECTION = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'expect']

/** @param findPath the socket of the server of the folder; see peers.ts */
export function createForward(findPath: () => Promise<string>): RawHandler {
  return async (request, response) => {
    const sent = openPassedOn(await findPath(), request, headersFor(request))
    response.once('close', () => {
      if (!response.writableFinished) sent.destroy()
    })
    const answered = new Promise<IncomingMessage>((resolve, reject) =>
      sent.once('response', resolve).on('error', reject),
    )
    if (request.headers.expect !== undefined) response.writeContinue()
    const upload = pipeline(request, sent).catch(() => {})
    let answer: IncomingMessage
    try {
      answer = await answered
    } catch {
      if (response.destroyed) return
      throw new ApiError('ServiceUnavailable', 'The server is being restarted and the new one does not answer', {
        headers: { 'Retry-After': '1' },
      })
    }
    await passBack(answer, response)
    await upload
  }
}

async function passBack(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  const headers = withoutConnection(answer.headersDistinct)
  delete headers['transfer-encoding']
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, { ...headers, Connection: 'close' })
  await pipeline(answer, response).catch(() => response.destroy())
}

function headersFor(request: IncomingMessage): Record<string, string | string[]> {
  return withoutConnection(request.headersDistinct)
}

function withoutConnection(headers: IncomingHttpHeaders | NodeJS.Dict<string[]>): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {}
  for (const [name, values] of Object.entries(headers)) {
    if (values === undefined || OF_CONNECTION.includes(name)) continue
    const [first, ...more] = [values].flat()
    if (first !== undefined) kept[name] = more.length === 0 ? first : [first, ...more]
  }
  return kept
}
