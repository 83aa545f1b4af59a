/** Against fake-gcs-server, and a token address that checks what the driver signs. */
import { test } from 'node:test'
import { createGoogleStorageDriver } from './google-storage.ts'
import { testDriver } from './suite.ts'
import { connectorFetch } from './testing/connector-fetch.ts'
import { prepareFakeGcs, startFakeGcs } from './testing/fake-gcs.ts'

const lacks = {}

const prepared = await prepareFakeGcs()
if ('unavailable' in prepared) test('the Google driver', { skip: prepared.unavailable }, () => {})
else {
  const { folder } = prepared
  testDriver(
    'the Google driver',
    async () => {
      const gcs = await startFakeGcs(folder)
      const { fetch, close } = connectorFetch()
      const driver = await createGoogleStorageDriver({ ...gcs.account, ...gcs, fetch })
      return {
        driver,
        async close() {
          close()
          await gcs.stop()
        },
      }
    },
    { base: 'test-bucket', lacks },
  )
}
