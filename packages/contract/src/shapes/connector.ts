/** Connectors and the credentials of each kind of outside storage (rest-api.md 3.4, row 118; platform.md 3.2). */
import Type, { type Static } from 'typebox'
import { choice, flag, group, list, maybe, secret, text, time, uuid } from '../fields.ts'

export const StorageProtocol = choice(['s3', 'dropbox', 'azureblob', 'gs'], 'Kind of outside storage')
export type StorageProtocol = Static<typeof StorageProtocol>

export const CredentialType = choice(['iam', 'oauth', 'sas', 'serviceaccount'], 'Kind of credentials')
export type CredentialType = Static<typeof CredentialType>

const some = { minLength: 1, maxLength: 2048 }
const endpoint = maybe(text('Address of the storage where it is not the usual one', 'https://s3.example.com', some))

/** For `s3`. Region, endpoint and session token are additions of this server. */
export const IamCredentials = Type.Object({
  access_key_id: text('Id of the access key', 'AKIAIOSFODNN7EXAMPLE', some),
  secret_access_key: secret('The access key', '…', some),
  session_token: maybe(secret('With temporary keys', '…', { minLength: 1, maxLength: 16_384 })),
  region: maybe(text('Region of the buckets', 'eu-central-1', some)),
  endpoint,
})
export type IamCredentials = Static<typeof IamCredentials>

/** For `azureblob`: three members, or the address of a container with its signature in `storage_uri` alone. */
export const SasCredentials = Type.Object({
  storage_uri: text('Address of the storage account', 'https://example.blob.core.windows.net', some),
  sas_token: maybe(secret('The shared access signature', '…', some)),
  container_name: maybe(text('The container that paths start in', 'models', some)),
})
export type SasCredentials = Static<typeof SasCredentials>

/** For `gs`, named as in a key file of a service account. Endpoint and token address are additions of this server. */
export const ServiceAccountCredentials = Type.Object({
  email: text('The service account', 'reader@project.iam.gserviceaccount.com', some),
  private_key_id: text('Id of its key', '8f2c1b', some),
  private_key: secret('The key, as PEM', '…', { minLength: 1, maxLength: 16_384 }),
  token_uri: maybe(
    text('Where it gets tokens, if not from the usual place', 'https://oauth2.googleapis.com/token', some),
  ),
  endpoint,
})
export type ServiceAccountCredentials = Static<typeof ServiceAccountCredentials>

/** For `dropbox`; the tokens were given to the app that the operator of the server named in its settings. */
export const OAuthCredentials = Type.Object({
  access_token: secret('The access token', '…', { minLength: 1, maxLength: 16_384 }),
  refresh_token: maybe(secret('Gets another access token when that one has expired', '…', some)),
})
export type OAuthCredentials = Static<typeof OAuthCredentials>

const label = text('Tells connectors of one kind apart', 'lab')
const isDefault = flag('Used when an address names no label', false)
const permissions = list(Type.Enum(['read', 'write']), 'What it may be used for; write includes delete', ['read'])

const created = {
  connector_id: uuid('Id of the connector'),
  username: text('Its owner', 'jane_doe'),
  label,
  protocol: StorageProtocol,
  is_default: isDefault,
  permissions,
}

/** What the original API answers with. */
export const CreatedConnector = Type.Object(created)

/** Never the secrets among the credentials. */
export const Connector = Type.Object({
  ...created,
  path: text('The paths that it is for; `*` is everything', '*'),
  writeable: flag('May write and delete', false),
  cred_type: CredentialType,
  cred_data: group('What of the credentials is no secret', {
    access_key_id: maybe(text('Id of the access key', 'AKIAIOSFODNN7EXAMPLE')),
    region: maybe(text('Region of the buckets', 'eu-central-1')),
    endpoint: maybe(text('Address of the storage where it is not the usual one', 'https://s3.example.com')),
    storage_uri: maybe(text('Address of the storage account', 'https://example.blob.core.windows.net')),
    container_name: maybe(text('The container that paths start in', 'models')),
    email: maybe(text('The service account', 'reader@project.iam.gserviceaccount.com')),
    private_key_id: maybe(text('Id of its key', '8f2c1b')),
    token_uri: maybe(text('Where it gets tokens, if not from the usual place', 'https://oauth2.googleapis.com/token')),
  }),
  created_at: time('When it was created'),
})
export type Connector = Static<typeof Connector>
