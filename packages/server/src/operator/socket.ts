/**
 * The socket in the data folder through which operators' commands reach a running server. Whoever may open it is the
 * operator: it is only the server's own user's (0600, in a folder of 0700), so it asks for nothing else. The other end is
 * ask-server.ts.
 */
import { once } from 'node:events'
import { chmod, link, rename, rm, stat } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
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
  const ownPath = ownPathFor(path)
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
  await takeOperatorSocket(path)
  return {
    async close() {
      server.close()
      server.closeAllConnections()
      const found = await stat(path).catch(() => null)
      if (found?.ino === ino) await rm(path, { force: true })
    },
  }
}

/** Has commands come to the socket on which this process listens, whoever took the path meanwhile. */
export async function takeOperatorSocket(path: string): Promise<void> {
  const coming = `${path}.coming`
  await rm(coming, { force: true })
  await link(ownPathFor(path), coming)
  await rename(coming, path)
  // Renaming does nothing when both are the same socket already.
  await rm(coming, { force: true })
}

/**
 * A name of this process alone: Node removes it when the server closes, and the path may be another server's by then. What a
 * kill leaves is removed when a server opens the folder (data-folder.ts).
 */
function ownPathFor(path: string): string {
  return `${path}.${process.pid}`
}

function readLine(value: unknown): CommandLine {
  const { args, input, folder } = value as Partial<CommandLine>
  const isList = Array.isArray(args) && args.every((arg) => typeof arg === 'string')
  if (!isList || typeof input !== 'string' || typeof folder !== 'string') throw new Error('a command line that is none')
  return { args, input, folder }
}
