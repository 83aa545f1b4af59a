/** What administrators set for the whole server. In this order: later ones use what earlier ones made. */
import { uniqueName } from '../../lib/accounts.ts'
import type { WireReply } from '../../lib/wire.ts'
import { byAdmin, type Exchange, type Scene } from './exchange.ts'

const urls = { web: 'https://git.example.com', api: 'https://git.example.com/api', ssh: 'ssh://git@git.example.com' }
const newScm = () => ({ provider: 'gitlab', urls, name: 'Git', oauth: { client_id: 'c', client_secret: 's' } })
const invite = uniqueName('code')
const broker = '/v1/admin/insights-connection'
const newBroker = () => ({
  ...{ connection_type: 'kafka_sasl_ssl', broker_url: 'kafka.example.com:9093', topic: 'insights' },
  ...{ broker_username: 'algorist', broker_password: 'p', sasl_mechanism: 'PLAIN' },
})
// Pages of one row, so that there is a marker too.
const usage = 'start_date=2021-03-22T00:00:00.000Z&end_date=2099-03-22T00:00:00.000Z&page_size=1'
const entry = `/v1/config/frontend/${uniqueName('entry')}`

const PNG = Buffer.from(
  '89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082',
  'hex',
)
const upload = {
  headers: { 'Content-Type': 'multipart/form-data; boundary=b0undary' },
  body: Buffer.concat([
    Buffer.from('--b0undary\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n'),
    Buffer.from('Content-Type: image/png\r\n\r\n'),
    PNG,
    Buffer.from('\r\n--b0undary--\r\n'),
  ]),
}

const scm = (method: string, rest = '') => {
  return ({ ids }: Scene): string => `${method} /v1/admin/scms/${ids.scm}${rest}`
}
const reservation = ({ probe, target }: Scene) => ({
  username: probe.owner.username,
  algoname: 'Probe',
  calling_user: target.username,
  version_type: 'Exact',
  num_slots: 0,
  version_identifier: '0.1.0',
})
const noteScm = (reply: WireReply, { ids }: Scene): void => {
  ids.scm = reply.json().id
}
const noteReservation = (reply: WireReply, { ids }: Scene): void => {
  ids.reservation = reply.json()[0].reservation_id
}

const SOURCE_HOSTS: readonly Exchange[] = [
  { operation: 'listScms', status: 200, line: () => 'GET /v1/scms' },
  { operation: 'getScm', status: 200, line: () => 'GET /v1/scms/internal' },
  { operation: 'getScm', status: 404, line: () => 'GET /v1/scms/none' },
  byAdmin('createScm', 201, () => 'POST /v1/admin/scms', { json: newScm, note: noteScm }),
  byAdmin('createScm', 400, () => 'POST /v1/admin/scms', { json: () => ({ provider: 'gitlab' }) }),
  byAdmin('createScm', 409, () => 'POST /v1/admin/scms', { json: ({ ids }) => ({ ...newScm(), id: ids.scm }) }),
  { operation: 'getScm', status: 200, line: ({ ids }) => `GET /v1/scms/${ids.scm}` },
  byAdmin('setDefaultScm', 204, scm('POST', '/default')),
  byAdmin('setDefaultScm', 204, () => 'POST /v1/admin/scms/internal/default'),
  byAdmin('updateScm', 200, scm('PATCH'), { json: () => ({ enabled: false }) }),
  byAdmin('updateScm', 400, () => 'PATCH /v1/admin/scms/internal', { json: () => ({ enabled: false }) }),
  byAdmin('setDefaultScm', 400, scm('POST', '/default')),
  { operation: 'getScmOAuthStatus', status: 200, line: () => 'GET /v1/scms/internal/oauth/status' },
  { operation: 'revokeScmOAuth', status: 204, line: () => 'POST /v1/scms/internal/oauth/revoke' },
  { operation: 'getScmTokenStatus', status: 200, line: ({ ids }) => `GET /v1/scms/${ids.scm}/token/status` },
  byAdmin('deleteScm', 204, scm('DELETE')),
  byAdmin('deleteScm', 404, scm('DELETE')),
]

const picture = (name: string): readonly Exchange[] => {
  const path = `/v1/config/${name.toLowerCase()}`
  return [
    { operation: `get${name}`, status: 303, as: 'nobody', line: () => `GET ${path}` },
    byAdmin(`upload${name}`, 201, () => `POST ${path}`, { form: upload }),
    byAdmin(`upload${name}`, 400, () => `POST ${path}`),
    { operation: `get${name}`, status: 200, as: 'nobody', line: () => `GET ${path}` },
    byAdmin(`delete${name}`, 204, () => `DELETE ${path}`),
  ]
}

const FRONT_END: readonly Exchange[] = [
  ...picture('Favicon'),
  ...picture('Logo'),
  byAdmin('setFrontendEntry', 200, () => `PUT ${entry}`, { json: () => ({ value: 'x' }) }),
  { operation: 'getFrontendEntry', status: 200, as: 'nobody', line: () => `GET ${entry}` },
  { operation: 'listFrontendEntries', status: 200, as: 'nobody', line: () => 'GET /v1/config/frontend' },
  byAdmin('deleteFrontendEntry', 204, () => `DELETE ${entry}`),
  { operation: 'getFrontendEntry', status: 404, as: 'nobody', line: () => `GET ${entry}` },
]

const ADMINISTRATION: readonly Exchange[] = [
  byAdmin('createInvite', 200, () => 'POST /v1/admin/invites', { json: () => ({ inviteCode: invite }) }),
  byAdmin('createInvite', 400, () => 'POST /v1/admin/invites', { json: () => ({}) }),
  byAdmin('listInvites', 200, () => 'GET /v1/admin/invites'),
  byAdmin('deleteInvite', 200, () => `DELETE /v1/admin/invites/${invite}`),
  byAdmin('deleteInvite', 400, () => `DELETE /v1/admin/invites/${invite}`),
  byAdmin('setInsightsConnection', 200, () => `POST ${broker}`, { json: newBroker }),
  byAdmin('setInsightsConnection', 400, () => `POST ${broker}`, { json: () => ({}) }),
  byAdmin('getInsightsConnection', 200, () => `GET ${broker}`),
  byAdmin('deleteInsightsConnection', 204, () => `DELETE ${broker}`),
  byAdmin('createReservation', 200, () => 'POST /v1/admin/reservations', { json: reservation }),
  byAdmin('createReservation', 400, () => 'POST /v1/admin/reservations', { json: () => ({}) }),
  byAdmin('listReservations', 200, () => 'GET /v1/admin/reservations', { note: noteReservation }),
  byAdmin('deleteReservation', 200, ({ ids }) => `DELETE /v1/admin/reservations/${ids.reservation}`),
  byAdmin('deleteReservation', 400, ({ ids }) => `DELETE /v1/admin/reservations/${ids.reservation}`),
  byAdmin('reportUsage', 200, () => `GET /v1/admin/usage?${usage}`),
  byAdmin('reportUsage', 400, () => 'GET /v1/admin/usage?page_size=10'),
  byAdmin('reportAlgorithmUsage', 200, () => `GET /v1/admin/usage/algorithms?${usage}`),
  byAdmin('reportUserUsage', 200, () => `GET /v1/admin/usage/users?${usage}`),
  byAdmin('listLegacyAlgorithms', 200, () => 'GET /v1/admin/legacy-algorithms'),
  byAdmin('listFeatures', 200, () => 'GET /v1/admin/features'),
  byAdmin('listFeatures', 404, () => 'GET /v1/admin/features?username=nobody'),
  byAdmin('setFeature', 204, () => 'PUT /v1/admin/features/dark-theme-enabled', { json: () => ({ enabled: false }) }),
  byAdmin('setFeature', 404, () => 'PUT /v1/admin/features/none', { json: () => ({ enabled: false }) }),
]

export const SERVER_EXCHANGES: readonly Exchange[] = [...SOURCE_HOSTS, ...FRONT_END, ...ADMINISTRATION]
