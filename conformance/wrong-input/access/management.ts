/** Reading, changing and administering without the right to (rest-api.md 3.2, 3.4). */
import { FULL_RIGHTS } from '../../lib/accounts.ts'
import { request } from '../lib/ground.ts'
import type { Row } from '../lib/rows.ts'
import { FORBIDDEN, type KeyName, NO_CREDENTIALS, REFUSED, type Scene, scene } from './scene.ts'

interface Operation {
  readonly method: string
  readonly path: (scene: Scene) => string
  readonly body?: string
}

const algorithmPath =
  (rest = '') =>
  ({ owner, hidden }: Scene): string =>
    `/v1/algorithms/${owner.username}/${hidden.name}${rest}`

const READS: readonly Operation[] = [
  { method: 'GET', path: algorithmPath() },
  { method: 'GET', path: ({ hiddenId }) => `/v1/algorithms/${hiddenId}` },
  { method: 'GET', path: algorithmPath('/builds') },
  { method: 'GET', path: (at) => algorithmPath(`/builds/${at.hiddenBuild}`)(at) },
  { method: 'GET', path: (at) => algorithmPath(`/builds/${at.hiddenBuild}/logs`)(at) },
  { method: 'GET', path: algorithmPath('/versions') },
  { method: 'GET', path: algorithmPath('/versions/0.1.0') },
  { method: 'GET', path: (at) => algorithmPath(`/versions/${at.hiddenSha}`)(at) },
  { method: 'GET', path: algorithmPath('/log') },
]

const CHANGES: readonly Operation[] = [
  { method: 'PUT', path: algorithmPath(), body: '{"details":{"label":"taken"}}' },
  { method: 'POST', path: algorithmPath('/compile'), body: '{}' },
  { method: 'POST', path: algorithmPath('/versions'), body: '{}' },
  { method: 'POST', path: ({ hiddenId }) => `/v1/algorithms/${hiddenId}/version`, body: '{}' },
  { method: 'DELETE', path: algorithmPath() },
  { method: 'DELETE', path: ({ hiddenId }) => `/v1/algorithms/${hiddenId}` },
  {
    method: 'POST',
    path: ({ owner }) => `/v1/algorithms/${owner.username}`,
    body: '{"name":"Taken","settings":{"language":"python3"}}',
  },
]

const ADMINISTRATION: readonly Operation[] = [
  { method: 'GET', path: () => '/v1/users' },
  { method: 'POST', path: () => '/v1/users', body: '{"username":"mallory","email":"m@example.com"}' },
  { method: 'GET', path: ({ owner }) => `/v1/users/${owner.username}` },
  { method: 'PUT', path: ({ owner }) => `/v1/users/${owner.username}`, body: '{"fullname":"x"}' },
  { method: 'GET', path: ({ owner }) => `/v1/users/${owner.username}/keys` },
  { method: 'POST', path: ({ owner }) => `/v1/admin/users/${owner.username}/keys`, body: '{"api_key":"simMine"}' },
  { method: 'POST', path: () => '/v1/organizations', body: '{}' },
]

/** Every operation must get the same refusal. */
function refusedRow(
  name: string,
  operations: readonly Operation[],
  key: (scene: Scene) => string | undefined,
  expected: Row['expected'],
): Row {
  return {
    name,
    inputs: operations.map((_, index) => String(index)),
    sent: operations.map(({ method, path }) => `${method} ${path(SAMPLE_SCENE)}`).join(', '),
    expected,
    send(index) {
      const operation = operations[Number(index)] as Operation
      const { method, path, body } = operation
      return request(method, scene.ground.target.url + path(scene), { key: key(scene), body })
    },
  }
}

/** Names for the table. */
const SAMPLE_SCENE = {
  owner: { username: 'owner', key: '' },
  stranger: { username: 'stranger', key: '' },
  hidden: { name: 'Hidden' },
  hiddenId: '{id}',
  hiddenSha: '{sha}',
  hiddenBuild: '{build}',
} as unknown as Scene

export const managementRows: Row[] = [
  refusedRow('reading without a key', READS, () => undefined, NO_CREDENTIALS),
  refusedRow('changing without a key', CHANGES, () => undefined, NO_CREDENTIALS),
  refusedRow('administration without a key', ADMINISTRATION, () => undefined, NO_CREDENTIALS),
  refusedRow("reading somebody else's private algorithm", READS, ({ stranger }) => stranger.key, FORBIDDEN),
  refusedRow("changing somebody else's algorithm", CHANGES, ({ stranger }) => stranger.key, {
    ...FORBIDDEN,
    // Whose name it is has to be known to create something there.
    message: /^Caller is not authorized to perform the operation/,
  }),
  refusedRow('changing with a key that may not manage', CHANGES, ({ keys }) => keys.noManagement, REFUSED),
  refusedRow(
    'changing with an admin key',
    CHANGES.filter(({ method }) => method !== 'DELETE'),
    ({ ground }) => ground.target.adminKey,
    REFUSED,
  ),
  refusedRow('administration with a standard key', ADMINISTRATION, ({ owner }) => owner.key, REFUSED),
  {
    name: 'build logs with a key that may not manage',
    expected: REFUSED,
    sent: 'GET …/builds/{id}/logs',
    send: () =>
      request('GET', `${scene.hidden.url}/builds/${scene.hiddenBuild}/logs`, { key: scene.keys.noManagement }),
  },
  {
    name: 'a key with more rights than the key that makes it',
    sent: 'POST /v1/users/{self}/keys with noBrowser, oneHost; an admin key with a full key',
    inputs: ['noBrowser', 'oneHost', 'admin'],
    expected: REFUSED,
    send(name) {
      const isAdmin = name === 'admin'
      const body = JSON.stringify({
        key_type: isAdmin ? 'PlatformAdminKey' : 'ManagementKey',
        permissions: FULL_RIGHTS,
      })
      const url = `${scene.ground.target.url}/v1/users/${scene.owner.username}/keys`
      return request('POST', url, { key: isAdmin ? scene.owner.key : scene.keys[name as KeyName], body })
    },
  },
  {
    name: 'a key for somebody else',
    sent: 'POST /v1/users/{other}/keys with a standard key',
    expected: FORBIDDEN,
    send: () =>
      request('POST', `${scene.ground.target.url}/v1/users/${scene.owner.username}/keys`, {
        key: scene.stranger.key,
        body: '{"key_type":"ManagementKey"}',
      }),
  },
]
