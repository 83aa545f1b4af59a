/** Languages, environments and templates (rest-api.md 3.12). */
import Type, { type Static } from 'typebox'
import { choice, group, list, text, time, uuid } from '../fields.ts'
import { operation } from '../operation.ts'

const tag = 'Environments'
const root = '/v1/algorithm-environments/edge'
const specificationPath = `${root}/environment-specifications/:specificationId` as const

const languageMembers = {
  name: text('Name, as settings use it', 'python3'),
  display_name: text('Name for people', 'Python 3.x'),
  configuration: text('Settings of the language as JSON text', '{}'),
}

export const Language = Type.Object(languageMembers)
export type Language = Static<typeof Language>

export const Environment = Type.Object({
  id: uuid('Id that `algorithm_environment` takes'),
  environment_specification_id: uuid('Id of its specification and template'),
  display_name: text('Name for people', 'Python 3.8'),
  description: text('What is in it', 'Python 3.8 with pip'),
  created_at: time('When it was added', '2020-12-21T21:47:53.239'),
  language: group('Language it is for', languageMembers),
  machine_type: choice(['CPU', 'GPU'], 'Kind of machine it needs'),
})
export type Environment = Static<typeof Environment>

export const listLanguages = operation({
  id: 'listLanguages',
  method: 'GET',
  paths: [`${root}/languages`],
  who: ['key', 'cookie'],
  on: 'anything',
  tag,
  summary: 'List languages',
  replies: { 200: Type.Array(Language) },
  errors: [],
})

export const listEnvironments = operation({
  id: 'listEnvironments',
  method: 'GET',
  paths: [`${root}/languages/:language/environments`],
  who: ['key', 'cookie'],
  on: 'anything',
  tag,
  summary: 'List the environments of a language',
  replies: { 200: Type.Object({ environments: list(Environment, 'Environments, best first') }) },
  errors: ['UnknownAlgorithmLanguage'],
})

export const getTemplate = operation({
  id: 'getTemplate',
  method: 'GET',
  paths: [`${specificationPath}/template`],
  who: ['public'],
  on: 'anything',
  tag,
  summary: 'Download the template of an environment as a .tar.gz',
  replies: { 200: 'bytes' },
  errors: ['PathNotFound'],
})

export const listAvailableEnvironments = operation({
  id: 'listAvailableEnvironments',
  method: 'GET',
  paths: [`${root}/environments/available`],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'List environments that can be enabled',
  replies: { 200: Type.Array(Environment) },
  errors: [],
})

export const enableEnvironment = operation({
  id: 'enableEnvironment',
  method: 'POST',
  paths: [`${specificationPath}/syncs`],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Get and enable an environment',
  replies: { 200: 'empty' },
  errors: ['PathNotFound'],
})

export const disableEnvironment = operation({
  id: 'disableEnvironment',
  method: 'DELETE',
  paths: [specificationPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Disable an environment',
  replies: { 204: 'empty' },
  errors: ['PathNotFound'],
})
