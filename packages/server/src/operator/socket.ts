/**
 * The socket in the data folder through which operators' commands reach a running server. Whoever may open it is the
 * operator: it is only the server's own user's (0600, in a folder of 0700), so it asks for nothing else.
 */
import { once } from 'node:events'
import { chmod, rename, rm, stat } from 'node:fs/promises'
import { createServer, request, type ServerResponse } from 'node:http'
import { buffer, text } from 'node:stream/consumers'
import type { OperatorServices } from './command.ts'
import { type CommandLine, type Output, runOperatorCommand } from './run-command.ts'

const MAX_REQUEST_BYTES = 64 * 1024

/** What is done for as long as an answer is open, by the address that is asked. */
export type OpenAnswers = Readonly<Record<string, (response: ServerResponse) => Promise<void>>>

/** Runs a command when the time is right, here or in the server that has followed this one. */
export type RunWhenRight = (line: CommandLine, here: () => Promise<Output>) => Promise<Output>

/**
 * Serves commands until it is closed, instead of whoever served them before.
 *
 * @param path of the socket
 */
export async function listenForOperators(
  path: string,
  services: OperatorServices,
  openAnswers: OpenAnswers = {},
  runWhenRight: RunWhenRight = (_line, here) => here(),
): Promise<{ close(): Promise<void> }> {
  // Under a name of its own, since Node removes that when it closes, and the path may be another server's by then.
  const ownPath = `${path}.${process.pid}`
  await rm(ownPath, { force: true })
  const server = createServer(async (incoming, response) => {
    try {
      const answer = openAnswers[incoming.url ?? '']
      if (answer) return await answer(response)
      if (Number(incoming.headers['content-length'] ?? MAX_REQUEST_BYTES) >= MAX_REQUEST_BYTES) {
        response.writeHead(413).end()
        return
      }
      const line = readLine(JSON.parse((await buffer(incoming)).toString()))
      response.end(JSON.stringify(await runWhenRight(line, () => runOperatorCommand(services, line))))
    } catch (error) {
      services.log.error({ err: error }, 'an operator command failed')
      response.writeHead(500).end()
    }
  })
  server.listen(ownPath)
  await once(server, 'listening')
  await chmod(ownPath, 0o600)
  const { ino } = await stat(ownPath)
  await rename(ownPath, path)
  return {
    async close() {
      server.close()
      server.closeAllConnections()
      const found = await stat(path).catch(() => null)
      if (found?.ino === ino) await rm(path, { force: true })
    },
  }
}

function readLine(value: unknown): CommandLine {
  const { args, input, folder } = value as Partial<CommandLine>
  const isList = Array.isArray(args) && args.every((arg) => typeof arg === 'string')
  if (!isList || typeof input !== 'string' || typeof folder !== 'string') throw new Error('a command line that is none')
  return { args, input, folder }
}

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
