/** Users, their keys, organizations and what belongs to them. In this order: later ones use what earlier ones made. */
import { uniqueName } from '../../lib/accounts.ts'
import { byAdmin, type Exchange, type Scene } from './exchange.ts'

const newUser = ({ user }: Scene) => ({ username: user, email: `${user}@example.com` })
const newOrganization = ({ organization }: Scene) => ({
  org_name: organization,
  org_label: 'x',
  org_contact_name: 'some owner',
  org_email: 'x@example.com',
})
const rights = { allow_data: true, allow_data_write: false, allow_algo: true, allow_web_algo: false, algo_acl: [] }
const newKey = () => ({ key_label: 'x', key_type: 'ManagementKey' })
const expiringKey = () => ({ ...newKey(), expires_at: new Date(Date.now() + 3600_000).toISOString() })
const uselessKey = () => ({ ...newKey(), permissions: { ...rights, algo_acl: ['algo://*', 'algo://demo/*'] } })
const organizationKey = () => ({ key_label: 'x', permissions: rights })
const newConnector = ({ user }: Scene) => ({
  username: user,
  ...{ protocol: 's3', cred_type: 'iam', label: 'lab', is_default: true, path: '*', writeable: false },
  cred_data: { access_key_id: 'AKIA', secret_access_key: 's' },
})
const hostAccount = { host_username: 'svc', host_user_id: '20001' }
const hosts = '/v1/admin/organization_host_information'

const user = (method: string, rest = '') => {
  return (scene: Scene): string => `${method} /v1/users/${scene.user}${rest}`
}
const organization = (method: string, rest = '') => {
  return (scene: Scene): string => `${method} /v1/organizations/${scene.organization}${rest}`
}
const member = (method: string, rest = '') => {
  return (scene: Scene): string => organization(method, `/members/${scene.user}${rest}`)(scene)
}
const host = (method: string) => {
  return (scene: Scene): string => `${method} ${hosts}/${scene.organization}`
}
const hostNames = (method: string) => organization(method, '/algorithms-host-usernames')

const USERS: readonly Exchange[] = [
  byAdmin('createUser', 200, () => 'POST /v1/users', { json: newUser }),
  byAdmin('createUser', 409, () => 'POST /v1/users', { json: newUser }),
  byAdmin('createUser', 400, () => 'POST /v1/users', { json: () => ({}) }),
  byAdmin('listUsers', 200, () => 'GET /v1/users?limit=1'),
  { operation: 'listUsers', status: 403, line: () => 'GET /v1/users' },
  byAdmin('getUser', 200, user('GET')),
  byAdmin('getUser', 404, () => 'GET /v1/users/nobody'),
  byAdmin('updateUser', 200, user('PUT'), { json: newUser }),
  byAdmin('updateUser', 200, user('PUT'), { json: (scene) => ({ ...newUser(scene), external_id: scene.user }) }),
  byAdmin('updateUser', 400, user('PUT'), { json: (scene) => ({ ...newUser(scene), username: 'another' }) }),
  byAdmin('updateUser', 404, () => 'PUT /v1/users/nobody', { json: newUser }),
  byAdmin('createKey', 200, user('POST', '/keys'), { json: newKey }),
  byAdmin('createKey', 200, user('POST', '/keys'), { json: expiringKey }),
  byAdmin('createKey', 200, user('POST', '/keys'), { json: uselessKey }),
  byAdmin('listKeys', 200, user('GET', '/keys')),
  byAdmin('importKey', 200, (scene) => `POST /v1/admin/users/${scene.user}/keys`, {
    json: () => ({ api_key: uniqueName('simabcd') }),
  }),
  byAdmin('importKey', 404, () => 'POST /v1/admin/users/nobody/keys', { json: () => ({ api_key: uniqueName('k') }) }),
  byAdmin('createConnector', 200, user('POST', '/connectors'), { json: newConnector }),
  byAdmin('createConnector', 409, user('POST', '/connectors'), { json: newConnector }),
  byAdmin('createConnector', 400, user('POST', '/connectors'), { json: () => ({}) }),
  byAdmin('listNotifications', 200, user('GET', '/notifications?event_types=version_published')),
  byAdmin('listNotifications', 400, user('GET', '/notifications')),
]

const ORGANIZATIONS: readonly Exchange[] = [
  byAdmin('createOrganizationType', 200, () => 'POST /v1/organization/types', {
    json: (scene) => scene.organizationType,
  }),
  byAdmin('createOrganizationType', 409, () => 'POST /v1/organization/types', {
    json: (scene) => scene.organizationType,
  }),
  { operation: 'listOrganizationTypes', status: 200, line: () => 'GET /v1/organization/types' },
  byAdmin('deleteOrganizationType', 204, (scene) => `DELETE /v1/organization/types/${scene.organizationType.name}`),
  byAdmin('deleteOrganizationType', 404, () => 'DELETE /v1/organization/types/none'),
  byAdmin('createOrganization', 200, () => 'POST /v1/organizations', {
    json: newOrganization,
    note: (reply, { ids }) => {
      ids.organization = reply.json().id
    },
  }),
  byAdmin('createOrganization', 409, () => 'POST /v1/organizations', { json: newOrganization }),
  byAdmin('listOrganizations', 200, () => 'GET /v1/organizations?limit=2'),
  byAdmin('getOrganization', 200, organization('GET')),
  byAdmin('getOrganization', 404, () => 'GET /v1/organizations/nobody'),
  byAdmin('updateOrganization', 204, organization('PUT'), { json: () => ({ org_label: 'y' }) }),
  byAdmin('updateOrganization', 404, () => 'PUT /v1/organizations/nobody', { json: () => ({ org_label: 'y' }) }),
  byAdmin('addMember', 201, member('PUT')),
  byAdmin('addMember', 200, member('PUT')),
  byAdmin('addMember', 404, organization('PUT', '/members/nobody')),
  byAdmin('listMembers', 200, organization('GET', '/members')),
  byAdmin('listMembers', 404, () => 'GET /v1/organizations/nobody/members'),
  byAdmin('createOrganizationKey', 200, organization('POST', '/keys'), { json: organizationKey }),
  byAdmin('createMemberKey', 201, member('POST', '/keys'), { json: newKey }),
  byAdmin('createMemberKey', 400, member('POST', '/keys'), { json: () => ({}) }),
  byAdmin('listOrganizationKeys', 200, organization('GET', '/keys')),
  byAdmin('listOrganizationKeys', 404, () => 'GET /v1/organizations/nobody/keys'),
  byAdmin('removeMember', 204, member('DELETE')),
  byAdmin('removeMember', 404, (scene) => `DELETE /v1/organizations/nobody/members/${scene.user}`),
  byAdmin('removeMember', 400, (scene) => organization('DELETE', `/members/${scene.target.username}`)(scene)),
]

const HOST_ACCOUNTS: readonly Exchange[] = [
  byAdmin('createHostInformation', 200, host('POST'), { json: () => hostAccount }),
  byAdmin('createHostInformation', 400, host('POST'), { json: () => hostAccount }),
  byAdmin('getHostInformation', 200, host('GET')),
  byAdmin('updateHostInformation', 200, () => `PUT ${hosts}`, {
    json: ({ ids }) => ({ ...hostAccount, org_id: ids.organization }),
  }),
  byAdmin('updateHostInformation', 400, () => `PUT ${hosts}`, { json: () => hostAccount }),
  byAdmin('deleteHostInformation', 200, host('DELETE')),
  byAdmin('getHostInformation', 404, host('GET')),
  byAdmin('setHostNames', 204, hostNames('PUT'), { json: () => ({ updates: [] }) }),
  byAdmin('listHostNames', 200, hostNames('GET')),
  byAdmin('deleteHostName', 400, organization('DELETE', `/algorithms-host-usernames/${crypto.randomUUID()}`)),
]

const FAREWELL: readonly Exchange[] = [
  byAdmin('deleteOrganization', 204, organization('DELETE')),
  byAdmin('deleteUser', 204, user('DELETE')),
]

export const ACCOUNT_EXCHANGES: readonly Exchange[] = [...USERS, ...ORGANIZATIONS, ...HOST_ACCOUNTS, ...FAREWELL]
