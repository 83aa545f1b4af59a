/** Beyond the status of a refusal: what it says to whom, and what it must not say. */

interface Secret {
  readonly name: string
  readonly operations: readonly string[]
  /** Hidden from the principal. */
  readonly things: readonly string[]
  readonly missing: string
}

const PRIVATE = ["user's private algorithm", "organization's private algorithm"]

/** Of these nobody learns by asking whether they exist (design.md 7; rest-api.md 4.7). */
export const SECRETS: readonly Secret[] = [
  {
    name: 'other user, key',
    operations: ['callAlgorithm', 'callAlgorithmFromWeb', 'advertiseGitRefs', 'uploadGitPack', 'receiveGitPack'],
    things: PRIVATE,
    missing: 'no algorithm',
  },
  {
    name: 'other user, key',
    operations: ['getCall', 'getCallResult', 'cancelCall'],
    things: ['call that the user made'],
    missing: 'no call',
  },
  {
    name: 'other user, signed in',
    operations: ['listKeys', 'createKey', 'listNotifications', 'listConnectors', 'createConnector'],
    things: ['user', 'organization'],
    missing: 'no user',
  },
  {
    name: 'other user, signed in',
    operations: ['approvePublishing', 'declinePublishing'],
    things: ['request that was decided'],
    missing: 'no request',
  },
  {
    name: 'org owner, signed in',
    operations: ['acceptInvitation', 'declineInvitation'],
    things: ['invitation of the other user'],
    missing: 'no invitation',
  },
]

type Reason = readonly [principal: string, operation: string, what: string, says: RegExp]

const BARE = /"message":"Caller is not authorized to perform the operation"/
const NO_RIGHT = /operation: the key has no right to manage algorithms \(allow_algo_management\)"/

export const REASONS: readonly Reason[] = [
  ['other user, key', 'getAlgorithm', "organization's private algorithm", BARE],
  ['other user, key', 'updateAlgorithm', "organization's private algorithm", BARE],
  ['other user, key', 'getBuildLogs', "organization's private algorithm", BARE],
  ['other user, key', 'getCommitLog', "organization's private algorithm", BARE],
  ['other user, signed in', 'updateOrganization', 'organization', BARE],
  [
    'other user, key',
    'updateAlgorithm',
    "organization's public algorithm",
    /operation: only org\w+, its owners and members/,
  ],
  ['other user, key', 'getBuildLogs', "organization's public algorithm", /operation: build logs are for org/],
  ['other user, key', 'getCommitLog', "organization's public algorithm", /operation: its source is closed"/],
  ['org executor, key', 'getCommitLog', "organization's private algorithm", /operation: its source is closed"/],
  ['org executor, key', 'compileAlgorithm', "organization's private algorithm", /operation: only org\w+, its owners/],
  ['organization, key without management', 'getBuildLogs', "organization's private algorithm", NO_RIGHT],
  [
    'organization, key without management',
    'updateAlgorithm',
    "organization's private algorithm",
    /operation: it needs an API key with allow_algo_management/,
  ],
  ['org member, signed in', 'updateOrganization', 'organization', /operation: only owners of org\w+ who signed in/],
  [
    'user, key with every right',
    'listUsers',
    '',
    /operation: it needs an administrator with an admin key, or signed in"/,
  ],
  ['user, key with every right', 'listKeys', 'user', /operation: it needs somebody who signed in or an administrator/],
  [
    'user, key with all but allow_algo',
    'callAlgorithm',
    "user's public algorithm",
    /operation: the key may not call algorithms/,
  ],
  [
    'user, key with all but allow_web_algo',
    'callAlgorithmFromWeb',
    "user's public algorithm",
    /operation: the key may not be used by browsers/,
  ],
  [
    'user, key with an empty algo_acl',
    'callAlgorithm',
    "user's public algorithm",
    /operation: the key's permissions do not include/,
  ],
  [
    'user, key with all but allow_data_write',
    'createConnector',
    'user',
    /operation: the key has no right to write data \(allow_data_write\)"/,
  ],
  [
    'algorithm called by the user',
    'getAlgorithm',
    "user's private algorithm",
    /operation: it needs an API key or somebody who signed in/,
  ],
]
