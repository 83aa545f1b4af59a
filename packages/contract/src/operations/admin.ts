/** Administration: invites, reservations, features, roles (rest-api.md 3.10). */
import Type from 'typebox'
import { flag, maybe, text, uuid, whole } from '../fields.ts'
import { operation } from '../operation.ts'
import { PageQuery, paged } from '../shapes/paged.ts'

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
  on: 'anything',
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
  on: 'anything',
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
  on: 'anything',
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
  who: ['admin'],
  on: 'anything',
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
  who: ['admin'],
  on: 'anything',
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
  who: ['admin'],
  on: 'anything',
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
  who: ['admin'],
  on: 'anything',
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
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Turn a feature flag on or off',
  query: FeatureQuery,
  body: Type.Object({ enabled: flag('Whether it is on') }),
  replies: { 204: 'empty' },
  errors: ['UserNotFound', 'ConfigEntryNotFound', 'InputValidationError'],
})

const AuditEntry = Type.Object({
  number: whole('Grows with every change', 17),
  at: text('When it was made', '2021-07-29T21:12:56.442Z'),
  action: text('Operation or command', 'createKey'),
  account: text('Account that made it', 'jane_doe'),
  login: text('How the account proved who it is', 'key'),
  key_id: maybe(uuid('Id of the key')),
  address: maybe(text('Address of the client', '203.0.113.7')),
  target: text('What was changed', '/v1/users/jane_doe/keys'),
  status: whole('Status of the answer; 0 for a command of the operator', 200),
})

export const listAuditLog = operation({
  id: 'listAuditLog',
  method: 'GET',
  paths: ['/v1/admin/audit-log'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'List changes and who made them, newest first',
  query: Type.Object({
    ...PageQuery.properties,
    account: maybe(text('Only those that this account made', 'jane_doe')),
  }),
  replies: { 200: paged(AuditEntry) },
  errors: ['InvalidLimit', 'InvalidMarker', 'UserNotFound'],
  addition: true,
})

const viewerRole = {
  paths: ['/admin/roles/:account/cluster_viewer'],
  who: ['admin'],
  on: 'anything',
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
