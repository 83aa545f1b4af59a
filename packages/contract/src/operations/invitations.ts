/** Invitations to organizations (platform.md 1.2). The original platform had pages for these and no API. */
import Type, { type Static } from 'typebox'
import { choice, maybe, text, time, uuid } from '../fields.ts'
import { operation } from '../operation.ts'

const tag = 'Organizations'
const organizationPath = '/v1/organizations/:organization/invitations'
const role = choice(['member', 'owner'], 'What the person will be')

export const Invitation = Type.Object({
  id: uuid('Id of the invitation'),
  organization: text('The organization', 'acme'),
  username: maybe(text('User who is invited', 'jane_doe')),
  email: maybe(text('Address that is invited', 'jane@example.com')),
  role,
  invited_by: text('Who invites', 'john_doe'),
  created_at: time('When'),
  expires_at: time('When it stops working'),
})
export type Invitation = Static<typeof Invitation>

const invitationErrors = ['OrganizationNotFound', 'PathNotFound'] as const

export const createInvitation = operation({
  id: 'createInvitation',
  method: 'POST',
  paths: [organizationPath],
  who: ['cookie', 'admin'],
  on: 'organization owner',
  tag,
  summary: 'Invite a user by name, or anybody by e-mail address',
  body: Type.Object({
    username: maybe(text('Name of the user', 'jane_doe')),
    email: maybe(text('E-mail address', 'jane@example.com', { pattern: '^[^\\s@]+@[^\\s@]+$', maxLength: 100 })),
    role: maybe(role),
  }),
  replies: { 200: Invitation },
  errors: ['OrganizationNotFound', 'UserNotFound', 'InputValidationError', 'FeatureNotImplemented'],
  addition: true,
})

export const listInvitations = operation({
  id: 'listInvitations',
  method: 'GET',
  paths: [organizationPath],
  who: ['cookie', 'admin'],
  on: 'organization owner',
  tag,
  summary: 'List open invitations to an organization',
  replies: { 200: Type.Array(Invitation) },
  errors: ['OrganizationNotFound'],
  addition: true,
})

export const deleteInvitation = operation({
  id: 'deleteInvitation',
  method: 'DELETE',
  paths: [`${organizationPath}/:invitationId`],
  who: ['cookie', 'admin'],
  on: 'organization owner',
  tag,
  summary: 'Withdraw an invitation',
  replies: { 204: 'empty' },
  errors: invitationErrors,
  addition: true,
})

export const listOwnInvitations = operation({
  id: 'listOwnInvitations',
  method: 'GET',
  paths: ['/v1/invitations'],
  who: ['cookie'],
  on: 'caller',
  tag,
  summary: 'List invitations of who is signed in',
  replies: { 200: Type.Array(Invitation) },
  errors: [],
  addition: true,
})

export const acceptInvitation = operation({
  id: 'acceptInvitation',
  method: 'POST',
  paths: ['/v1/invitations/:invitationId/accept'],
  who: ['cookie'],
  on: 'invited user',
  tag,
  summary: 'Accept an invitation',
  replies: { 204: 'empty' },
  errors: ['PathNotFound'],
  addition: true,
})

export const declineInvitation = operation({
  id: 'declineInvitation',
  method: 'POST',
  paths: ['/v1/invitations/:invitationId/decline'],
  who: ['cookie'],
  on: 'invited user',
  tag,
  summary: 'Decline an invitation',
  replies: { 204: 'empty' },
  errors: ['PathNotFound'],
  addition: true,
})

export const PublishRequestEntry = Type.Object({
  id: uuid('Id of the request'),
  username: text('Organization that owns the algorithm', 'acme'),
  algoname: text('Its name', 'Hello'),
  algorithm_id: uuid('Id of the algorithm'),
  semantic_version: text('The version', '1.2.0'),
  requested_by: text('Who asks', 'jane_doe'),
  requested_at: time('When'),
  state: choice(['open', 'approved', 'declined'], 'What became of it'),
})
export type PublishRequestEntry = Static<typeof PublishRequestEntry>

export const requestPublishing = operation({
  id: 'requestPublishing',
  method: 'POST',
  paths: ['/v1/algorithms/:owner/:algorithm/versions/:version/publish-request'],
  who: ['cookie', 'management'],
  on: 'algorithm manager',
  tag,
  summary: 'Ask the owners of an organization to make a private version public',
  replies: { 200: PublishRequestEntry },
  errors: ['AlgorithmNameDoesNotExist', 'VersionDoesNotExists', 'InvalidRequest'],
  addition: true,
})

export const listPublishRequests = operation({
  id: 'listPublishRequests',
  method: 'GET',
  paths: ['/v1/organizations/:organization/publish-requests'],
  who: ['cookie', 'admin'],
  on: 'organization owner',
  tag,
  summary: 'List open requests to publish for everybody',
  replies: { 200: Type.Array(PublishRequestEntry) },
  errors: ['OrganizationNotFound'],
  addition: true,
})

const decision = {
  method: 'POST',
  who: ['cookie', 'admin'],
  on: 'approver',
  tag,
  replies: { 200: PublishRequestEntry },
  errors: ['PathNotFound', 'AlreadyFinished'],
  addition: true,
} as const

export const approvePublishing = operation({
  id: 'approvePublishing',
  paths: ['/v1/publish-requests/:publishRequestId/approve'],
  summary: 'Make the version public',
  ...decision,
})

export const declinePublishing = operation({
  id: 'declinePublishing',
  paths: ['/v1/publish-requests/:publishRequestId/decline'],
  summary: 'Leave the version private',
  ...decision,
})
