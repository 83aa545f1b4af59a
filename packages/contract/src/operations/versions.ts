/** Versions: publish, list, look at, push to outside registries (rest-api.md 3.2). */
import Type, { type Static } from 'typebox'
import { flag, maybe } from '../fields.ts'
import { operation } from '../operation.ts'
import { Algorithm, DetailsRequest, SettingsRequest, VersionInfoRequest } from '../shapes/algorithm.ts'
import { ImagePushStatus } from '../shapes/build.ts'
import { paged, pageQueryMembers } from '../shapes/paged.ts'
import { RegistryCredentials } from './builds.ts'

const tag = 'Versions'

export const PublishRequest = Type.Object({
  details: maybe(DetailsRequest),
  settings: maybe(SettingsRequest),
  version_info: maybe(VersionInfoRequest),
  registry_push_credentials: maybe(RegistryCredentials),
})
export type PublishRequest = Static<typeof PublishRequest>

const lookUpErrors = ['AlgorithmNameDoesNotExist', 'AlgorithmIdDoesNotExist'] as const
const registryPath = '/v1/algorithms/:id/versions/:hash/registry'

export const publishVersion = operation({
  id: 'publishVersion',
  method: 'POST',
  paths: [
    '/v1/algorithms/:owner/:algorithm/versions',
    '/v1/algorithms/:id/versions',
    '/v1/algorithms/:owner/:algorithm/version',
    '/v1/algorithms/:id/version',
  ],
  who: ['management', 'cookie'],
  on: 'algorithm manager',
  tag,
  summary: 'Publish the newest successful build as a version',
  body: PublishRequest,
  replies: { 200: Algorithm },
  errors: [...lookUpErrors, 'VersionAlreadyPublished', 'AlgorithmBuildNotFound', 'InputValidationError'],
})

export const listVersions = operation({
  id: 'listVersions',
  method: 'GET',
  paths: ['/v1/algorithms/:owner/:algorithm/versions', '/v1/algorithms/:id/versions'],
  who: ['key', 'cookie'],
  on: 'visible algorithm',
  tag,
  summary: 'List versions and unpublished builds, newest first',
  query: Type.Object({
    ...pageQueryMembers,
    published: maybe(flag('Only versions (true) or only unpublished builds (false)')),
    callable: maybe(flag('Only public (true) or only private (false) ones')),
  }),
  replies: { 200: paged(Algorithm) },
  errors: [...lookUpErrors, 'InvalidLimit', 'InvalidMarker'],
})

export const getVersion = operation({
  id: 'getVersion',
  method: 'GET',
  paths: ['/v1/algorithms/:owner/:algorithm/versions/:hash', '/v1/algorithms/:id/versions/:hash'],
  who: ['key', 'cookie'],
  on: 'visible algorithm',
  tag,
  summary: 'Show a version by commit, version number or version id',
  replies: { 200: Algorithm },
  errors: [...lookUpErrors, 'VersionDoesNotExists'],
})

export const listImagePushes = operation({
  id: 'listImagePushes',
  method: 'GET',
  paths: [registryPath],
  who: ['key', 'cookie'],
  on: 'visible algorithm',
  tag,
  summary: 'Show how far the image of a version is pushed',
  replies: { 200: Type.Array(ImagePushStatus) },
  errors: ['AlgorithmIdDoesNotExist', 'VersionDoesNotExists'],
})

export const pushImage = operation({
  id: 'pushImage',
  method: 'POST',
  paths: [registryPath],
  who: ['management', 'cookie'],
  on: 'algorithm manager',
  tag,
  summary: 'Push the image of a version to a registry again',
  body: Type.Object({
    ...RegistryCredentials.properties,
    registry_id: maybe(RegistryCredentials.properties.registry_id),
  }),
  replies: { 204: 'empty' },
  errors: ['AlgorithmIdDoesNotExist', 'VersionDoesNotExists', 'InputValidationError'],
})
