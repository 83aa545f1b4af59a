/** Turns the output of a CGI program into an HTTP reply, streaming the body. */
import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'

const maxHeadBytes = 16 * 1024

/**
 * Reads the CGI head, writes it as status and headers, then pipes the rest until the program closes its output.
 * @throws when the program ends or writes too much before the head is complete
 */
export async function forwardCgiReply(output: Readable, response: ServerResponse): Promise<void> {
  const { head, rest } = await readHead(output)
  const { status, headers } = parseHead(head)
  response.writeHead(status, headers)
  response.flushHeaders()
  if (rest.length > 0) response.write(rest)
  // A client that left must not hold up the program: it is read to its end, or killed by the caller.
  response.once('close', () => {
    output.unpipe(response)
    output.resume()
  })
  output.pipe(response)
  await finished(output).catch(() => response.destroy())
}

async function readHead(output: Readable): Promise<{ head: string; rest: Buffer }> {
  let seen: Buffer = Buffer.alloc(0)
  for await (const chunk of readable(output)) {
    seen = Buffer.concat([seen, chunk])
    const end = seen.indexOf('\r\n\r\n')
    if (end >= 0) return { head: seen.subarray(0, end).toString('latin1'), rest: seen.subarray(end + 4) }
    if (seen.length > maxHeadBytes) break
  }
  throw new Error(`a CGI program wrote no head: ${seen.subarray(0, 200).toString('latin1')}`)
}

/** Iterates without destroying the stream when the loop is left. */
function readable(output: Readable): AsyncIterable<Buffer> {
  return output.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
}

function parseHead(head: string): { status: number; headers: Record<string, string> } {
  const headers: Record<string, string> = {}
  let status = 200
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon < 1) continue
    const name = line.slice(0, colon)
    const value = line.slice(colon + 1).trim()
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
    else headers[name] = value
  }
  return { status, headers }
}
