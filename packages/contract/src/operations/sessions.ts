/** Signing up, in and out, and passwords (platform.md 1.1, 1.5). The original platform had pages for these and no API. */
import Type, { type Static } from 'typebox'
import { flag, maybe, secret, text, time } from '../fields.ts'
import { operation } from '../operation.ts'
import { User } from '../shapes/account.ts'
import { NewUser } from './users.ts'

const tag = 'Signing in'
const password = secret('Password, 10 to 1024 characters', 'correct horse battery staple', { maxLength: 1024 })

export const Session = Type.Object({
  user: Type.Object(User.properties, { description: 'The user' }),
  is_admin: flag('Whether the user administers the server', false),
  is_viewer: flag('Whether the user sees what administrators see', false),
  expires_at: maybe(time('When the user has to sign in again')),
})
export type Session = Static<typeof Session>

export const logIn = operation({
  id: 'logIn',
  method: 'POST',
  paths: ['/v1/session'],
  who: ['public'],
  on: 'anything',
  tag,
  summary: 'Sign in with a password; the answer sets a cookie',
  body: Type.Object({
    username: text('User name or e-mail address', 'jane_doe', { maxLength: 100 }),
    password: secret('Password', 'correct horse battery staple', { maxLength: 1024 }),
  }),
  replies: { 200: Session },
  errors: ['NotAuthenticated', 'InputValidationError', 'TooManyRequests'],
  addition: true,
})

export const getSession = operation({
  id: 'getSession',
  method: 'GET',
  paths: ['/v1/session'],
  who: ['cookie', 'key'],
  on: 'caller',
  tag,
  summary: 'Show who is calling',
  replies: { 200: Session },
  errors: [],
  addition: true,
})

export const logOut = operation({
  id: 'logOut',
  method: 'DELETE',
  paths: ['/v1/session'],
  who: ['cookie'],
  on: 'caller',
  tag,
  summary: 'Sign out',
  replies: { 204: 'empty' },
  errors: [],
  addition: true,
})

export const changePassword = operation({
  id: 'changePassword',
  method: 'PUT',
  paths: ['/v1/session/password'],
  who: ['cookie'],
  on: 'caller',
  tag,
  summary: 'Change the own password; other sessions end',
  body: Type.Object({
    old_password: secret('Password so far', 'correct horse', { maxLength: 1024 }),
    new_password: password,
  }),
  replies: { 204: 'empty' },
  errors: ['NotAuthenticated', 'InputValidationError', 'TooManyRequests'],
  addition: true,
})

export const requestPasswordReset = operation({
  id: 'requestPasswordReset',
  method: 'POST',
  paths: ['/v1/password-resets'],
  who: ['public'],
  on: 'anything',
  tag,
  summary: 'Have a link mailed with which a forgotten password is replaced',
  body: Type.Object({ username: text('User name or e-mail address', 'jane_doe', { maxLength: 100 }) }),
  replies: { 202: 'empty' },
  errors: ['InputValidationError', 'TooManyRequests', 'FeatureNotImplemented'],
  addition: true,
})

export const resetPassword = operation({
  id: 'resetPassword',
  method: 'PUT',
  paths: ['/v1/password-resets/:code'],
  who: ['public'],
  on: 'anything',
  tag,
  summary: 'Replace a forgotten password; all sessions end',
  body: Type.Object({ password }),
  replies: { 204: 'empty' },
  errors: ['InputValidationError', 'InvalidRequest'],
  addition: true,
})

export const NewSignUp = Type.Object({
  username: NewUser.properties.username,
  email: NewUser.properties.email,
  fullname: NewUser.properties.fullname,
  password,
  invite_code: maybe(text('Code of an invitation', 'WELCOME', { maxLength: 255 })),
})
export type NewSignUp = Static<typeof NewSignUp>

export const signUp = operation({
  id: 'signUp',
  method: 'POST',
  paths: ['/v1/sign-up'],
  who: ['public'],
  on: 'anything',
  tag,
  summary: 'Create an account for oneself; needs an invite code unless the server is open to all',
  body: NewSignUp,
  replies: { 200: User },
  errors: [
    'MissingRequiredFields',
    'InputValidationError',
    'InvalidSignUpForm',
    'UsernameHasBeenTaken',
    'EmailAddressHasBeenTaken',
    'TooManyRequests',
  ],
  addition: true,
})
