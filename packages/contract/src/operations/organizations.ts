/** Organizations, their members, keys and types (rest-api.md 3.5). */
import Type, { type Static } from 'typebox'
import { anything, choice, list, maybe, text, uuid } from '../fields.ts'
import { operation } from '../operation.ts'
import { Member, Organization } from '../shapes/account.ts'
import { ApiKey, KeyPermissions, KeyType } from '../shapes/api-key.ts'
import { PageQuery, paged } from '../shapes/paged.ts'
import { FailedRun } from './algorithms.ts'

const tag = 'Organizations'
const organizationPath = '/v1/organizations/:organization'
const memberPath = `${organizationPath}/members/:username` as const

/** Older clients send a text, newer ones an array; the reply repeats it as it came (rest-api.md 2.5). */
const groupNames = (description: string) => maybe(anything(description, ['data-team']))

const optionalMembers = {
  org_url: maybe(text('Web site', 'https://example.com', { maxLength: 100 })),
  type_id: maybe(text('Id or name of its organization type; `basic` when left out', 'basic')),
  stripe_customer_id: maybe(text('Customer number at the payment provider', 'cus_123')),
  external_id: maybe(text('Id at the identity provider', 'acme-1')),
  external_admin_group: groupNames('Groups whose members administer it'),
  external_admin_group_id: groupNames('Another name of `external_admin_group`'),
  external_member_group: groupNames('Groups whose members belong to it'),
  external_member_group_id: groupNames('Another name of `external_member_group`'),
  external_executor_group: groupNames('Groups whose members may call its algorithms'),
  owner_ids: maybe(list(Type.String(), 'Ids of its owners', ['f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e'])),
}

const name = text('Name of the organization', 'acme', { maxLength: 30 })
const label = text('Name for people', 'Acme Research', { maxLength: 100 })
const contactName = text('Whom to talk to', 'Jane Doe', { maxLength: 100 })
const email = text('E-mail address', 'research@example.com', { maxLength: 100 })

export const NewOrganization = Type.Object({
  org_name: name,
  org_label: label,
  org_contact_name: contactName,
  org_email: email,
  ...optionalMembers,
})
export type NewOrganization = Static<typeof NewOrganization>

/** The name in the body is not read: the path wins (rest-api.md 3.5, no. 87). */
export const OrganizationChange = Type.Object({
  org_label: maybe(label),
  org_contact_name: maybe(contactName),
  org_email: maybe(email),
  ...optionalMembers,
})
export type OrganizationChange = Static<typeof OrganizationChange>

export const listOrganizations = operation({
  id: 'listOrganizations',
  method: 'GET',
  paths: ['/v1/organizations'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'List organizations by name',
  query: PageQuery,
  replies: { 200: paged(Organization) },
  errors: ['InvalidLimit', 'InvalidMarker'],
})

export const createOrganization = operation({
  id: 'createOrganization',
  method: 'POST',
  paths: ['/v1/organizations'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Create an organization; the caller becomes its first member and owner',
  body: NewOrganization,
  replies: { 200: Organization },
  errors: [
    'MalformedOrganizationJson',
    'MissingRequiredFields',
    'OrganizationTypeNotFound',
    'OrganizationAlreadyExists',
    'UsernameHasBeenTaken',
    'CanNotReserveUserForOrganization',
  ],
})

export const getOrganization = operation({
  id: 'getOrganization',
  method: 'GET',
  paths: [organizationPath],
  who: ['admin', 'key', 'cookie'],
  on: 'organization member',
  tag,
  summary: 'Show an organization to an administrator or a member',
  replies: { 200: Organization },
  errors: ['OrganizationNotFound'],
})

export const getOrganizationByExternalId = operation({
  id: 'getOrganizationByExternalId',
  method: 'GET',
  paths: ['/v1/organizations/externalId/:externalId'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Show the organization with an id of the identity provider',
  replies: { 200: Organization },
  errors: ['OrganizationNotFound'],
})

export const updateOrganization = operation({
  id: 'updateOrganization',
  method: 'PUT',
  paths: [organizationPath],
  who: ['admin', 'cookie'],
  on: 'organization owner',
  tag,
  summary: 'Change an organization; what is left out stays',
  body: OrganizationChange,
  replies: { 204: 'empty' },
  errors: ['OrganizationNotFound', 'MalformedOrganizationJson', 'OrganizationTypeNotFound'],
})

export const deleteOrganization = operation({
  id: 'deleteOrganization',
  method: 'DELETE',
  paths: [organizationPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Delete an organization; also answers 204 when there is none',
  replies: { 204: 'empty' },
  errors: ['InvalidRequest'],
})

export const listMembers = operation({
  id: 'listMembers',
  method: 'GET',
  paths: [`${organizationPath}/members`],
  who: ['admin', 'cookie'],
  on: 'organization member',
  tag,
  summary: 'List members by name',
  query: PageQuery,
  replies: { 200: paged(Member) },
  errors: ['OrganizationNotFound', 'InvalidLimit', 'InvalidMarker'],
})

export const addMember = operation({
  id: 'addMember',
  method: 'PUT',
  paths: [memberPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Add a member: 201 when new, 200 when already there',
  replies: { 200: 'empty', 201: 'empty' },
  errors: ['UserNotFound', 'OrganizationNotFound'],
})

export const removeMember = operation({
  id: 'removeMember',
  method: 'DELETE',
  paths: [memberPath],
  who: ['admin', 'cookie'],
  on: 'organization owner or oneself',
  tag,
  summary: 'Remove a member; also answers 204 for somebody who is none',
  replies: { 204: 'empty' },
  errors: ['OrganizationNotFound', 'OrganizationRequiresOwner'],
})

export const setMemberRole = operation({
  id: 'setMemberRole',
  method: 'PUT',
  paths: [`${memberPath}/role`],
  who: ['admin', 'cookie'],
  on: 'organization owner',
  tag,
  summary: 'Promote or demote a member',
  body: Type.Object({ role: choice(['owner', 'member', 'executor'], 'What the user shall be') }),
  replies: { 204: 'empty' },
  errors: ['OrganizationNotFound', 'UserNotFound', 'OrganizationRequiresOwner', 'InputValidationError'],
  addition: true,
})

export const listOrganizationKeys = operation({
  id: 'listOrganizationKeys',
  method: 'GET',
  paths: [`${organizationPath}/keys`],
  who: ['admin', 'cookie'],
  on: 'organization owner',
  tag,
  summary: 'List the keys of an organization',
  replies: { 200: Type.Array(ApiKey) },
  errors: ['OrganizationNotFound'],
})

export const createOrganizationKey = operation({
  id: 'createOrganizationKey',
  method: 'POST',
  paths: [`${organizationPath}/keys`],
  who: ['cookie', 'admin'],
  on: 'organization owner',
  tag,
  summary: 'Create a key that acts as the organization',
  body: Type.Object({ key_label: text('Name of the key for people', 'ci'), permissions: KeyPermissions }),
  replies: { 200: ApiKey },
  errors: ['OrganizationNotFound', 'InputValidationError'],
})

export const createMemberKey = operation({
  id: 'createMemberKey',
  method: 'POST',
  paths: [`${memberPath}/keys`],
  who: ['admin', 'cookie'],
  on: 'organization owner',
  tag,
  summary: 'Create a key with which a member acts for the organization',
  body: Type.Object({
    key_label: maybe(text('Name of the key for people', 'ci')),
    key_type: KeyType,
    permissions: maybe(KeyPermissions),
  }),
  replies: { 201: ApiKey },
  errors: ['OrganizationNotFound', 'UserNotFound', 'InputValidationError'],
})

export const listOrganizationErrors = operation({
  id: 'listOrganizationErrors',
  method: 'GET',
  paths: [`${organizationPath}/errors`],
  who: ['key', 'admin'],
  on: 'error log reader',
  tag,
  summary:
    'List recent failed runs that the organization called, and of its algorithms for who manages them; empty for an unknown one',
  replies: { 200: Type.Array(FailedRun) },
  errors: ['PathNotFound'],
})

const OrganizationType = Type.Object({
  id: uuid('Id of the type'),
  name: text('Name of the type', 'basic', { maxLength: 30 }),
})

export const listOrganizationTypes = operation({
  id: 'listOrganizationTypes',
  method: 'GET',
  paths: ['/v1/organization/types'],
  who: ['key', 'admin'],
  on: 'anything',
  tag,
  summary: 'List organization types',
  replies: { 200: Type.Array(OrganizationType) },
  errors: [],
})

export const createOrganizationType = operation({
  id: 'createOrganizationType',
  method: 'POST',
  paths: ['/v1/organization/types'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Create an organization type',
  body: OrganizationType,
  replies: { 200: OrganizationType },
  errors: ['OrganizationTypeAlreadyExists', 'InputValidationError'],
})

export const deleteOrganizationType = operation({
  id: 'deleteOrganizationType',
  method: 'DELETE',
  paths: ['/v1/organization/types/:typeName'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Delete an organization type',
  replies: { 204: 'empty' },
  errors: ['OrganizationTypeNotFound'],
})
