/** Secrets of the probe and their providers. In this order: later ones use what earlier ones made. */
import { randomUUID } from 'node:crypto'
import type { WireReply } from '../../lib/wire.ts'
import { byAdmin, type Exchange, type Scene } from './exchange.ts'

const newSecret = ({ ids }: Scene) => ({
  ...{ owner_type: 'algorithm', owner_id: ids.algorithm, short_name: 'n', description: ' ' },
  ...{ secret_key: 'TOKEN', secret_value: 'x' },
})
const names = () => ({ short_name: 'm', description: 'd' })
const secrets = (method: string) => {
  return ({ ids }: Scene): string => `${method} /v1/algorithms/${ids.algorithm}/secrets`
}
const secret = (method: string) => {
  return ({ ids }: Scene): string => `${method} /v1/algorithms/${ids.algorithm}/secrets/${ids.secret}`
}
const noteSecret = (reply: WireReply, { ids }: Scene): void => {
  ids.secret = reply.json().id
}

const PROVIDERS = '/v1/admin/secret-provider'
const newProvider = () => ({
  ...{ name: 'n', description: 'd', moduleName: 'm', factoryClassName: 'f', interfaceVersion: '1.0' },
  ...{ isEnabled: true, isDefault: false },
})
const provider = (method: string, path = PROVIDERS, rest = '') => {
  return ({ ids }: Scene): string => `${method} ${path}/${ids.provider}${rest}`
}
const plugin = (method: string, rest = '') => provider(method, '/v1/admin/plugins/secret-provider', rest)
const noteProvider = (reply: WireReply, { ids }: Scene): void => {
  ids.provider = reply.json().id
}

export const SECRET_EXCHANGES: readonly Exchange[] = [
  { operation: 'createSecret', status: 200, line: secrets('POST'), json: newSecret, note: noteSecret },
  { operation: 'createSecret', status: 400, line: secrets('POST'), json: newSecret },
  { operation: 'createSecret', status: 403, as: 'stranger', line: secrets('POST'), json: newSecret },
  { operation: 'listSecrets', status: 200, line: secrets('GET') },
  { operation: 'listSecrets', status: 404, line: () => `GET /v1/algorithms/${randomUUID()}/secrets` },
  { operation: 'updateSecret', status: 200, line: secret('PUT'), json: names },
  { operation: 'deleteSecret', status: 204, line: secret('DELETE') },
  { operation: 'updateSecret', status: 404, line: secret('PUT'), json: names },
  { operation: 'deleteSecret', status: 404, line: secret('DELETE') },
  { operation: 'listSecretProviders', status: 200, line: () => 'GET /v1/secret-provider' },
  byAdmin('createSecretProvider', 200, () => `POST ${PROVIDERS}`, { json: newProvider, note: noteProvider }),
  byAdmin('createSecretProvider', 400, () => `POST ${PROVIDERS}`, { json: () => ({}) }),
  byAdmin('listAllSecretProviders', 200, () => `GET ${PROVIDERS}`),
  byAdmin('getSecretProvider', 200, provider('GET')),
  byAdmin('updateSecretProvider', 200, provider('POST'), { json: newProvider }),
  byAdmin('checkSecretProviderPlugin', 400, plugin('GET')),
  byAdmin('uploadSecretProviderPlugin', 400, plugin('POST')),
  byAdmin('setDefaultSecretProvider', 204, plugin('POST', '/default')),
  byAdmin('deleteSecretProvider', 400, provider('DELETE')),
  byAdmin('updateSecretProvider', 200, provider('POST'), { json: newProvider }),
  byAdmin('deleteSecretProvider', 204, provider('DELETE')),
  byAdmin('getSecretProvider', 404, provider('GET')),
]
