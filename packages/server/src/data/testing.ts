/** The data API over HTTP on a place of its own, for tests of the wire without accounts and databases. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { type Caller, FULL_RIGHTS } from '../caller.ts'
import { createListener } from '../http/listener.ts'
import { createDataHandler, dataPrefixes } from './data-handler.ts'
import type { DataPlace } from './place.ts'

const account = { kind: 'user', id: '1', name: 'jane', email: '', isAdmin: false, isViewer: false } as const

/** Somebody with every right. */
export const JANE: Caller = {
  kind: 'key',
  login: 'key',
  keyId: '1',
  rights: FULL_RIGHTS,
  account: { ...account, isClosed: false, hostUid: 0 },
}

export interface TestServer {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** Every address leads to `place`, and every request is Jane's unless another caller is given. */
export async function serveData(
  place: DataPlace,
  { caller = JANE, idleMs }: { readonly caller?: Caller; readonly idleMs?: number } = {},
): Promise<TestServer> {
  const log = pino({ level: 'silent' })
  const options = { authenticate: () => caller, placeFor: () => place, log }
  const handle = createDataHandler({ ...options, ...(idleMs !== undefined && { idleMs }) })
  const server = createListener({
    routes: dataPrefixes.map((prefix) => ({ prefix, handle, continues: true })),
    fallback: (_request, response) => void response.writeHead(404).end(),
    tls: null,
    log,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
