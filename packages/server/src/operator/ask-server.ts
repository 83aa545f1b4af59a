/**
 * The operator's end of the socket of a running server (socket.ts). It loads nothing of the server, so that a command is
 * there at once.
 */
import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { isErrno } from '../atomic-file.ts'
import { findRunningServer, operatorSocket } from '../data-folder.ts'
import type { CommandLine, Output } from './run-command.ts'

/** A server that starts has the data folder before it listens. */
const STARTING_MS = 30_000
const RETRY_MS = 200

/**
 * Has the server of a data folder carry a command out, as soon as it listens.
 *
 * @returns undefined when no server runs
 * @throws Error when it does not answer
 */
export async function askServerOf(home: string, line: CommandLine): Promise<Output | undefined> {
  for (const giveUpAt = Date.now() + STARTING_MS; await findRunningServer(home); await delay(RETRY_MS)) {
    try {
      return await askServer(operatorSocket(home), line)
    } catch (error) {
      if (!isNotListening(error) || Date.now() > giveUpAt) throw error
    }
  }
  return undefined
}

/** Nothing has been asked then. */
const isNotListening = (error: unknown): boolean => isErrno(error, 'ENOENT') || isErrno(error, 'ECONNREFUSED')

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
