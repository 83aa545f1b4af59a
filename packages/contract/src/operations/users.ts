/** Users, and what belongs to one user (rest-api.md 3.4). Wherever a user name stands, the user's id works too. */
import Type, { type Static } from 'typebox'
import { anything, flag, maybe, secret, text, uuid } from '../fields.ts'
import { ACCOUNT_NAME_MAX_LENGTH, NAME_PATTERN } from '../names.ts'
import { operation } from '../operation.ts'
import { User } from '../shapes/account.ts'
import { PageQuery, paged } from '../shapes/paged.ts'
import { FailedRun } from './algorithms.ts'

const tag = 'Users'
/** The second is the form of `user_link` (rest-api.md 1.1). */
const userPaths = ['/v1/users/:username', '/v1/user/:username'] as const

const username = text('Name of the user', 'jane_doe', {
  pattern: `^${NAME_PATTERN}$`,
  maxLength: ACCOUNT_NAME_MAX_LENGTH,
})
const email = text('E-mail address', 'jane@example.com', { pattern: '^[^\\s@]+@[^\\s@]+$', maxLength: 100 })

const optionalMembers = {
  fullname: maybe(text('Full name; the user name when left out', 'Jane Doe', { maxLength: 100 })),
  company_name: maybe(text('Company the user works for', 'Example Inc.', { maxLength: 100 })),
  company_role: maybe(text('What the user does there', 'Data engineer', { maxLength: 200 })),
  password: maybe(secret('Password to sign in with', 'correct horse battery staple', { maxLength: 1024 })),
}

export const NewUser = Type.Object({
  username,
  email,
  ...optionalMembers,
  passwordHash: maybe(secret('Sent by older clients; not used')),
  shouldCreateHello: maybe(flag('Creates a first algorithm', false)),
})
export type NewUser = Static<typeof NewUser>

export const UserChange = Type.Object({
  username: maybe(text('Name of the user; must be the one in the path', 'jane_doe')),
  email: maybe(email),
  ...optionalMembers,
  external_id: maybe(
    text('Who the user is at the identity provider whose tokens are accepted; empty for nobody', 'jane.doe', {
      maxLength: 255,
    }),
  ),
})
export type UserChange = Static<typeof UserChange>

export const listUsers = operation({
  id: 'listUsers',
  method: 'GET',
  paths: ['/v1/users'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'List users by name',
  query: PageQuery,
  replies: { 200: paged(User) },
  errors: ['InvalidLimit', 'InvalidMarker'],
})

export const createUser = operation({
  id: 'createUser',
  method: 'POST',
  paths: ['/v1/users'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Create a user',
  body: NewUser,
  replies: { 200: User },
  errors: [
    'MalformedUserJson',
    'MissingRequiredFields',
    'InputValidationError',
    'UsernameHasBeenTaken',
    'EmailAddressHasBeenTaken',
  ],
})

export const getUser = operation({
  id: 'getUser',
  method: 'GET',
  paths: userPaths,
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Show a user',
  replies: { 200: User },
  errors: ['UserNotFound'],
})

export const updateUser = operation({
  id: 'updateUser',
  method: 'PUT',
  paths: userPaths,
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Change a user',
  body: UserChange,
  replies: { 200: User },
  errors: [
    'UserNotFound',
    'MalformedUserJson',
    'InputValidationError',
    'InconsistentUsername',
    'UpdatingEmailNotAllowed',
  ],
})

export const deleteUser = operation({
  id: 'deleteUser',
  method: 'DELETE',
  paths: userPaths,
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Delete a user; also answers 204 when there is none',
  replies: { 204: 'empty' },
  errors: [],
})

export const listUserErrors = operation({
  id: 'listUserErrors',
  method: 'GET',
  paths: ['/v1/users/:username/errors'],
  who: ['key', 'cookie', 'admin'],
  on: 'error log reader',
  tag,
  summary: 'List recent failed runs that the user called, newest first; empty for an unknown user',
  replies: { 200: Type.Array(FailedRun) },
  errors: ['PathNotFound'],
})

const NotificationContext = Type.Object({
  algorithm_id: uuid('Id of the algorithm'),
  username: text('Its owner', 'demo'),
  algoname: text('Its name', 'Hello'),
  semantic_version: maybe(anything('Version concerned', '0.1.0')),
})

export const listNotifications = operation({
  id: 'listNotifications',
  method: 'GET',
  paths: ['/v1/users/:username/notifications'],
  who: ['cookie', 'admin'],
  on: 'self',
  tag,
  summary: 'List notifications of the named kinds',
  query: Type.Object({
    event_types: text('Kinds of events, separated by commas', 'version_published'),
    limit: maybe(text('Highest number of notifications, 1 to 100', '50')),
    since: maybe(text('Only those after this time', '2021-07-29T21:12:56.442Z')),
  }),
  replies: { 200: Type.Array(NotificationContext) },
  errors: ['UserNotFound', 'MissingQueryParameterEventTypes', 'QueryParameterError'],
})
