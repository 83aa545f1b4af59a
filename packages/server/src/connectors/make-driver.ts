/** The driver that credentials are for. */
import { createAzureBlobDriver } from '../drivers/azure-blob.ts'
import type { Driver } from '../drivers/driver.ts'
import { createDropboxDriver } from '../drivers/dropbox.ts'
import type { DropboxUrls } from '../drivers/dropbox-fetch.ts'
import { createGoogleStorageDriver } from '../drivers/google-storage.ts'
import { createS3Driver } from '../drivers/s3.ts'
import type { ConnectorAgents } from '../http/egress-agents.ts'
import { createStreamingFetch } from '../http/streaming-fetch.ts'
import type { Credentials } from './credentials.ts'

export interface DriverSurroundings {
  /** Through which alone it connects. */
  readonly agents: ConnectorAgents
  /** The operator's app, which tokens of Dropbox were given to. */
  readonly dropboxApp: { readonly key: string | null; readonly secret: string | null }
  /** Where Dropbox is; a connector cannot say it. */
  readonly dropboxUrls: DropboxUrls
  /** Keeps credentials that the provider has renewed. */
  onRenewed(credentials: Credentials): Promise<void>
}

/** Where buckets are that nobody said the region of, as with the provider's own tools. */
const USUAL_S3_REGION = 'us-east-1'

/** Loads the provider's SDK; connects when used. */
export async function makeDriver(credentials: Credentials, surroundings: DriverSurroundings): Promise<Driver> {
  const { agents, dropboxApp, dropboxUrls, onRenewed } = surroundings
  const fetch = createStreamingFetch(agents)
  switch (credentials.type) {
    case 'iam': {
      const { access_key_id, secret_access_key, session_token, region, endpoint } = credentials.data
      return createS3Driver({
        region: region ?? USUAL_S3_REGION,
        endpoint,
        // Servers of others rarely have a name of its own for every bucket.
        forcePathStyle: endpoint !== undefined,
        credentials: {
          accessKeyId: access_key_id,
          secretAccessKey: secret_access_key,
          sessionToken: session_token,
        },
        agents,
      })
    }
    case 'sas': {
      const { storage_uri, sas_token, container_name } = credentials.data
      return createAzureBlobDriver({
        storageUri: storage_uri,
        sasToken: sas_token,
        containerName: container_name,
        fetch,
      })
    }
    case 'serviceaccount': {
      const { email, private_key_id, private_key, endpoint, token_uri } = credentials.data
      return createGoogleStorageDriver({
        email,
        privateKeyId: private_key_id,
        privateKey: private_key,
        apiEndpoint: endpoint,
        tokenUri: token_uri,
        fetch,
      })
    }
    case 'oauth': {
      const { access_token, refresh_token } = credentials.data
      return createDropboxDriver({
        accessToken: access_token,
        refreshToken: refresh_token,
        clientId: dropboxApp.key ?? undefined,
        clientSecret: dropboxApp.secret ?? undefined,
        urls: dropboxUrls,
        fetch,
        onRefreshed: ({ accessToken, refreshToken }) =>
          onRenewed({
            type: 'oauth',
            data: {
              access_token: accessToken,
              ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
            },
          }),
      })
    }
  }
}
