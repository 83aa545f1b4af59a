/** Secrets of organizations, which the runs of all of its algorithms get: an addition in the shapes of secrets.ts. */
import Type from 'typebox'
import { always } from '../fields.ts'
import { operation } from '../operation.ts'
import {
  createSecretErrors,
  deleteSecretErrors,
  newSecretMembers,
  Secret,
  SecretEdit,
  SecretList,
  updateSecretErrors,
} from './secrets.ts'

const tag = 'Secrets'
const secretsPath = '/v1/organizations/:organization/secrets'
const secretPath = `${secretsPath}/:secretId` as const

export const listOrganizationSecrets = operation({
  id: 'listOrganizationSecrets',
  method: 'GET',
  paths: [secretsPath],
  who: ['management', 'cookie'],
  on: 'name space',
  tag,
  summary: 'List the secrets of an organization, without their values',
  replies: { 200: SecretList },
  errors: ['OrganizationNotFound'],
  addition: true,
})

export const createOrganizationSecret = operation({
  id: 'createOrganizationSecret',
  method: 'POST',
  paths: [secretsPath],
  who: ['cookie', 'admin'],
  on: 'organization owner',
  tag,
  summary: 'Add a secret that runs of all algorithms of the organization get, unless theirs has the same variable',
  body: Type.Object({
    ...newSecretMembers,
    owner_type: always('organization', 'What the secret belongs to'),
  }),
  replies: { 200: Secret },
  errors: ['OrganizationNotFound', ...createSecretErrors],
  addition: true,
})

export const updateOrganizationSecret = operation({
  id: 'updateOrganizationSecret',
  method: 'PUT',
  paths: [secretPath],
  who: ['cookie', 'admin'],
  on: 'organization owner',
  tag,
  summary: 'Change a secret of an organization; its value stays when left out',
  body: SecretEdit,
  replies: { 200: Secret },
  errors: ['OrganizationNotFound', ...updateSecretErrors],
  addition: true,
})

export const deleteOrganizationSecret = operation({
  id: 'deleteOrganizationSecret',
  method: 'DELETE',
  paths: [secretPath],
  who: ['cookie', 'admin'],
  on: 'organization owner',
  tag,
  summary: 'Delete a secret of an organization',
  replies: { 204: 'empty' },
  errors: ['OrganizationNotFound', ...deleteSecretErrors],
  addition: true,
})
