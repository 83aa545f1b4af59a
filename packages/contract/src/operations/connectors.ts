/**
 * Connectors: outside storage that an account reaches under its own addresses (rest-api.md 3.4, row 118; 5.3). All but
 * creating them are additions. Where a user name stands, the name of an organization works too.
 */
import Type, { type Static } from 'typebox'
import { anything, flag, maybe, text } from '../fields.ts'
import { operation } from '../operation.ts'
import { Connector, CreatedConnector, CredentialType, StorageProtocol } from '../shapes/connector.ts'

const tag = 'Connectors'
const listPaths = ['/v1/users/:username/connectors', '/v1/organizations/:organization/connectors'] as const
const paths = [`${listPaths[0]}/:connectorId`, `${listPaths[1]}/:connectorId`] as const
const holderErrors = ['UserNotFound', 'OrganizationNotFound'] as const
const errors = [...holderErrors, 'PathNotFound'] as const
const who = ['key', 'cookie', 'admin'] as const
const on = 'connector owner' as const

const label = maybe(
  text('Tells connectors of one kind apart: letters, digits and _; a free one is chosen when left out', 'lab', {
    pattern: '^[A-Za-z0-9_]*$',
    maxLength: 64,
  }),
)
const path = maybe(
  text('The paths that it is for: `*` everything, `dir/*` everything below, `dir/file` one file', '*', {
    minLength: 1,
    maxLength: 1024,
  }),
)
const isDefault = maybe(flag('Used when an address names no label; the first of its kind when left out', false))
const writeable = maybe(flag('May write and delete', false))
const credentials = anything(
  'The credentials, as an object or as its JSON text. iam: access_key_id, secret_access_key, and where needed ' +
    'session_token, region, endpoint. sas: storage_uri, sas_token, container_name, or the address of a container with ' +
    'its signature as storage_uri. serviceaccount: email, private_key_id, private_key, and where needed endpoint and token_uri. ' +
    'oauth: access_token, and refresh_token to get another',
  { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: '…' },
)

export const NewConnector = Type.Object({
  username: maybe(text('Account that gets the connector; must be the one in the path', 'jane_doe')),
  protocol: StorageProtocol,
  cred_type: CredentialType,
  cred_data: credentials,
  label,
  is_default: isDefault,
  path,
  writeable,
})
export type NewConnector = Static<typeof NewConnector>

export const ConnectorChange = Type.Object({
  label,
  is_default: isDefault,
  path,
  writeable,
  cred_data: maybe(credentials),
})
export type ConnectorChange = Static<typeof ConnectorChange>

export const createConnector = operation({
  id: 'createConnector',
  method: 'POST',
  paths: listPaths,
  who,
  on,
  tag,
  summary: 'Connect an outside storage',
  body: NewConnector,
  replies: { 200: CreatedConnector },
  errors: [...holderErrors, 'InputValidationError', 'InconsistentUsername', 'ConnectorLabelTaken'],
})

export const listConnectors = operation({
  id: 'listConnectors',
  method: 'GET',
  paths: listPaths,
  who,
  on,
  tag,
  summary: 'List the connectors of an account, oldest first; never what is secret of their credentials',
  replies: { 200: Type.Array(Connector) },
  errors: holderErrors,
  addition: true,
})

export const getConnector = operation({
  id: 'getConnector',
  method: 'GET',
  paths,
  who,
  on,
  tag,
  summary: 'Show a connector',
  replies: { 200: Connector },
  errors,
  addition: true,
})

export const updateConnector = operation({
  id: 'updateConnector',
  method: 'PATCH',
  paths,
  who,
  on,
  tag,
  summary: 'Change a connector; what is left out stays, credentials are replaced as a whole',
  body: ConnectorChange,
  replies: { 200: Connector },
  errors: [...errors, 'InputValidationError', 'ConnectorLabelTaken'],
  addition: true,
})

export const deleteConnector = operation({
  id: 'deleteConnector',
  method: 'DELETE',
  paths,
  who,
  on,
  tag,
  summary: 'Disconnect an outside storage; nothing in it changes',
  replies: { 204: 'empty' },
  errors,
  addition: true,
})

export const setDefaultConnector = operation({
  id: 'setDefaultConnector',
  method: 'POST',
  paths: [`${paths[0]}/default`, `${paths[1]}/default`],
  who,
  on,
  tag,
  summary: 'Use a connector where an address names no label, in place of the one so far',
  replies: { 204: 'empty' },
  errors,
  addition: true,
})
