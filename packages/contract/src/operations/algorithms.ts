/** Algorithms themselves: create, read, change, delete, list (rest-api.md 3.2). */
import Type, { type Static } from 'typebox'
import { commitSha, group, list, maybe, secret, text, whole } from '../fields.ts'
import { operation } from '../operation.ts'
import { Algorithm, AlgorithmRow, DetailsRequest, SettingsRequest } from '../shapes/algorithm.ts'

const tag = 'Algorithms'
export const algorithmPaths = ['/v1/algorithms/:owner/:algorithm', '/v1/algorithms/:id'] as const

const SampleInput = group('About the first version', {
  sample_input: maybe(text('Input to try it with, as JSON text', '"HAL 9000"')),
})

export const NewAlgorithm = Type.Object({
  name: text('Name of the algorithm: a letter, then letters, digits and `_`', 'Hello'),
  details: maybe(DetailsRequest),
  settings: maybe(SettingsRequest),
  source: maybe(
    group('Where the source goes; the default source host when left out', {
      scm: maybe(text('Id of the source host', 'internal')),
      repository_name: maybe(text('Name of the repository to create', 'hello')),
      repository_owner: maybe(text('Account at the source host', 'janedoe')),
      initial_commit_message: maybe(text('Message of the first commit', 'Initial commit')),
      existing_repository_name: maybe(text('Repository to use instead of a new one', 'hello')),
    }),
  ),
  scmsCredentials: maybe(
    group('How to sign in to the source host', {
      username: maybe(text('Account at the source host', 'janedoe')),
      password: maybe(secret('Its password')),
      secretToken: maybe(secret('Token instead of a password')),
    }),
  ),
  version_info: maybe(SampleInput),
})
export type NewAlgorithm = Static<typeof NewAlgorithm>

/** Members that are left out keep their value. */
export const AlgorithmChange = Type.Object({
  details: maybe(DetailsRequest),
  settings: maybe(SettingsRequest),
  version_info: maybe(SampleInput),
})
export type AlgorithmChange = Static<typeof AlgorithmChange>

const lookUpErrors = ['AlgorithmNameDoesNotExist', 'AlgorithmIdDoesNotExist'] as const
const settingsErrors = [
  'PackageSetNotFound',
  'UnknownAlgorithmLanguage',
  'UnsupportedAlgorithmLanguage',
  'UnsupportedMachineType',
  'InputValidationError',
] as const

export const createAlgorithm = operation({
  id: 'createAlgorithm',
  method: 'POST',
  paths: ['/v1/algorithms/:owner'],
  who: ['management', 'cookie'],
  on: 'name space',
  tag,
  summary: 'Create an algorithm with a repository that holds a template',
  body: NewAlgorithm,
  replies: { 201: Algorithm },
  errors: [
    'AlgorithmNameHasBeenTaken',
    'MissingRequiredFields',
    ...settingsErrors,
    'UserNotFound',
    'OrganizationNotFound',
    'ScmConfigurationNotFound',
    'ScmConnectionNotFound',
    'ScmDisabledError',
    'ScmNotAuthenticatedError',
    'ScmFailedToCreateRepository',
    'ScmConnectionError',
    'InsufficientStorage',
  ],
})

export const getAlgorithm = operation({
  id: 'getAlgorithm',
  method: 'GET',
  paths: algorithmPaths,
  who: ['key', 'cookie'],
  on: 'visible algorithm',
  tag,
  summary: 'Show an algorithm with its latest build or version',
  replies: { 200: Algorithm },
  errors: lookUpErrors,
})

export const updateAlgorithm = operation({
  id: 'updateAlgorithm',
  method: 'PUT',
  paths: algorithmPaths,
  who: ['management', 'cookie'],
  on: 'algorithm manager',
  tag,
  summary: 'Change details and settings; what is left out stays',
  body: AlgorithmChange,
  replies: { 200: Algorithm },
  errors: [...lookUpErrors, ...settingsErrors],
})

export const deleteAlgorithm = operation({
  id: 'deleteAlgorithm',
  method: 'DELETE',
  paths: algorithmPaths,
  who: ['management', 'cookie'],
  on: 'algorithm manager or administrator',
  tag,
  summary: 'Delete an algorithm with its builds, versions and repository',
  replies: { 204: 'empty' },
  errors: lookUpErrors,
})

export const listUserAlgorithms = operation({
  id: 'listUserAlgorithms',
  method: 'GET',
  paths: ['/v1/users/:username/algorithms'],
  who: ['key', 'cookie', 'admin'],
  on: 'anything',
  tag,
  summary: 'List the algorithms of an account that the caller may see',
  replies: { 200: Type.Array(AlgorithmRow) },
  errors: ['UserNotFound'],
})

export const listUtilityAlgorithms = operation({
  id: 'listUtilityAlgorithms',
  method: 'GET',
  paths: ['/v1/organizations/:organization/utility-algorithms'],
  who: ['admin', 'key'],
  on: 'organization member',
  tag,
  summary: 'List the utility algorithms of an organization',
  replies: { 200: Type.Array(AlgorithmRow) },
  errors: ['OrganizationNotFound'],
})

/** One failed run in the error logs of algorithms, users and organizations (rest-api.md 2.7). */
export const FailedRun = Type.Object({
  created_at: whole('When it failed, in epoch milliseconds', 1627593176442),
  request_id: text('Request that failed', 'req-f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e'),
  username: text('Owner of the algorithm', 'demo'),
  algoname: text('Name of the algorithm', 'Hello'),
  algoversion: text('Version that ran', '0.1.0'),
  input: text('What it was given', '"HAL 9000"'),
  error: text('Message and stack trace', 'error:\nboom\nstacktrace:\nNone'),
  error_type: text('Type of the error', 'AlgorithmError'),
  billable_to: text('Account that called', 'jane_doe'),
  worker: text('Worker that ran it', 'worker-1'),
})
export type FailedRun = Static<typeof FailedRun>

export const listAlgorithmErrors = operation({
  id: 'listAlgorithmErrors',
  method: 'GET',
  paths: ['/v1/algorithms/:owner/:algorithm/errors', '/v1/algorithms/:id/errors'],
  who: ['management', 'cookie', 'admin'],
  on: 'call log reader',
  tag,
  summary: 'List failed runs of the algorithm and of what it called: the newest 200 of the last 7 days, newest first',
  replies: { 200: Type.Array(FailedRun) },
  errors: [...lookUpErrors, 'PathNotFound'],
})

const Commit = Type.Object({
  id: commitSha('Commit id'),
  short_message: text('First line of the message', 'Greet in more languages'),
  message: text('Whole message', 'Greet in more languages\n\nFrench and Finnish.'),
  author: text('Who wrote it', 'Jane Doe <jane@example.com>'),
})

export const getCommitLog = operation({
  id: 'getCommitLog',
  method: 'GET',
  paths: ['/v1/algorithms/:owner/:algorithm/log'],
  who: ['key', 'cookie'],
  on: 'source reader',
  tag,
  summary: 'List commits of the repository',
  query: Type.Object({
    since: maybe(commitSha('Oldest commit to list')),
    until: maybe(commitSha('Newest commit to list')),
  }),
  replies: { 200: Type.Object({ commits: list(Commit, 'Newest first') }) },
  errors: ['AlgorithmNameDoesNotExist', 'ScmConnectionError'],
})

export const setDefaultCollection = operation({
  id: 'setDefaultCollection',
  method: 'POST',
  paths: ['/v1/algorithms/:id/collections/:collectionId'],
  who: ['management'],
  on: 'algorithm manager',
  tag,
  summary: 'Make a collection the default data set of an algorithm',
  replies: { 200: 'empty' },
  errors: ['AlgorithmIdDoesNotExist', 'DataNotFound'],
})

export const editSource = operation({
  id: 'editSource',
  method: 'POST',
  paths: ['/source/:owner/:algorithm/src/:file'],
  who: ['management', 'admin'],
  on: 'source writer',
  tag,
  summary: 'Commit one file, sent as text, to the built-in repository',
  replies: { 200: 'empty' },
  errors: ['AlgorithmNameDoesNotExist', 'SourceNotEditable'],
})
