/** What is asked of each operation that is served; how the requests are made is in case-makers.ts. */
import { randomUUID } from 'node:crypto'
import { uniqueName } from '../lib/accounts.ts'
import { PASSWORD } from '../lib/person.ts'
import {
  account,
  algorithm,
  algorithmById,
  type Cases,
  call,
  calls,
  collections,
  connectors,
  dataOwners,
  every,
  git,
  invitation,
  json,
  keyHolders,
  keys,
  NOBODY,
  NONE,
  namedAlgorithm,
  organization,
  plain,
  publishRequest,
  USERS,
} from './case-makers.ts'

const ZEROS = '0'.repeat(40)
const environments = '/v1/algorithm-environments/edge'
const specification = `${environments}/environment-specifications/${randomUUID()}`
const scms = '/v1/admin/scms'
const march = 'start_date=2021-03-01&end_date=2021-03-31'
const reservation = { username: NOBODY, algoname: 'X', calling_user: NOBODY, version_type: 'latest', num_slots: 0 }
const newUser = () => ({ username: uniqueName('made'), email: `${uniqueName('made')}@example.com` })
const anOrganization = { org_name: '1', org_label: 'l', org_contact_name: 'c', org_email: 'o@example.com' }
const secretNames = { short_name: 'n', description: 'd' }
/** Of another owner than the path names. */
const aSecret = (owner_type: string) => ({ ...secretNames, owner_type, owner_id: randomUUID() })
const plugins = '/v1/admin/plugins/secret-provider'
const aProvider = {
  ...{ name: 'n', description: 'd', moduleName: 'm', factoryClassName: 'f', interfaceVersion: '1.0' },
  ...{ isEnabled: true, isDefault: false },
}
const urls = { web: 'https://git.example.com', api: 'https://git.example.com', ssh: 'ssh://git.example.com' }

/** Every operation that is served, by id. */
export const CASES: Readonly<Record<string, Cases>> = {
  callAlgorithm: call('/v1/algo'),
  callAlgorithmFromWeb: call('/v1/web/algo'),
  preflightCallFromWeb: plain('/v1/web/algo/demo/Hello'),
  getCall: calls(''),
  getCallResult: calls('/result', [200, 202]),
  cancelCall: calls('', [204, 409]),
  getData: every(plain('/v1/data'), dataOwners(), collections(''), collections('/f')),
  headData: every(plain('/v1/data'), dataOwners(), collections(''), collections('/f')),
  putFile: collections('/f', { body: () => 'content' }),
  listCollections: plain('/v1/hostedData'),
  createDirectory: dataOwners({ body: '{"name":"1"}', done: [400] }),
  setDirectoryAcl: collections('', { body: (acl) => JSON.stringify({ acl: { read: acl } }) }),
  deleteData: every(collections('', { done: [400] }), collections('/nothing', { done: [404] })),

  createAlgorithm: (scene) => {
    const body = json({ name: 'Matrix', details: { label: 'l' }, settings: { language: 'no such language' } })
    return (['user', 'other user', 'organization', 'missing'] as const).map((name) => ({
      what: name === 'missing' ? 'no account' : name,
      thing: name === 'missing' ? { kind: 'missing' } : { kind: 'account', account: name },
      asked: { path: `/v1/algorithms/${name === 'missing' ? NOBODY : scene.names[name]}`, ...body },
      done: [400],
    }))
  },
  getAlgorithm: algorithm(''),
  updateAlgorithm: algorithm('', { body: {} }),
  deleteAlgorithm: algorithm('', {
    fresh:
      (scene, { owner, isPublic }) =>
      async () => ({
        path: `/v1/algorithms/${isPublic ? scene.takePublic(owner) : await scene.newAlgorithm(owner)}`,
      }),
  }),
  listUserAlgorithms: account(USERS, '/algorithms'),
  getCommitLog: namedAlgorithm('/log'),
  compileAlgorithm: algorithm('/compile', { body: { commitSha: ZEROS }, done: [400] }),
  listBuilds: algorithm('/builds'),
  getBuild: algorithm(({ buildId }) => `/builds/${buildId}`),
  getBuildLogs: algorithm(({ buildId }) => `/builds/${buildId}/logs`),
  cancelBuild: algorithm(({ buildId }) => `/builds/${buildId}`, { done: [409] }),
  publishVersion: algorithm('/versions', { body: { version_info: { version_type: 'huge' } }, done: [400] }),
  listVersions: algorithm('/versions'),
  getVersion: algorithm('/versions/0.1.0'),
  requestPublishing: namedAlgorithm('/versions/0.1.0/publish-request', { done: [200, 400] }),
  // The feature is off, which those learn who may read.
  listAlgorithmErrors: algorithm('/errors', { done: [200, 404] }),
  listUserErrors: account(USERS, '/errors', { done: [200, 404] }),
  listOrganizationErrors: organization('/errors', { done: [200, 404] }),
  listCalls: algorithm('/calls?limit=1'),
  // It would not end by itself.
  tailCalls: algorithm('/calls/tail', { headers: { 'Last-Event-ID': 'none' }, done: [400] }),
  getCallLog: calls('/log'),
  setDefaultCollection: algorithmById(`/collections/${randomUUID()}`, { done: [404] }),
  getScmStatus: namedAlgorithm('/scm/status'),

  listLanguages: plain(`${environments}/languages`),
  listEnvironments: plain(`${environments}/languages/python3/environments`),
  getTemplate: plain(`${specification}/template`, { done: [404] }),
  listAvailableEnvironments: plain(`${environments}/environments/available`),
  enableEnvironment: plain(`${specification}/syncs`, { done: [404] }),
  disableEnvironment: plain(specification, { done: [404] }),

  listUsers: plain('/v1/users?limit=1'),
  createUser: () => [
    {
      what: '',
      thing: NONE,
      asked: { path: '/v1/users', ...json(newUser()) },
      fresh: async () => ({ path: '/v1/users', ...json(newUser()) }),
    },
  ],
  getUser: account(['user', 'other user'], ''),
  updateUser: account(['user', 'other user'], '', { body: {} }),
  deleteUser: plain(`/v1/users/${NOBODY}`),
  listNotifications: account(USERS, '/notifications?event_types=version_published'),
  listKeys: account(USERS, '/keys'),
  createKey: account(USERS, '/keys', { body: { key_type: 'AlgorithmKey' } }),
  importKey: ({ names }) => [
    {
      what: 'other user',
      thing: { kind: 'account', account: 'other user' },
      asked: { path: `/v1/admin/users/${names['other user']}/keys`, ...json({ api_key: uniqueName('imported') }) },
    },
  ],
  getKey: keys(''),
  updateKey: keys('', { body: {} }),
  deleteKey: keys(''),
  rotateKey: keys('/rotation', { body: {} }),

  createConnector: connectors('', { body: { protocol: 's3', cred_type: 'sas', cred_data: {} }, done: [400] }),
  listConnectors: connectors(''),
  getConnector: connectors(`/${randomUUID()}`, { done: [404] }),
  updateConnector: connectors(`/${randomUUID()}`, { body: {}, done: [404] }),
  deleteConnector: connectors(`/${randomUUID()}`, { done: [404] }),
  setDefaultConnector: connectors(`/${randomUUID()}/default`, { done: [404] }),

  logIn: ({ names }) => [
    {
      what: '',
      thing: NONE,
      asked: { path: '/v1/session', ...json({ username: names['other user'], password: PASSWORD }) },
    },
  ],
  getSession: plain('/v1/session'),
  changePassword: plain('/v1/session/password', {
    body: { old_password: PASSWORD, new_password: 'short' },
    done: [400],
  }),
  requestPasswordReset: plain('/v1/password-resets', { body: { username: NOBODY }, done: [501] }),
  resetPassword: plain('/v1/password-resets/wrong', { body: { password: PASSWORD }, done: [400] }),
  signUp: plain('/v1/sign-up', { body: { ...newUser(), password: 'short' }, done: [400] }),
  logOut: plain('/v1/session'),

  listOrganizations: plain('/v1/organizations?limit=1'),
  createOrganization: plain('/v1/organizations', { body: anOrganization, done: [400] }),
  getOrganization: organization(''),
  getOrganizationByExternalId: plain('/v1/organizations/externalId/nobody', { done: [404] }),
  updateOrganization: organization('', { body: {} }),
  deleteOrganization: ({ names }) => [
    {
      what: 'organization that owns algorithms',
      thing: { kind: 'account', account: 'organization' },
      asked: { path: `/v1/organizations/${names.organization}` },
      done: [400],
    },
  ],
  listMembers: organization('/members'),
  addMember: (scene) => organization(`/members/${scene.names['org member']}`)(scene),
  removeMember: (scene) => [
    ...organization(`/members/${NOBODY}`)(scene),
    {
      what: 'own membership',
      thing: { kind: 'own membership' },
      asked: { path: `/v1/organizations/${scene.names.organization}/members/${NOBODY}` },
      fresh: async ({ account: name }) => ({ path: await scene.newMembership(name ?? 'user') }),
      // The administrator is the last owner.
      done: [204, 400],
    },
  ],
  setMemberRole: (scene) =>
    organization(`/members/${scene.names['org member']}/role`, { body: { role: 'member' } })(scene),
  listOrganizationKeys: organization('/keys'),
  createOrganizationKey: organization('/keys', { body: { key_label: 'l', permissions: {} } }),
  createMemberKey: (scene) =>
    organization(`/members/${scene.names['org member']}/keys`, { body: { key_type: 'AlgorithmKey' } })(scene),
  listOrganizationTypes: plain('/v1/organization/types'),
  createOrganizationType: plain('/v1/organization/types', { body: { id: randomUUID(), name: 'basic' }, done: [409] }),
  deleteOrganizationType: plain('/v1/organization/types/nothing', { done: [404] }),
  createInvitation: organization('/invitations', { body: {}, done: [400] }),
  listInvitations: organization('/invitations'),
  deleteInvitation: organization(`/invitations/${randomUUID()}`, { done: [404] }),
  listOwnInvitations: plain('/v1/invitations'),
  acceptInvitation: invitation('accept'),
  declineInvitation: invitation('decline'),
  listPublishRequests: organization('/publish-requests'),
  approvePublishing: publishRequest('approve'),
  declinePublishing: publishRequest('decline'),

  listHostNames: organization('/algorithms-host-usernames'),
  setHostNames: organization('/algorithms-host-usernames', { body: { updates: [] } }),
  deleteHostName: organization(`/algorithms-host-usernames/${randomUUID()}`, { done: [400] }),
  updateHostInformation: plain('/v1/admin/organization_host_information', {
    body: { org_id: randomUUID(), host_username: 'h', host_user_id: '1' },
    done: [404],
  }),
  getHostInformation: plain(`/v1/admin/organization_host_information/${NOBODY}`, { done: [404] }),
  createHostInformation: plain(`/v1/admin/organization_host_information/${NOBODY}`, {
    body: { host_username: 'h', host_user_id: '1' },
    done: [404],
  }),
  deleteHostInformation: plain(`/v1/admin/organization_host_information/${NOBODY}`, { done: [404] }),

  listScms: plain('/v1/scms'),
  getScm: plain('/v1/scms/internal'),
  getScmOAuthStatus: plain('/v1/scms/internal/oauth/status'),
  revokeScmOAuth: plain('/v1/scms/internal/oauth/revoke'),
  revokeScmOAuthByGet: plain('/v1/scms/internal/oauth/revoke'),
  getScmTokenStatus: plain('/v1/scms/internal/token/status'),
  getScmTokenStatusByPost: plain('/v1/scms/internal/token/status'),
  createScm: plain(scms, { body: { provider: 'internal', urls }, done: [400] }),
  updateScm: plain(`${scms}/nothing`, { body: {}, done: [404] }),
  deleteScm: plain(`${scms}/nothing`, { done: [404] }),
  setDefaultScm: plain(`${scms}/nothing/default`, { done: [404] }),

  listSecrets: algorithm('/secrets'),
  createSecret: algorithm('/secrets', { body: aSecret('algorithm'), done: [400] }),
  updateSecret: algorithm(`/secrets/${randomUUID()}`, { body: secretNames, done: [404] }),
  deleteSecret: algorithm(`/secrets/${randomUUID()}`, { done: [404] }),
  listOrganizationSecrets: organization('/secrets'),
  createOrganizationSecret: organization('/secrets', { body: aSecret('organization'), done: [400] }),
  updateOrganizationSecret: organization(`/secrets/${randomUUID()}`, { body: secretNames, done: [404] }),
  deleteOrganizationSecret: organization(`/secrets/${randomUUID()}`, { done: [404] }),
  listSecretProviders: plain('/v1/secret-provider'),
  listAllSecretProviders: plain('/v1/admin/secret-provider'),
  createSecretProvider: plain('/v1/admin/secret-provider', { body: {}, done: [400] }),
  getSecretProvider: plain(`/v1/admin/secret-provider/${randomUUID()}`, { done: [404] }),
  updateSecretProvider: plain(`/v1/admin/secret-provider/${randomUUID()}`, { body: aProvider, done: [404] }),
  deleteSecretProvider: plain(`/v1/admin/secret-provider/${randomUUID()}`, { done: [404] }),
  checkSecretProviderPlugin: plain(`${plugins}/${randomUUID()}`, { done: [404] }),
  uploadSecretProviderPlugin: plain(`${plugins}/${randomUUID()}`, { done: [404] }),
  setDefaultSecretProvider: plain(`${plugins}/${randomUUID()}/default`, { done: [404] }),

  getFavicon: plain('/v1/config/favicon', { done: [200, 303] }),
  uploadFavicon: plain('/v1/config/favicon', { body: 'no picture', done: [400] }),
  deleteFavicon: plain('/v1/config/favicon'),
  getLogo: plain('/v1/config/logo', { done: [200, 303] }),
  uploadLogo: plain('/v1/config/logo', { body: 'no picture', done: [400] }),
  deleteLogo: plain('/v1/config/logo'),
  listFrontendEntries: plain('/v1/config/frontend'),
  getFrontendEntry: plain('/v1/config/frontend/nothing', { done: [404] }),
  setFrontendEntry: plain('/v1/config/frontend/matrix', { body: { value: 'v' } }),
  deleteFrontendEntry: plain('/v1/config/frontend/nothing', { done: [404] }),

  reportUsage: plain(`/v1/admin/usage?${march}&page_size=1`),
  reportAlgorithmUsage: plain(`/v1/admin/usage/algorithms?${march}&page_size=1`),
  reportUserUsage: plain(`/v1/admin/usage/users?${march}&page_size=1`),
  reportExactUsage: plain(`/v1/admin/usage/exact?${march}&page_size=1`),
  listLegacyAlgorithms: plain('/v1/admin/legacy-algorithms'),
  reportClusterGovernance: plain('/v1/admin/governance'),
  reportOrganizationGovernance: organization('/governance'),
  reportAccountGovernance: account([...USERS, 'org member'], '/governance'),
  reportAlgorithmGovernance: algorithm('/governance'),
  getCostRates: plain('/v1/admin/cost-rates'),
  setCostRates: plain('/v1/admin/cost-rates', { body: {} }),
  getQuotas: keyHolders('/quotas'),
  setQuotas: plain(`/v1/users/${NOBODY}/quotas`, { body: {}, done: [404] }),

  listInvites: plain('/v1/admin/invites'),
  createInvite: plain('/v1/admin/invites', { body: { inviteCode: ' ' }, done: [400] }),
  deleteInvite: plain('/v1/admin/invites/nothing', { done: [400] }),
  listReservations: plain('/v1/admin/reservations'),
  createReservation: plain('/v1/admin/reservations', { body: reservation, done: [400] }),
  deleteReservation: plain('/v1/admin/reservations/nothing', { done: [400] }),
  listFeatures: plain('/v1/admin/features'),
  setFeature: plain('/v1/admin/features/nothing', { body: { enabled: true }, done: [404] }),
  listAuditLog: plain('/v1/admin/audit-log?limit=1'),
  reportInsights: plain('/v1/insights', { body: [] }),
  listInsights: algorithm('/insights'),
  summarizeInsights: algorithm('/insights/summary'),
  getInsightsConnection: plain('/v1/admin/insights-connection', { done: [404] }),
  setInsightsConnection: plain('/v1/admin/insights-connection', { body: {}, done: [400] }),
  deleteInsightsConnection: plain('/v1/admin/insights-connection'),
  grantViewerRole: plain(`/admin/roles/${NOBODY}/cluster_viewer`, { done: [404] }),
  revokeViewerRole: plain(`/admin/roles/${NOBODY}/cluster_viewer`, { done: [404] }),
  getOpenApi: plain('/v1/openapispec'),

  advertiseGitRefs: git('info/refs?service=git-upload-pack'),
  uploadGitPack: git('git-upload-pack', { service: 'upload-pack' }),
  receiveGitPack: git('git-receive-pack', { service: 'receive-pack' }),
}
