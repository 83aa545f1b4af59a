/**
 * The operator's end of the socket of a running server (socket.ts). It loads nothing of the server, so that a command is
 * there at once.
 */
import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { CommandLine, Output } from './run-command.ts'

/** Has a running server carry a command out. @throws Error when none answers */
export async function askServer(path: string, line: CommandLine): Promise<Output> {
  const body = Buffer.from(JSON.stringify(line))
  const asking = request({ socketPath: path, method: 'POST', path: '/', headers: { 'Content-Length': body.length } })
  asking.end(body)
  const [response] = await once(asking, 'response')
  const answer = await text(response)
  if (response.statusCode !== 200) throw new Error('The server could not carry the command out; its log has the reason')
  return JSON.parse(answer) as Output
}

/** An answer of a running server that lasts as long as what it does. */
export interface OpenAnswer {
  /** With the last words of the server; empty when the connection broke. */
  readonly ended: Promise<string>
  close(): void
}

/** The server that was asked hands over to another one just now. */
export class HandingOver extends Error {}

/**
 * Has a running server do something until `close()` or the end of this process.
 * @throws HandingOver, and Error when none answers
 */
export async function openAnswer(path: string, address: string): Promise<OpenAnswer> {
  const asking = request({ socketPath: path, method: 'POST', path: address, agent: false })
  asking.end()
  const [response] = await once(asking, 'response')
  const ended = text(response).catch(() => '')
  if (response.statusCode === 503) throw new HandingOver('The server hands over to another one; try again')
  if (response.statusCode !== 200)
    throw new Error('The server is of another version; use the algorist it was started with')
  return { ended, close: () => void asking.destroy() }
}
