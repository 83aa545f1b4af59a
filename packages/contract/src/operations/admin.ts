/** Administration: invites, reservations, features, insights connection, host information, roles (rest-api.md 3.10). */
import Type from 'typebox'
import { choice, flag, maybe, secret, text, uuid, whole } from '../fields.ts'
import { operation } from '../operation.ts'

const tag = 'Administration'

const inviteMembers = {
  inviteCode: text('The code', 'WELCOME'),
  signupCredits: maybe(whole('Credits for those who use it', 5000)),
  comments: maybe(text('Remark', 'For the workshop')),
  expiresAt: maybe(text('When it stops working', '2021-12-31T00:00:00.000Z')),
}

export const listInvites = operation({
  id: 'listInvites',
  method: 'GET',
  paths: ['/v1/admin/invites'],
  who: ['admin'],
  tag,
  summary: 'List invite codes',
  replies: {
    200: Type.Array(
      Type.Object({
        ...inviteMembers,
        createdAt: maybe(text('When it was created', '2021-07-29T21:12:56.442Z')),
        createdBy: maybe(text('Who created it', 'jane_doe')),
      }),
    ),
  },
  errors: [],
})

export const createInvite = operation({
  id: 'createInvite',
  method: 'POST',
  paths: ['/v1/admin/invites'],
  who: ['admin'],
  tag,
  summary: 'Add an invite code',
  body: Type.Object(inviteMembers),
  replies: { 200: 'empty' },
  errors: ['InputValidationError'],
})

export const deleteInvite = operation({
  id: 'deleteInvite',
  method: 'DELETE',
  paths: ['/v1/admin/invites/:inviteCode'],
  who: ['admin'],
  tag,
  summary: 'Delete an invite code',
  replies: { 200: 'empty' },
  errors: ['InvalidRequest'],
})

const slots = whole('Number of workers kept ready', 2, { minimum: 0 })
const versionType = text('How the version is chosen', 'latest')

export const listReservations = operation({
  id: 'listReservations',
  method: 'GET',
  paths: ['/v1/admin/reservations'],
  who: ['admin', 'cookie'],
  tag,
  summary: 'List reservations of workers',
  replies: {
    200: Type.Array(
      Type.Object({
        reservation_id: text('Id of the reservation', '12'),
        billable_to: text('Account it is for', 'jane_doe'),
        billable_to_uuid: maybe(uuid('Id of that account')),
        algoname: text('Name of the algorithm', 'Hello'),
        username: text('Its owner', 'demo'),
        version_type: versionType,
        num_slots: slots,
        algo_id: maybe(text('Number of the algorithm', '17')),
        algorithm_id: maybe(uuid('Id of the algorithm')),
        version_hash: maybe(text('Commit it is for', '9d2f1c5b7a3e4d6f8091a2b3c4d5e6f708192a3b')),
      }),
    ),
  },
  errors: [],
})

export const createReservation = operation({
  id: 'createReservation',
  method: 'POST',
  paths: ['/v1/admin/reservations'],
  who: ['admin', 'cookie'],
  tag,
  summary: 'Keep workers ready for an account',
  body: Type.Object({
    username: text('Owner of the algorithm', 'demo'),
    algoname: text('Name of the algorithm', 'Hello'),
    calling_user: text('Account it is for', 'jane_doe'),
    version_type: versionType,
    num_slots: slots,
    version_identifier: maybe(text('Which version, where the type needs it', '0.1.0')),
  }),
  replies: { 200: 'empty' },
  errors: ['InputValidationError'],
})

export const deleteReservation = operation({
  id: 'deleteReservation',
  method: 'DELETE',
  paths: ['/v1/admin/reservations/:reservationId'],
  who: ['admin', 'cookie'],
  tag,
  summary: 'Delete a reservation',
  replies: { 200: 'empty' },
  errors: ['InvalidRequest'],
})

const FeatureQuery = Type.Object({ username: maybe(text('Account instead of the whole server', 'jane_doe')) })

export const listFeatures = operation({
  id: 'listFeatures',
  method: 'GET',
  paths: ['/v1/admin/features'],
  who: ['admin', 'cookie'],
  tag,
  summary: 'List feature flags',
  query: FeatureQuery,
  replies: {
    200: Type.Array(
      Type.Object({ name: text('Name of the flag', 'algorithm-errors'), enabled: flag('Whether it is on') }),
    ),
  },
  errors: ['UserNotFound'],
})

export const setFeature = operation({
  id: 'setFeature',
  method: 'PUT',
  paths: ['/v1/admin/features/:featureName'],
  who: ['admin', 'cookie'],
  tag,
  summary: 'Turn a feature flag on or off',
  query: FeatureQuery,
  body: Type.Object({ enabled: flag('Whether it is on') }),
  replies: { 204: 'empty' },
  errors: ['UserNotFound', 'ConfigEntryNotFound', 'InputValidationError'],
})

const insightsConnection = { paths: ['/v1/admin/insights-connection'], who: ['admin', 'cookie'], tag } as const
const mechanism = choice(['SCRAM-SHA-256', 'SCRAM-SHA-512', 'PLAIN'], 'How to sign in to the broker')
const brokerMembers = {
  broker_url: text('Address of the broker', 'kafka.example.com:9093'),
  topic: text('Topic that insights go to', 'insights'),
  broker_username: maybe(text('Account at the broker', 'algorist')),
  broker_password: maybe(secret('Its password')),
  ca_certificate: maybe(text('Certificate of its authority', '-----BEGIN CERTIFICATE-----')),
  sasl_mechanism: maybe(mechanism),
}
const InsightsConnection = Type.Object({ ...brokerMembers, id: maybe(uuid('Id of the connection')) })

export const getInsightsConnection = operation({
  id: 'getInsightsConnection',
  method: 'GET',
  summary: 'Show where insights go',
  replies: { 200: InsightsConnection },
  errors: ['ConfigEntryNotFound'],
  ...insightsConnection,
})

export const setInsightsConnection = operation({
  id: 'setInsightsConnection',
  method: 'POST',
  summary: 'Set where insights go',
  body: Type.Object({
    connection_type: choice(['kafka_sasl_ssl', 'kafka_unauthenticated_plaintext'], 'Kind of connection'),
    ...brokerMembers,
  }),
  replies: { 200: InsightsConnection },
  errors: ['InputValidationError'],
  ...insightsConnection,
})

export const deleteInsightsConnection = operation({
  id: 'deleteInsightsConnection',
  method: 'DELETE',
  summary: 'Stop sending insights',
  replies: { 204: 'empty' },
  errors: [],
  ...insightsConnection,
})

const hostMembers = {
  host_username: text('Account of the host system', 'svc_acme'),
  host_user_id: text('Its number', '20001'),
}
const hostsPath = '/v1/admin/organization_host_information'
const hostPath = `${hostsPath}/:organization` as const

export const updateHostInformation = operation({
  id: 'updateHostInformation',
  method: 'PUT',
  paths: [hostsPath],
  who: ['admin'],
  tag,
  summary: 'Change the host account of an organization',
  body: Type.Object({
    id: maybe(text('Id of the entry', 'f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e')),
    org_id: text('Id of the organization', 'f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e'),
    ...hostMembers,
  }),
  replies: { 200: 'bytes' },
  errors: ['MalformedOrganizationHostInformationJson', 'OrganizationHostInformationNotFound'],
})

export const getHostInformation = operation({
  id: 'getHostInformation',
  method: 'GET',
  paths: [hostPath],
  who: ['admin'],
  tag,
  summary: 'Show the host account of an organization',
  replies: {
    200: Type.Object({ id: uuid('Id of the entry'), org_id: uuid('Id of the organization'), ...hostMembers }),
  },
  errors: ['OrganizationHostInformationNotFound'],
})

export const createHostInformation = operation({
  id: 'createHostInformation',
  method: 'POST',
  paths: [hostPath],
  who: ['admin'],
  tag,
  summary: 'Set the host account of an organization',
  body: Type.Object(hostMembers),
  replies: { 200: 'bytes' },
  errors: [
    'OrganizationNotFound',
    'MalformedOrganizationHostInformationJson',
    'OrganizationHostInformationAlreadyExists',
  ],
})

export const deleteHostInformation = operation({
  id: 'deleteHostInformation',
  method: 'DELETE',
  paths: [hostPath],
  who: ['admin'],
  tag,
  summary: 'Forget the host account of an organization',
  replies: { 200: 'bytes' },
  errors: ['OrganizationHostInformationNotFound'],
})

const viewerRole = {
  paths: ['/admin/roles/:account/cluster_viewer'],
  who: ['admin'],
  tag,
  replies: { 200: 'empty' },
  errors: ['UserNotFound'],
} as const

export const grantViewerRole = operation({
  id: 'grantViewerRole',
  method: 'POST',
  summary: 'Let an account see, but not change, what administrators see',
  ...viewerRole,
})

export const revokeViewerRole = operation({
  id: 'revokeViewerRole',
  method: 'DELETE',
  summary: 'Take that right away',
  ...viewerRole,
})
