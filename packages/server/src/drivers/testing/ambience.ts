/** Traps for drivers that would take credentials, addresses or proxies from where they run. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { type AwkwardServer, startAwkwardServer } from './awkward-server.ts'

export interface Ambience {
  /** What the environment names; nobody may ask it anything. */
  readonly trap: AwkwardServer
  /** `ADDRESS:PORT` of every connection that this process has tried since. */
  readonly connections: ReadonlySet<string>
}

/** Until the test ends, the environment names a proxy, an emulator, metadata servers and credentials of somebody else. */
export async function setTraps(t: TestContext): Promise<Ambience> {
  const trap = await startAwkwardServer((_request, response) => response.end('{}'))
  t.after(() => trap.close())
  const { host } = new URL(trap.url)
  const variables: Readonly<Record<string, string>> = {
    ...Object.fromEntries(
      ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy'].map((name) => [name, trap.url]),
    ),
    AZURE_CLIENT_ID: 'somebody-else',
    AZURE_CLIENT_SECRET: 'secret-of-somebody-else',
    AZURE_TENANT_ID: 'somebody-else',
    AZURE_STORAGE_ACCOUNT: 'somebodyelse',
    AZURE_STORAGE_CONNECTION_STRING: `BlobEndpoint=${trap.url};SharedAccessSignature=sig=other`,
    IDENTITY_ENDPOINT: trap.url,
    MSI_ENDPOINT: trap.url,
    GOOGLE_APPLICATION_CREDENTIALS: '/nonexistent/somebody-else.json',
    GOOGLE_CLOUD_PROJECT: 'somebody-else',
    GCE_METADATA_HOST: host,
    STORAGE_EMULATOR_HOST: trap.url,
  }
  const before = { ...process.env }
  Object.assign(process.env, variables)
  t.after(() => {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  })
  return { trap, connections: watchConnections(t) }
}

function watchConnections(t: TestContext): ReadonlySet<string> {
  const connections = new Set<string>()
  const onSocket = (message: unknown): void => {
    const { socket } = message as { socket: Socket }
    socket.on('connectionAttempt', (address: string, port: number) => connections.add(`${address}:${port}`))
  }
  subscribe('net.client.socket', onSocket)
  t.after(() => unsubscribe('net.client.socket', onSocket))
  return connections
}
