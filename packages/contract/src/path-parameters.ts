/** What the parameters in operation paths mean; one name means the same in every path. */

interface PathParameter {
  readonly description: string
  readonly example: string
}

const parameter = (description: string, example: string): PathParameter => ({ description, example })
const uuid = 'f2c1b9e4-5d0a-4c57-9a39-0a4f4c1f1d2e'

export const PATH_PARAMETERS: Readonly<Record<string, PathParameter>> = {
  owner: parameter('User or organization that owns the algorithm', 'demo'),
  algorithm: parameter('Name of the algorithm', 'Hello'),
  id: parameter('Id of the algorithm', uuid),
  version: parameter('Version, range such as `1.*`, `latest`, `latestPrivate` or full commit id', '0.1.0'),
  hash: parameter('Full commit id, version number or version id', '9d2f1c5b7a3e4d6f8091a2b3c4d5e6f708192a3b'),
  buildId: parameter('Id of the build', uuid),
  requestId: parameter('Id of the call, as its acceptance told', `req-${uuid}`),
  algorithmId: parameter('Id of the algorithm', uuid),
  collectionId: parameter('Id of the collection', uuid),
  secretId: parameter('Id of the secret', uuid),
  providerId: parameter('Id of the secret provider', uuid),
  registryId: parameter('Id of the registry', uuid),
  listenerId: parameter('Id of the event listener', uuid),
  reservationId: parameter('Id of the reservation', '12'),
  invitationId: parameter('Id of the invitation', uuid),
  publishRequestId: parameter('Id of the request to publish', uuid),
  connectorId: parameter('Id of the connector', uuid),
  keyId: parameter('Id of the key', uuid),
  scmId: parameter('Id of the source host', 'internal'),
  username: parameter('Name or id of the user', 'jane_doe'),
  account: parameter('Name of the account', 'jane_doe'),
  organization: parameter('Name of the organization', 'acme'),
  externalId: parameter('Id of the organization at the identity provider', 'acme-1'),
  typeName: parameter('Name of the organization type', 'basic'),
  language: parameter('Name of the language', 'python3'),
  specificationId: parameter('Id of the environment specification', uuid),
  keyName: parameter('Name of the configuration entry', 'support-email'),
  featureName: parameter('Name of the feature flag', 'algorithm-errors'),
  inviteCode: parameter('The invite code', 'WELCOME'),
  code: parameter('The code of the mailed link', 'b9e45d0a'),
  connector: parameter('`data`, or an outside storage such as `s3+label`', 'data'),
  path: parameter('Path in that storage; slashes are part of it', '.my/cats/tom.png'),
  file: parameter('Name of the file', 'Hello.py'),
  repository: parameter('Name of the algorithm with `.git` behind it', 'Hello.git'),
}

/** Names of the parameters of an operation path, in order. */
export const parameterNames = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
