/** Azurite, Microsoft's own emulator of Azure Blob Storage, with one container. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import {
  ContainerClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob'
import { type Emulator, prepareEmulator, startEmulator } from './emulator.ts'

export interface Azurite extends Emulator {
  /** As connectors take it. */
  readonly storageUri: string
  readonly containerName: string
  /** A token for the container. @param permissions letters, such as `rl`; all that a driver needs unless given */
  sasToken(options?: { permissions?: string; expiresAt?: Date }): string
  /** For what a driver cannot do, such as making blobs of other kinds. */
  readonly container: ContainerClient
}

const ACCOUNT = 'testaccount'
const CONTAINER = 'files'

export function prepareAzurite() {
  return prepareEmulator('azurite', ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
}

/** @param folder of `prepareAzurite` */
export async function startAzurite(folder: string): Promise<Azurite> {
  const accountKey = randomBytes(64).toString('base64')
  const emulator = await startEmulator({
    command: process.execPath,
    args: [
      join(folder, 'node_modules/azurite/dist/src/blob/main.js'),
      ...['--blobHost', '127.0.0.1', '--blobPort', '0', '--inMemoryPersistence', '--silent'],
      ...['--disableTelemetry', '--skipApiVersionCheck'],
    ],
    env: { AZURITE_ACCOUNTS: `${ACCOUNT}:${accountKey}` },
    announces: /successfully listens on (http:\S+)/,
  })
  const credential = new StorageSharedKeyCredential(ACCOUNT, accountKey)
  const storageUri = `${emulator.url}/${ACCOUNT}`
  const container = new ContainerClient(`${storageUri}/${CONTAINER}`, credential)
  await container.create()
  return {
    ...emulator,
    storageUri,
    containerName: CONTAINER,
    container,
    sasToken({ permissions = 'racwdl', expiresAt = new Date(Date.now() + 3_600_000) } = {}) {
      const scope = { containerName: CONTAINER, permissions: ContainerSASPermissions.parse(permissions) }
      const times = { startsOn: new Date(0), expiresOn: expiresAt }
      return generateBlobSASQueryParameters({ ...scope, ...times }, credential).toString()
    },
  }
}
