/** Builds: compile, list, look at, read logs (rest-api.md 3.2). */
import Type, { type Static } from 'typebox'
import { commitSha, group, maybe, secret, text } from '../fields.ts'
import { operation } from '../operation.ts'
import { Algorithm } from '../shapes/algorithm.ts'
import { Build } from '../shapes/build.ts'
import { PageQuery, paged } from '../shapes/paged.ts'

const tag = 'Builds'

export const RegistryCredentials = group('How to sign in to an outside registry; its own credentials when left out', {
  registry_id: text('Id of the registry', 'f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e'),
  registry_username: maybe(text('Account at the registry', 'pusher', { maxLength: 64 })),
  registry_password: maybe(secret('Its password')),
})

export const CompileRequest = Type.Object({
  sshPrivateKey: maybe(secret('Key to fetch the source with')),
  commitSha: maybe(commitSha('Commit to build; the newest when left out')),
  registry_push_credentials: maybe(RegistryCredentials),
})
export type CompileRequest = Static<typeof CompileRequest>

const lookUpErrors = ['AlgorithmNameDoesNotExist', 'AlgorithmIdDoesNotExist'] as const

export const compileAlgorithm = operation({
  id: 'compileAlgorithm',
  method: 'POST',
  paths: ['/v1/algorithms/:owner/:algorithm/compile', '/v1/algorithms/:id/compile'],
  who: ['management', 'cookie'],
  on: 'algorithm manager',
  tag,
  summary: 'Build the newest commit and answer when the build has ended',
  body: CompileRequest,
  replies: { 200: Algorithm },
  errors: [...lookUpErrors, 'InputValidationError', 'ScmConnectionError', 'InsufficientStorage'],
})

export const listBuilds = operation({
  id: 'listBuilds',
  method: 'GET',
  paths: ['/v1/algorithms/:owner/:algorithm/builds', '/v1/algorithms/:id/builds'],
  who: ['key', 'cookie'],
  on: 'visible algorithm',
  tag,
  summary: 'List builds, newest first',
  query: PageQuery,
  replies: { 200: paged(Build) },
  errors: [...lookUpErrors, 'InvalidLimit', 'InvalidMarker'],
})

export const getBuild = operation({
  id: 'getBuild',
  method: 'GET',
  paths: ['/v1/algorithms/:owner/:algorithm/builds/:buildId', '/v1/algorithms/:id/builds/:buildId'],
  who: ['key', 'cookie'],
  on: 'visible algorithm',
  tag,
  summary: 'Show a build',
  replies: { 200: Build },
  errors: [...lookUpErrors, 'AlgorithmBuildNotFound'],
})

export const getBuildLogs = operation({
  id: 'getBuildLogs',
  method: 'GET',
  paths: ['/v1/algorithms/:owner/:algorithm/builds/:buildId/logs', '/v1/algorithms/:id/builds/:buildId/logs'],
  who: ['key', 'cookie'],
  on: 'build log reader',
  tag,
  summary: 'Read the log of a build that has ended',
  replies: { 200: Type.Object({ logs: text('The log', 'Beginning container customization\n') }) },
  errors: [...lookUpErrors, 'AlgorithmBuildNotFound', 'AlgorithmBuildLogsNotFound'],
})

export const cancelBuild = operation({
  id: 'cancelBuild',
  method: 'DELETE',
  paths: ['/v1/algorithms/:owner/:algorithm/builds/:buildId', '/v1/algorithms/:id/builds/:buildId'],
  who: ['management', 'cookie'],
  on: 'algorithm manager',
  tag,
  summary: 'End a build that is in progress; it counts as failed',
  replies: { 200: Build },
  errors: [...lookUpErrors, 'AlgorithmBuildNotFound', 'AlreadyFinished'],
  addition: true,
})
