/** Secrets of algorithms and the providers that keep them (rest-api.md 3.2, 3.7). */
import Type, { type Static } from 'typebox'
import { always, anything, choice, flag, list, maybe, secret, text, time, uuid } from '../fields.ts'
import { operation } from '../operation.ts'

const tag = 'Secrets'
const secretsPaths = ['/v1/algorithms/:id/secrets', '/v1/algorithms/:owner/:algorithm/secrets'] as const
const secretPaths = [`${secretsPaths[0]}/:secretId`, `${secretsPaths[1]}/:secretId`] as const
const providersPath = '/v1/admin/secret-provider'
const providerPath = `${providersPath}/:providerId` as const
const pluginPath = '/v1/admin/plugins/secret-provider/:providerId'
const secondsTime = '2021-03-11T20:42:23Z'

const shortName = text('Name for people', 'weather-key', { minLength: 1, maxLength: 255 })
const description = text('What it is for; a blank is fine', 'Key of the weather service', { maxLength: 1000 })
const variable = text('Environment variable that carries it', 'WEATHER_KEY')

/** The value is never shown again. */
export const Secret = Type.Object({
  id: uuid('Id of the secret'),
  short_name: shortName,
  description,
  secret_key: variable,
  owner_type: choice(['algorithm', 'organization'], 'What the secret belongs to'),
  owner_id: uuid('Id of the algorithm or organization'),
  provider_id: uuid('Provider that keeps it'),
  default_secret_value_id: maybe(uuid('Id of the value in use')),
  created: time('When it was created', secondsTime),
  modified: time('When it was last changed', secondsTime),
})
export type Secret = Static<typeof Secret>

/** What a new secret of either kind of owner is asked for with. */
export const newSecretMembers = {
  short_name: shortName,
  description,
  owner_id: uuid('Id of what it belongs to, as in the path'),
  secret_key: maybe(variable),
  secret_value: maybe(secret('The secret itself')),
  provider_id: maybe(uuid('Provider that shall keep it')),
}

export const NewSecret = Type.Object({
  ...newSecretMembers,
  owner_type: always('algorithm', 'What the secret belongs to'),
})
export type NewSecret = Static<typeof NewSecret>

/** The variable cannot change; it may be repeated. */
export const SecretEdit = Type.Object({
  short_name: shortName,
  description,
  secret_key: maybe(variable),
  secret_value: maybe(secret('The new secret')),
})
export type SecretEdit = Static<typeof SecretEdit>

/** One list under two names. */
export const SecretList = Type.Object({
  results: list(Secret, 'The secrets'),
  secrets: list(Secret, 'The same under the name that older clients read'),
})

/** Beyond those of finding the owner. */
export const createSecretErrors = [
  'MalformedAlgorithmSecretRequestJson',
  'SecretMetadataConstraintViolation',
  'CreateRequiresSecretValue',
  'CreateSecretNotSupported',
  'DefaultSecretProviderNotFound',
  'SecretProviderNotFound',
  'SecretProviderDisabled',
  'SecretProviderFailed',
] as const
export const updateSecretErrors = [
  'SecretNotFound',
  'MalformedAlgorithmSecretRequestJson',
  'SecretMetadataConstraintViolation',
  'EditSecretFailed',
  'EditSecretNotSupported',
] as const
export const deleteSecretErrors = ['SecretNotFound', 'UnableToDeleteSecret'] as const
const ownerErrors = ['AlgorithmNameDoesNotExist', 'AlgorithmIdDoesNotExist'] as const

export const listSecrets = operation({
  id: 'listSecrets',
  method: 'GET',
  paths: secretsPaths,
  who: ['management', 'cookie'],
  on: 'algorithm manager',
  tag,
  summary: 'List the secrets of an algorithm, without their values',
  replies: { 200: SecretList },
  errors: ownerErrors,
})

export const createSecret = operation({
  id: 'createSecret',
  method: 'POST',
  paths: secretsPaths,
  who: ['management', 'cookie', 'admin'],
  on: 'algorithm manager',
  tag,
  summary: 'Add a secret that runs get as an environment variable',
  body: NewSecret,
  replies: { 200: Secret },
  errors: [...ownerErrors, ...createSecretErrors],
})

export const updateSecret = operation({
  id: 'updateSecret',
  method: 'PUT',
  paths: secretPaths,
  who: ['management', 'cookie', 'admin'],
  on: 'algorithm manager',
  tag,
  summary: 'Change a secret; its value stays when left out',
  body: SecretEdit,
  replies: { 200: Secret },
  errors: [...ownerErrors, ...updateSecretErrors],
})

export const deleteSecret = operation({
  id: 'deleteSecret',
  method: 'DELETE',
  paths: secretPaths,
  who: ['management', 'cookie', 'admin'],
  on: 'algorithm manager',
  tag,
  summary: 'Delete a secret',
  replies: { 204: 'empty' },
  errors: [...ownerErrors, ...deleteSecretErrors],
})

const names = { minLength: 1, maxLength: 255 }
const providerMembers = {
  name: text('Name of the provider', 'internal', names),
  description: text('What it is', 'Keeps secrets in the database', { maxLength: 1000 }),
  moduleName: text('Module that it is in', 'internal', names),
  factoryClassName: text('Name of its factory', 'InternalSecretProvider', names),
  interfaceVersion: text('Interface it speaks', '1.0', names),
}

export const SecretProvider = Type.Object({
  id: uuid('Id of the provider'),
  ...providerMembers,
  isEnabled: flag('May be used'),
  isDefault: flag('Keeps secrets that name no provider'),
  created: time('When it was created', secondsTime),
  modified: time('When it was last changed', secondsTime),
})
export type SecretProvider = Static<typeof SecretProvider>

export const ProviderRequest = Type.Object({
  ...providerMembers,
  configuration: maybe(
    anything('Settings of the provider, an object of texts; never shown again', { url: 'https://vault.example.com' }),
  ),
  isEnabled: flag('May be used'),
  isDefault: flag('Keeps secrets that name no provider', false),
})

export type ProviderRequest = Static<typeof ProviderRequest>

export const listSecretProviders = operation({
  id: 'listSecretProviders',
  method: 'GET',
  paths: ['/v1/secret-provider'],
  who: ['key', 'cookie'],
  on: 'anything',
  tag,
  summary: 'List secret providers, the default one first',
  replies: { 200: Type.Array(SecretProvider) },
  errors: [],
})

export const listAllSecretProviders = operation({
  id: 'listAllSecretProviders',
  method: 'GET',
  paths: [providersPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'List secret providers, disabled ones too',
  replies: { 200: Type.Array(SecretProvider) },
  errors: [],
})

export const createSecretProvider = operation({
  id: 'createSecretProvider',
  method: 'POST',
  paths: [providersPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Add a secret provider',
  body: ProviderRequest,
  replies: { 200: SecretProvider },
  errors: ['InputValidationError', 'SecretProviderDisabled'],
})

export const getSecretProvider = operation({
  id: 'getSecretProvider',
  method: 'GET',
  paths: [providerPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Show a secret provider',
  replies: { 200: SecretProvider },
  errors: ['SecretProviderNotFound'],
})

export const updateSecretProvider = operation({
  id: 'updateSecretProvider',
  method: 'POST',
  paths: [providerPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Change a secret provider',
  body: ProviderRequest,
  replies: { 200: SecretProvider },
  errors: [
    'SecretProviderNotFound',
    'CannotModifyInternalSecretProvider',
    'InputValidationError',
    'SecretProviderDisabled',
  ],
})

export const deleteSecretProvider = operation({
  id: 'deleteSecretProvider',
  method: 'DELETE',
  paths: [providerPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Delete a secret provider',
  replies: { 204: 'empty' },
  errors: ['SecretProviderNotFound', 'CannotModifyInternalSecretProvider', 'UnableToDeleteDefaultSecretProvider'],
})

export const checkSecretProviderPlugin = operation({
  id: 'checkSecretProviderPlugin',
  method: 'GET',
  paths: [pluginPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Tell by 200 or 400 whether the plugin file of a provider is there',
  replies: { 200: 'empty' },
  errors: ['InvalidRequest', 'SecretProviderNotFound'],
})

export const uploadSecretProviderPlugin = operation({
  id: 'uploadSecretProviderPlugin',
  method: 'POST',
  paths: [pluginPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Upload the plugin file of a provider as the form field `provider`',
  replies: { 200: 'empty' },
  errors: ['SecretProviderNotFound', 'CannotModifyInternalSecretProvider', 'InvalidFileUpload'],
})

export const setDefaultSecretProvider = operation({
  id: 'setDefaultSecretProvider',
  method: 'POST',
  paths: [`${pluginPath}/default`],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Let a provider keep secrets that name none',
  replies: { 204: 'empty' },
  errors: ['SecretProviderNotFound', 'SecretProviderDisabled', 'UnableToSetDefaultSecretProvider'],
})
