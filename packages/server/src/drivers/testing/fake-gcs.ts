/**
 * fake-gcs-server, an emulator of Google Cloud Storage, with one bucket. It looks at no token, so a token address beside it
 * does what Google's does: it checks the assertion with the key of the service account.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { ServiceAccount } from '../google-token.ts'
import { type Emulator, prepareEmulator, startEmulator } from './emulator.ts'
import { startTokenServer } from './token-server.ts'

export interface FakeGcs extends Emulator {
  /** As connectors take it. */
  readonly account: ServiceAccount
  readonly apiEndpoint: string
  readonly tokenUri: string
  readonly bucket: string
}

const BUCKET = 'test-bucket'
const PACKAGE = 'github.com/fsouza/fake-gcs-server'

export function prepareFakeGcs() {
  return prepareEmulator('fake-gcs-server', ['go', 'build', '-p', '2', '-o', 'fake-gcs-server', PACKAGE])
}

/** @param folder of `prepareFakeGcs` */
export async function startFakeGcs(folder: string): Promise<FakeGcs> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const emulator = await startEmulator({
    command: join(folder, 'fake-gcs-server'),
    args: [
      ...['-backend', 'memory', '-scheme', 'http', '-host', '127.0.0.1', '-port', String(port)],
      ...['-external-url', url, '-public-host', `127.0.0.1:${port}`],
    ],
    announces: /(server started)/,
  })
  const tokens = await startTokenServer()
  await fetch(`${url}/storage/v1/b?project=test`, { method: 'POST', body: JSON.stringify({ name: BUCKET }) })
  return {
    url,
    account: tokens.account,
    apiEndpoint: url,
    tokenUri: tokens.url,
    bucket: BUCKET,
    async stop() {
      await tokens.stop()
      await emulator.stop()
    },
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await once(probe.listen(0, '127.0.0.1'), 'listening')
  const { port } = probe.address() as AddressInfo
  await once(probe.close(), 'close')
  return port
}
