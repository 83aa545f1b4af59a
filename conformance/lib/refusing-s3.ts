/** Answers as Amazon's S3 refuses, for what the S3 server of the tests never says. The bucket decides which refusal it is. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Refusal {
  readonly status: number
  readonly code: string
  /** More of the body, as XML. */
  readonly more?: string
  readonly headers?: Readonly<Record<string, string>>
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  expired: { status: 400, code: 'ExpiredToken' },
  elsewhere: { status: 301, code: 'PermanentRedirect', headers: { 'x-amz-bucket-region': 'eu-west-1' } },
  signed: { status: 400, code: 'AuthorizationHeaderMalformed', more: '<Region>eu-west-1</Region>' },
  busy: { status: 503, code: 'SlowDown' },
}

export interface RefusingS3 {
  /** Base address, without TLS. */
  readonly endpoint: string
  close(): Promise<void>
}

export async function startRefusingS3(): Promise<RefusingS3> {
  const server = createServer((request, response) => {
    const [, bucket = ''] = (request.url ?? '').split(/[/?]/)
    const { status, code, more = '', headers } = REFUSALS[bucket] ?? { status: 501, code: 'NotImplemented' }
    request.resume()
    response.writeHead(status, { 'Content-Type': 'application/xml', ...headers })
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>No</Message>${more}</Error>`,
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
