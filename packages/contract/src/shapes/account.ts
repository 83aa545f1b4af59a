/** Users, organizations and their members as replies show them (rest-api.md 2.4, 2.5, 2.7). */
import Type, { type Static } from 'typebox'
import { always, anything, choice, maybe, nullable, text, time, uuid } from '../fields.ts'

export const User = Type.Object({
  id: uuid('Id of the user'),
  username: text('Name of the user', 'jane_doe'),
  email: text('E-mail address', 'jane@example.com'),
  fullname: text('Full name, or the user name where none is known', 'Jane Doe'),
  company_name: maybe(text('Company the user works for', 'Example Inc.')),
  company_role: maybe(text('What the user does there', 'Data engineer')),
  external_id: maybe(text('Who the user is at the identity provider', 'jane.doe')),
  self_link: text('Address of this user', 'https://api.example.com/v1/users/jane_doe'),
  resource_type: always('user'),
})
export type User = Static<typeof User>

const storedText = (description: string, example: string) => nullable(Type.String(), description, example)
/** Clients differ in what they send, so the value comes back with the type it was stored with (rest-api.md 2.5). */
const storedGroup = (description: string) => anything(description, ['data-team'])

export const Organization = Type.Object({
  id: uuid('Id of the organization'),
  org_name: text('Name of the organization', 'acme'),
  org_label: text('Name for people', 'Acme Research'),
  org_contact_name: text('Whom to talk to', 'Jane Doe'),
  org_email: text('E-mail address', 'research@example.com'),
  org_created_at: time('When it was created, without time zone', '2021-10-22T16:41:32'),
  org_url: storedText('Web site', 'https://example.com'),
  type_id: uuid('Id of its organization type'),
  stripe_customer_id: storedText('Customer number at the payment provider', 'cus_123'),
  external_id: storedText('Id at the identity provider', 'acme-1'),
  external_admin_group: storedGroup('Groups of the identity provider whose members administer it'),
  external_member_group: storedGroup('Groups of the identity provider whose members belong to it'),
  external_executor_group: storedGroup('Groups of the identity provider whose members may call its algorithms'),
  owner_ids: nullable(Type.Array(Type.String()), 'Ids of its owners', ['f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e']),
  resource_type: always('organization'),
  self_link: text('Address of this organization', 'https://api.example.com/v1/organizations/acme'),
})
export type Organization = Static<typeof Organization>

export const Member = Type.Object({
  username: text('Name of the user', 'jane_doe'),
  role: choice(['owner', 'member', 'invited', 'unknown'], 'What the user is in the organization'),
  user_link: text('Address of the user', 'https://api.example.com/v1/users/jane_doe'),
  resource_type: always('organization_member'),
})
export type Member = Static<typeof Member>
