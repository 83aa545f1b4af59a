/** API keys of users; those of organizations are in organizations.ts (rest-api.md 3.4). */
import Type, { type Static } from 'typebox'
import { maybe, secret, text, whole } from '../fields.ts'
import { operation } from '../operation.ts'
import { ApiKey, KeyPermissions, KeyType } from '../shapes/api-key.ts'

const tag = 'API keys'

const keyLabel = maybe(text('Name of the key for people', 'default-key', { maxLength: 255 }))

const expiresAt = maybe(text('When it shall stop working; never when left out', '2027-01-31T00:00:00Z'))

export const NewKey = Type.Object({
  key_label: keyLabel,
  key_type: KeyType,
  permissions: maybe(KeyPermissions),
  expires_at: expiresAt,
})
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
  on: 'self',
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
  on: 'self',
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
  on: 'anything',
  tag,
  summary: 'Take over a key that exists elsewhere',
  body: ImportedKey,
  replies: { 200: ApiKey },
  errors: ['UserNotFound', 'InputValidationError'],
})

/** One key of a user or of an organization. */
const keyPaths = ['/v1/users/:username/keys/:keyId', '/v1/organizations/:organization/keys/:keyId'] as const
const keyErrors = ['UserNotFound', 'OrganizationNotFound', 'PathNotFound'] as const

export const getKey = operation({
  id: 'getKey',
  method: 'GET',
  paths: keyPaths,
  who: ['cookie'],
  on: 'key holder',
  tag,
  summary: 'Show a key whole to the user who owns it, or to an owner of the organization',
  replies: { 200: ApiKey },
  errors: keyErrors,
  addition: true,
})

export const KeyChange = Type.Object({
  key_label: keyLabel,
  permissions: maybe(KeyPermissions),
  expires_at: expiresAt,
})
export type KeyChange = Static<typeof KeyChange>

export const updateKey = operation({
  id: 'updateKey',
  method: 'PATCH',
  paths: keyPaths,
  who: ['cookie', 'management', 'admin'],
  on: 'key holder',
  tag,
  summary: 'Change label, permissions or expiry of a key; counts from the next request',
  body: KeyChange,
  replies: { 200: ApiKey },
  errors: [...keyErrors, 'InputValidationError'],
  addition: true,
})

export const deleteKey = operation({
  id: 'deleteKey',
  method: 'DELETE',
  paths: keyPaths,
  who: ['cookie', 'management', 'admin'],
  on: 'key holder',
  tag,
  summary: 'Delete a key; it stops working before the answer',
  replies: { 204: 'empty' },
  errors: keyErrors,
  addition: true,
})

export const rotateKey = operation({
  id: 'rotateKey',
  method: 'POST',
  paths: [`${keyPaths[0]}/rotation`, `${keyPaths[1]}/rotation`],
  who: ['cookie', 'management', 'admin'],
  on: 'key holder',
  tag,
  summary: 'Make a key that replaces another, which works on for a while',
  body: Type.Object({
    overlap_seconds: maybe(
      whole('Time that the old key works on; a day when left out', 86_400, { minimum: 0, maximum: 2_592_000 }),
    ),
  }),
  replies: { 200: ApiKey },
  errors: [...keyErrors, 'InputValidationError'],
  addition: true,
})
