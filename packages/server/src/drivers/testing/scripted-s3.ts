/** A server that answers as a test says, for what Amazon does and s3proxy does not. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ScriptedS3 {
  readonly endpoint: string
  /** Method and raw path of every request so far. */
  readonly requests: readonly { readonly method: string; readonly url: string; readonly authorization: string }[]
  close(): Promise<void>
}

export async function startScriptedS3(answer: RequestListener): Promise<ScriptedS3> {
  const requests: ScriptedS3['requests'][number][] = []
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    requests.push({ method, url, authorization: headers.authorization ?? '' })
    answer(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

/** An answer as Amazon words its errors. */
export function errorReply(
  status: number,
  code: string,
  members: Readonly<Record<string, string>> = {},
): RequestListener {
  const inner = Object.entries({ Code: code, Message: 'As documented', ...members })
  const xml = inner.map(([name, text]) => `<${name}>${text}</${name}>`).join('')
  return ({ method }, response) => {
    response.writeHead(status, { 'Content-Type': 'application/xml' })
    response.end(method === 'HEAD' ? undefined : `<?xml version="1.0" encoding="UTF-8"?><Error>${xml}</Error>`)
  }
}
