/** API keys of users; those of organizations are in organizations.ts (rest-api.md 3.4). */
import Type, { type Static } from 'typebox'
import { maybe, secret, text } from '../fields.ts'
import { operation } from '../operation.ts'
import { ApiKey, KeyPermissions, KeyType } from '../shapes/api-key.ts'

const tag = 'API keys'

const keyLabel = maybe(text('Name of the key for people', 'default-key', { maxLength: 255 }))

export const NewKey = Type.Object({ key_label: keyLabel, key_type: KeyType, permissions: maybe(KeyPermissions) })
export type NewKey = Static<typeof NewKey>

export const ImportedKey = Type.Object({
  api_key: secret('The key to take over; any printable characters', 'simAbc0123456789defghijkLMNO', {
    pattern: '^[!-~]+$',
    maxLength: 255,
  }),
  key_label: keyLabel,
  key_type: maybe(KeyType),
  permissions: maybe(KeyPermissions),
})
export type ImportedKey = Static<typeof ImportedKey>

export const listKeys = operation({
  id: 'listKeys',
  method: 'GET',
  paths: ['/v1/users/:username/keys'],
  who: ['cookie', 'admin'],
  tag,
  summary: 'List the keys of a user; only the user sees them whole',
  replies: { 200: Type.Array(ApiKey) },
  errors: ['UserNotFound'],
})

export const createKey = operation({
  id: 'createKey',
  method: 'POST',
  paths: ['/v1/users/:username/keys'],
  who: ['cookie', 'management', 'admin'],
  tag,
  summary: 'Create a key; made with a key it has no more rights than that one',
  body: NewKey,
  replies: { 200: ApiKey },
  errors: ['UserNotFound', 'InputValidationError'],
})

export const importKey = operation({
  id: 'importKey',
  method: 'POST',
  paths: ['/v1/admin/users/:username/keys'],
  who: ['admin'],
  tag,
  summary: 'Take over a key that exists elsewhere',
  body: ImportedKey,
  replies: { 200: ApiKey },
  errors: ['UserNotFound', 'InputValidationError'],
})
