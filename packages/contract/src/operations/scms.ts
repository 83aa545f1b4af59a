/** Source hosts: what there is, connecting an account, webhooks, administration (rest-api.md 3.6, 3.2). */
import Type, { type Static } from 'typebox'
import { choice, flag, group, list, maybe, secret, text } from '../fields.ts'
import { operation } from '../operation.ts'
import { AuthorizationStatus, Scm, ScmConnection } from '../shapes/scm.ts'

const tag = 'Source hosts'
const scmPath = '/v1/scms/:scmId'
const adminPath = '/v1/admin/scms/:scmId'

export const listScms = operation({
  id: 'listScms',
  method: 'GET',
  paths: ['/v1/scms'],
  who: ['key', 'cookie', 'admin'],
  on: 'anything',
  tag,
  summary: 'List source hosts, the built-in one among them',
  replies: { 200: Type.Object({ results: list(Scm, 'The source hosts') }) },
  errors: [],
})

export const getScm = operation({
  id: 'getScm',
  method: 'GET',
  paths: [scmPath],
  who: ['key', 'cookie', 'admin'],
  on: 'anything',
  tag,
  summary: 'Show a source host',
  replies: { 200: Scm },
  errors: ['ScmConfigurationNotFound'],
})

export const getScmStatus = operation({
  id: 'getScmStatus',
  method: 'GET',
  paths: ['/v1/algorithms/:owner/:algorithm/scm/status'],
  who: ['key', 'cookie', 'admin'],
  on: 'visible algorithm',
  tag,
  summary: 'Show whether the repository of an algorithm can be reached',
  replies: { 200: ScmConnection },
  errors: ['AlgorithmNameDoesNotExist'],
})

export const receiveScmEvent = operation({
  id: 'receiveScmEvent',
  method: 'POST',
  paths: ['/v1/algorithms/:owner/:algorithm/scm/webhook', '/v1/algorithms/:id/scm/webhook'],
  who: ['webhook'],
  on: 'anything',
  tag,
  summary: 'Take an event of a source host; a push starts a build',
  body: Type.Unknown({ description: 'The event in the form of its host', examples: [{ ref: 'refs/heads/main' }] }),
  replies: {
    204: 'empty',
    202: Type.Object({ reason: text('Why nothing happens', 'The push is not to the default branch') }),
  },
  errors: [
    'AlgorithmNameDoesNotExist',
    'AlgorithmIdDoesNotExist',
    'ScmWebhookPayloadMalformedError',
    'InternalScmHasNoWebhooks',
  ],
})

export const startScmOAuth = operation({
  id: 'startScmOAuth',
  method: 'GET',
  paths: [`${scmPath}/oauth/start`],
  who: ['cookie'],
  on: 'caller',
  tag,
  summary: 'Redirect to where the source host asks for access',
  replies: { 303: 'empty' },
  errors: ['ScmConfigurationNotFound', 'ScmOAuthUnsupportedError', 'ScmDisabledError'],
})

export const finishScmOAuth = operation({
  id: 'finishScmOAuth',
  method: 'GET',
  paths: [`${scmPath}/oauth/finish`, '/v1/scms/oauth/finish'],
  who: ['cookie'],
  on: 'caller',
  tag,
  summary: 'Take the answer of the source host and connect the account',
  query: Type.Object({
    code: text('Code that the source host gave', '4f1c8d'),
    state: maybe(text('What the redirect carried', 'b9e45d0a')),
  }),
  replies: { 200: 'empty' },
  errors: ['ScmConfigurationNotFound', 'ScmOAuthMissingParamsError', 'ScmOAuthInvalidAuthorizationCodeError'],
})

export const getScmOAuthStatus = operation({
  id: 'getScmOAuthStatus',
  method: 'GET',
  paths: [`${scmPath}/oauth/status`],
  who: ['key', 'cookie'],
  on: 'caller',
  tag,
  summary: 'Show whether the caller has connected an account',
  replies: { 200: AuthorizationStatus },
  errors: ['ScmConfigurationNotFound'],
})

const revocation = {
  paths: [`${scmPath}/oauth/revoke`],
  who: ['key', 'cookie'],
  on: 'caller',
  tag,
  summary: 'Disconnect the account of the caller',
  replies: { 204: 'empty' },
  errors: ['ScmConfigurationNotFound'],
} as const

export const revokeScmOAuth = operation({ id: 'revokeScmOAuth', method: 'POST', ...revocation })

/** ruby's form of {@link revokeScmOAuth} (rest-api.md 7.14). */
export const revokeScmOAuthByGet = operation({ id: 'revokeScmOAuthByGet', method: 'GET', ...revocation })

export const connectScmToken = operation({
  id: 'connectScmToken',
  method: 'POST',
  paths: [`${scmPath}/token/connect`],
  who: ['key', 'cookie'],
  on: 'caller',
  tag,
  summary: 'Connect an account with a token or a password',
  body: Type.Object({
    secretToken: maybe(secret('Token of the account')),
    username: maybe(text('Name of the account', 'janedoe')),
    password: maybe(secret('Its password')),
  }),
  replies: { 200: 'empty' },
  errors: ['ScmConfigurationNotFound', 'InputValidationError', 'ScmNotAuthorizedError'],
})

const tokenStatus = {
  paths: [`${scmPath}/token/status`],
  who: ['key', 'cookie'],
  on: 'caller',
  tag,
  summary: 'Show whether the caller has connected a token',
  replies: { 200: AuthorizationStatus },
  errors: ['ScmConfigurationNotFound'],
} as const

export const getScmTokenStatus = operation({ id: 'getScmTokenStatus', method: 'GET', ...tokenStatus })

/** Form of an older page of {@link getScmTokenStatus} (rest-api.md 3.6, no. 110). */
export const getScmTokenStatusByPost = operation({ id: 'getScmTokenStatusByPost', method: 'POST', ...tokenStatus })

const Urls = group('Addresses of the host: all three or none', {
  web: text('For people', 'https://github.com'),
  api: text('Of its API', 'https://api.github.com'),
  ssh: text('For git over SSH', 'ssh://git@github.com'),
})

export const NewScm = Type.Object({
  id: maybe(text('Id to give it instead of a random one', 'github')),
  enabled: maybe(flag('May be used for new algorithms')),
  name: maybe(text('Name for people', 'GitHub')),
  provider: choice(['github', 'gitlab', 'bitbucket', 'bitbucket-cloud', 'internal'], 'What kind of host it is'),
  urls: Urls,
  oauth: maybe(
    group('How the server is known to the host', {
      client_id: text('OAuth client id', 'Iv1.8a61f9b3a7aba766'),
      client_secret: secret('OAuth client secret'),
    }),
  ),
  scm: maybe(
    group('Settings of some kinds of hosts', { project_key: maybe(text('Project that repositories go to', 'PRJ')) }),
  ),
})
export type NewScm = Static<typeof NewScm>

export const createScm = operation({
  id: 'createScm',
  method: 'POST',
  paths: ['/v1/admin/scms'],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Add a source host',
  body: NewScm,
  replies: { 201: Scm },
  errors: ['ScmBadCreatePayloadError', 'ScmDisallowedOperationError', 'ScmConflictError'],
})

export const updateScm = operation({
  id: 'updateScm',
  method: 'PATCH',
  paths: [adminPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Enable, disable or move a source host',
  body: Type.Object({ enabled: maybe(flag('May be used for new algorithms')), urls: maybe(Urls) }),
  replies: { 200: Scm },
  errors: ['ScmConfigurationNotFound', 'ScmBadUpdatePayloadError', 'ScmDefaultError', 'ScmDisallowedOperationError'],
})

export const deleteScm = operation({
  id: 'deleteScm',
  method: 'DELETE',
  paths: [adminPath],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Delete a source host that is disabled and unused',
  replies: { 204: 'empty' },
  errors: [
    'ScmConfigurationNotFound',
    'ScmEnabledError',
    'ScmDefaultError',
    'ScmInUseError',
    'ScmDisallowedOperationError',
  ],
})

export const setDefaultScm = operation({
  id: 'setDefaultScm',
  method: 'POST',
  paths: [`${adminPath}/default`],
  who: ['admin'],
  on: 'anything',
  tag,
  summary: 'Use a source host where an algorithm names none',
  replies: { 204: 'empty' },
  errors: ['ScmConfigurationNotFound', 'ScmDisabledError'],
})
