/** Against Azurite, which checks SAS tokens as Azure does. It takes backslashes and dots at the end, which Azure does not. */
import { test } from 'node:test'
import { createAzureBlobDriver } from './azure-blob.ts'
import { type CaseName, testDriver } from './suite.ts'
import { prepareAzurite, startAzurite } from './testing/azurite.ts'
import { connectorFetch } from './testing/connector-fetch.ts'

const lacks: Partial<Record<CaseName, string>> = {
  'names may have backslashes': 'Azure may take a backslash for a slash, so the driver refuses it',
  'names may begin with a dot, or have two': 'Azure may drop the dots of `...`, so the driver refuses them',
  'names may end with a dot': 'Azure may drop a dot at the end, so the driver refuses it',
}

const prepared = await prepareAzurite()
if ('unavailable' in prepared) test('the Azure driver', { skip: prepared.unavailable }, () => {})
else {
  const { folder } = prepared
  testDriver(
    'the Azure driver',
    async () => {
      const azurite = await startAzurite(folder)
      const { fetch, close } = connectorFetch()
      const { storageUri, containerName } = azurite
      const driver = await createAzureBlobDriver({ storageUri, containerName, sasToken: azurite.sasToken(), fetch })
      return {
        driver,
        async close() {
          close()
          await azurite.stop()
        },
      }
    },
    { lacks },
  )
}
