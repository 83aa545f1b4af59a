/** Outside image registries (rest-api.md 3.8). */
import Type, { type Static } from 'typebox'
import { maybe, secret, text, time, uuid } from '../fields.ts'
import { operation } from '../operation.ts'

const tag = 'Registries'
const registriesPath = '/v1/registries'
const registryPath = `${registriesPath}/:registryId` as const

const name = text('Name for people', 'harbor', { maxLength: 32 })
const url = text('Address', 'https://registry.example.com', { maxLength: 128 })

export const Registry = Type.Object({
  id: uuid('Id of the registry'),
  created_at: time('When it was added'),
  name: maybe(name),
  registry_url: url,
})
export type Registry = Static<typeof Registry>

export const RegistryRequest = Type.Object({
  registry_url: url,
  name: maybe(name),
  registry_username: maybe(text('Account at the registry', 'pusher', { maxLength: 64 })),
  registry_password: maybe(secret('Its password', '…', { maxLength: 64 })),
})
export type RegistryRequest = Static<typeof RegistryRequest>

export const listRegistries = operation({
  id: 'listRegistries',
  method: 'GET',
  paths: [registriesPath],
  who: ['key', 'admin'],
  on: 'anything',
  tag,
  summary: 'List registries',
  replies: { 200: Type.Array(Registry) },
  errors: [],
})

export const createRegistry = operation({
  id: 'createRegistry',
  method: 'POST',
  paths: [registriesPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Add a registry',
  body: RegistryRequest,
  replies: { 200: Registry },
  errors: ['InputValidationError'],
})

export const updateRegistry = operation({
  id: 'updateRegistry',
  method: 'PUT',
  paths: [registryPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Change a registry',
  body: RegistryRequest,
  replies: { 200: Registry },
  errors: ['InputValidationError', 'PathNotFound'],
})

export const deleteRegistry = operation({
  id: 'deleteRegistry',
  method: 'DELETE',
  paths: [registryPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Delete a registry',
  replies: { 200: 'empty' },
  errors: ['PathNotFound'],
})
