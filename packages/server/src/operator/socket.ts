/**
 * The socket in the data folder through which operators' commands reach a running server. Whoever may open it is the
 * operator: it is only the server's own user's (0600, in a folder of 0700), so it asks for nothing else.
 */
import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { buffer, text } from 'node:stream/consumers'
import type { OperatorServices } from './command.ts'
import { type Output, runOperatorCommand } from './run-command.ts'

const MAX_REQUEST_BYTES = 64 * 1024

export interface CommandLine {
  readonly args: readonly string[]
  readonly input: string
}

/** Serves commands until it is closed. @param path of the socket */
export async function listenForOperators(
  path: string,
  services: OperatorServices,
): Promise<{ close(): Promise<void> }> {
  await rm(path, { force: true })
  const server = createServer(async (incoming, response) => {
    try {
      if (Number(incoming.headers['content-length'] ?? MAX_REQUEST_BYTES) >= MAX_REQUEST_BYTES) {
        response.writeHead(413).end()
        return
      }
      const line = readLine(JSON.parse((await buffer(incoming)).toString()))
      response.end(JSON.stringify(await runOperatorCommand(services, line)))
    } catch (error) {
      services.log.error({ err: error }, 'an operator command failed')
      response.writeHead(500).end()
    }
  })
  server.listen(path)
  await once(server, 'listening')
  await chmod(path, 0o600)
  return {
    async close() {
      server.close()
      server.closeAllConnections()
      await rm(path, { force: true })
    },
  }
}

function readLine(value: unknown): CommandLine {
  const { args, input } = value as Partial<CommandLine>
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === 'string') || typeof input !== 'string') {
    throw new Error('a command line that is none')
  }
  return { args, input }
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
