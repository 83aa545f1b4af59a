/** Accounts of the host system that organizations and their algorithms run as (rest-api.md 3.5, 3.10). */
import Type from 'typebox'
import { list, maybe, text, uuid } from '../fields.ts'
import { operation } from '../operation.ts'

const tag = 'Host accounts'

const HostName = Type.Object({
  algorithm_id: uuid('Id of the algorithm'),
  functional_id: text('Account of the host system it runs as', 'svc_hello'),
})
const hostNamesPath = '/v1/organizations/:organization/algorithms-host-usernames'

export const listHostNames = operation({
  id: 'listHostNames',
  method: 'GET',
  paths: [hostNamesPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'List the host accounts that algorithms of an organization run as',
  replies: { 200: Type.Array(HostName) },
  errors: ['OrganizationNotFound', 'InvalidRequest'],
})

export const setHostNames = operation({
  id: 'setHostNames',
  method: 'PUT',
  paths: [hostNamesPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Set host accounts of algorithms',
  body: Type.Object({ updates: maybe(list(HostName, 'What to set')) }),
  replies: { 204: 'empty' },
  errors: ['OrganizationNotFound', 'InputValidationError'],
})

export const deleteHostName = operation({
  id: 'deleteHostName',
  method: 'DELETE',
  paths: [`${hostNamesPath}/:algorithmId`],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Forget the host account of an algorithm',
  replies: { 204: 'empty' },
  errors: ['OrganizationNotFound', 'InvalidRequest'],
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
  on: 'anything',
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
  on: 'anything',
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
  on: 'anything',
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
  on: 'anything',
  tag,
  summary: 'Forget the host account of an organization',
  replies: { 200: 'bytes' },
  errors: ['OrganizationHostInformationNotFound'],
})
