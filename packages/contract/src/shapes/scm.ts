/** Source hosts, "SCMs" on the wire (rest-api.md 2.3, 2.7). */
import Type, { type Static } from 'typebox'
import { choice, flag, group, list, maybe, secret, text } from '../fields.ts'

const client = (description: string) =>
  maybe(
    group(description, {
      client_id: maybe(text('OAuth client id', 'Iv1.8a61f9b3a7aba766')),
      project_key: maybe(text('Project that repositories are created in', 'PRJ')),
    }),
  )

export const Scm = Type.Object(
  {
    id: text('Id of the source host; `internal` is the built-in one', 'internal'),
    provider: choice(['internal', 'github', 'gitlab', 'bitbucket', 'bitbucket-cloud'], 'What kind of host it is'),
    name: text('Name for people', 'GitHub'),
    default: flag('Used when an algorithm names no host'),
    enabled: flag('May be used for new algorithms'),
    scm: client('How the server is known to the host'),
    oauth: client('The same under the name that older clients read'),
    urls: maybe(
      group('Addresses of the host', {
        web: text('For people', 'https://github.com'),
        api: text('Of its API', 'https://api.github.com'),
        ssh: text('For git over SSH', 'ssh://git@github.com'),
      }),
    ),
  },
  { description: 'Host of the repository' },
)
export type Scm = Static<typeof Scm>

export const ScmConnection = Type.Object({
  scm_connection_status: choice(
    ['active', 'deploy_key_error', 'provider_internal_error'],
    'Whether the server can reach the repository',
  ),
  repository_public_deploy_key: maybe(text('Key to add to the repository', 'ssh-ed25519 AAAAC3Nz…')),
  repository_webhook_secret: maybe(secret('Secret that webhook events are signed with')),
  repository_webhook_url: maybe(
    text('Where the host sends its events', 'https://api.example.com/v1/algorithms/demo/Hello/scm/webhook'),
  ),
})
export type ScmConnection = Static<typeof ScmConnection>

export const AuthorizationStatus = Type.Object({
  authorization_status: choice(['authorized', 'unauthorized'], 'Whether the caller has connected an account'),
  scm_username: maybe(text('Name of the connected account', 'janedoe')),
  scm_organizations: maybe(
    list(
      Type.Object({
        scm_org_username: text('Name of the organization', 'acme'),
        scm_username: text('The same under the name that older clients read', 'acme'),
        access_level: text('What the account is there', 'MEMBER'),
      }),
      'Organizations of the connected account',
    ),
  ),
})
export type AuthorizationStatus = Static<typeof AuthorizationStatus>
